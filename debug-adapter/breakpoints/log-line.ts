/** What a logpoint says where the machine stands. */
import type { Inspection, Met } from '../../emulator/index.ts';
import { evaluateIn } from '../evaluation.ts';
import type { SymbolSet } from '../symbol-set.ts';
import type { Frame } from '../symbols/frames.ts';
import { inspectionAt, sentenceOf } from './breakpoint.ts';
import type { BreakpointHost } from './breakpoints.ts';
import type { LogLine, LogMessage } from './log-message.ts';

export function logLine(message: LogMessage, met: Met, host: BreakpointHost): LogLine {
  const { symbols } = host;
  const inspect = inspectionAt(met, host.inspect);
  const [frame] = symbols.stack(inspect, 1);
  const text = message.map((part) => ('text' in part ? part.text : valueOf(part.expression, frame, inspect, symbols))).join('');
  const location = symbols.location(inspect.pc);
  const source = location && symbols.source(location.path);
  if (location === undefined || source?.path === undefined) return { text };
  return { text, source: { source, line: location.line - 1 + host.firstLine(), column: Math.max(location.column, 1) - 1 + host.firstColumn() } };
}

function valueOf(expression: string, frame: Frame | undefined, inspect: Inspection, symbols: SymbolSet): string {
  if (frame === undefined) return '<no frame>';
  try {
    return evaluateIn(expression, frame, inspect, symbols).value;
  } catch (error) {
    return `<${sentenceOf(error)}>`;
  }
}
