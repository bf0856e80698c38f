/** stackTrace: calls from call frame information or frame pointers, through interrupts too. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';

export const stackTrace: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('stackTrace', args);
  const start = fields.optionalInteger('startFrame') ?? 0;
  const levels = fields.optionalInteger('levels') ?? 0;
  const view = debuggee.stopped;
  const lineShift = debuggee.client.linesStartAt1 ? 0 : 1;
  const columnShift = debuggee.client.columnsStartAt1 ? 0 : 1;
  const end = levels === 0 ? view.stack.length : start + levels;
  const stackFrames = view.stack.slice(start, end).map((frame, index) => {
    const { location } = frame;
    const found = location && view.symbols.source(location.path);
    const listed = found?.path === undefined ? debuggee.listings.placeOf(frame.lookupPc, view.symbols, view.session.inspect) : undefined;
    const place = listed !== undefined
      ? { source: listed.source, line: listed.line - lineShift, column: 1 - columnShift }
      : location !== undefined && found !== undefined
        ? { source: found, line: location.line - lineShift, column: Math.max(location.column, 1) - columnShift }
        // VS Code folds subtle frames away: of the innermost one, something must be seen.
        : { line: 0, column: 0, ...(start + index > 0 ? { presentationHint: 'subtle' } : {}) };
    return { id: start + index + 1, name: frame.name, instructionPointerReference: formatAddress(frame.pc), ...place };
  });
  return { body: { stackFrames, totalFrames: view.stack.length } };
};
