/** completions: names for what is being typed into the debug console or a watch. */
import { csrName, floatRegisterNames, integerRegisterNames } from '../../emulator/index.ts';
import { Arguments } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';

const TARGETS_MAX = 200;
const CSR_NUMBERS = 0x1000;
/** x0 to x31 have names of their own; these are worth offering. */
const registerNames: readonly string[] = ['pc', ...integerRegisterNames, ...floatRegisterNames, ...Array.from({ length: CSR_NUMBERS }, (_, number) => csrName(number)).filter((name) => name !== undefined)];

export const completions: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('completions', args);
  const frameId = fields.optionalInteger('frameId');
  const base = debuggee.client.columnsStartAt1 ? 1 : 0;
  const line = (fields.optionalInteger('line', debuggee.client.linesStartAt1 ? 1 : 0) ?? 0) - (debuggee.client.linesStartAt1 ? 1 : 0);
  const text = fields.string('text').split('\n')[Math.max(line, 0)] ?? '';
  const column = Math.min(fields.integer('column', base) - base, text.length);
  const view = debuggee.stopped;
  const before = /\$\w*$/.exec(text.slice(0, column))?.[0];
  const found = before === undefined ? view.symbols.completions(text, column, view.frame(frameId)) : registers(before, column);
  const targets = found.slice(0, TARGETS_MAX).map(({ label, type, start, length, detail }) => ({ label, type, start: start + base, length, ...(detail === undefined ? {} : { detail }) }));
  return { body: { targets } };
};

interface Target {
  readonly label: string;
  readonly type: string;
  readonly start: number;
  readonly length: number;
  readonly detail?: string;
}

function registers(before: string, column: number): Target[] {
  return registerNames.filter((name) => name.startsWith(before.slice(1))).map((name) => ({ label: `$${name}`, type: 'variable', start: column - before.length, length: before.length, detail: 'register' }));
}
