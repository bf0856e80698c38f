/** stackTrace: calls from call frame information or frame pointers, inlined ones too, and through traps, with a label where one came in between. */
import { basename } from 'node:path';
import { Arguments, formatAddress } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { causeName, interruptName } from '../exception-causes.ts';
import { inHexadecimal, itemOf } from '../item.ts';
import type { RequestHandler } from '../request.ts';
import type { StopView } from '../stop-view.ts';
import type { Trap } from '../dwarf/unwind.ts';
import type { Frame } from '../symbols/frames.ts';

/** Above all ids of frames. */
const LABEL_IDS = 1 << 30;
const INTERRUPT = 1n << 63n;

/** StackFrameFormat of DAP. */
interface NameFormat {
  readonly isHex: boolean;
  readonly parameters: boolean;
  readonly types: boolean;
  readonly names: boolean;
  readonly values: boolean;
  readonly line: boolean;
  readonly module: boolean;
}

function nameFormat(fields: Arguments | undefined): NameFormat {
  const flag = (name: string): boolean => fields?.optionalBoolean(name) ?? false;
  return {
    isHex: flag('hex'), parameters: flag('parameters'), types: flag('parameterTypes'), names: flag('parameterNames'), values: flag('parameterValues'),
    line: flag('line'), module: flag('module'),
  };
}

/** `‹interrupt: machine timer›`, `‹trap: illegal instruction›`. */
function trapLabel({ cause }: Trap): string {
  if (cause === undefined) return '‹trap›';
  const isInterrupt = cause >= INTERRUPT;
  const number = Number(cause & (INTERRUPT - 1n));
  const name = isInterrupt ? interruptName(number).replace(/ interrupt$/, '') : causeName(number);
  return `‹${isInterrupt ? 'interrupt' : 'trap'}: ${name.charAt(0).toLowerCase()}${name.slice(1)}›`;
}

function parameterText(view: StopView, frame: Frame, format: NameFormat): string {
  if (!format.parameters && !format.types && !format.names && !format.values) return '';
  // Without a choice between them: all that tells calls apart.
  const isPlain = !format.types && !format.names && !format.values;
  const texts = view.symbols.parameters(frame).map((parameter) => {
    const value = format.isHex ? inHexadecimal(itemOf(parameter)) : parameter.value;
    const named = [format.types ? parameter.type : '', format.names || isPlain ? parameter.name : ''].filter((part) => part !== '').join(' ');
    return format.values || isPlain ? [named, value].filter((part) => part !== '').join('=') : named;
  });
  return `(${texts.join(', ')})`;
}

function frameName(view: StopView, frame: Frame, format: NameFormat): string {
  const module = format.module ? view.symbols.moduleAt(frame.lookupPc) : undefined;
  const parameters = parameterText(view, frame, format);
  const name = parameters === '' ? frame.name : frame.name.replace(/\(.*\)( const)?$/, '');
  const line = format.line && frame.location !== undefined ? ` line ${frame.location.line}` : '';
  return `${module === undefined ? '' : `${basename(module)}!`}${name}${parameters}${frame.inlined === undefined ? '' : ' [inlined]'}${line}`;
}

function placeOf(debuggee: Debuggee, view: StopView, frame: Frame, isInnermost: boolean): object {
  const lineShift = debuggee.client.linesStartAt1 ? 0 : 1;
  const columnShift = debuggee.client.columnsStartAt1 ? 0 : 1;
  const { location } = frame;
  const found = location && view.symbols.source(location.path);
  const listed = found?.path === undefined ? debuggee.listings.placeOf(frame.lookupPc, view.symbols, view.session.inspect) : undefined;
  if (listed !== undefined) return { source: listed.source, line: listed.line - lineShift, column: 1 - columnShift };
  if (location !== undefined && found !== undefined) return { source: found, line: location.line - lineShift, column: Math.max(location.column, 1) - columnShift };
  // VS Code folds subtle frames away: of the innermost one, something must be seen.
  return { line: 0, column: 0, ...(isInnermost ? {} : { presentationHint: 'subtle' }) };
}

export const stackTrace: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('stackTrace', args);
  const start = fields.optionalInteger('startFrame') ?? 0;
  const levels = fields.optionalInteger('levels') ?? 0;
  const format = nameFormat(fields.optionalObject('format'));
  const view = debuggee.stopped;
  const rows = view.stack.flatMap((frame, index) => (frame.trap === undefined ? [{ frame, index }] : [{ trap: frame.trap, index }, { frame, index }]));
  const stackFrames = rows.slice(start, levels === 0 ? undefined : start + levels).map(({ frame, trap, index }) => {
    if (trap !== undefined) return { id: LABEL_IDS + view.frameId(index), name: trapLabel(trap), line: 0, column: 0, presentationHint: 'label' };
    const place = placeOf(debuggee, view, frame, index === 0);
    return { id: view.frameId(index), name: frameName(view, frame, format), instructionPointerReference: formatAddress(frame.pc), ...place };
  });
  return { body: { stackFrames, totalFrames: rows.length } };
};
