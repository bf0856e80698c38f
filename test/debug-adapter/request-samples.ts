/** For each request: what it needs, arguments that are right, and all the ways in which they can be wrong. */
import { guestFile, source } from './adapter-client.ts';

export interface RequestSample {
  /** Before a launch it is refused; while the machine runs, too. */
  readonly needs: 'nothing' | 'a machine' | 'a standing machine';
  readonly valid: object;
  /** With the name of the argument that the error tells. */
  readonly wrong?: readonly (readonly [object, string])[];
  /** Ids that were never given out, and what else is of the right type but not there. */
  readonly unknown?: readonly (readonly [object, RegExp])[];
}

const thread = { threadId: 1 };
const stray = [{ threadId: 7 }, /no thread 7/] as const;
const oddThread = [{ threadId: 'x' }, 'threadId'] as const;
const object = { not: 'a plain value' };
const sorting = source('sorting.c');

function motion(more: Partial<RequestSample> = {}): RequestSample {
  return { needs: 'a standing machine', valid: thread, ...more, wrong: [oddThread, ...(more.wrong ?? [])], unknown: [stray, ...(more.unknown ?? [])] };
}

const granularity = [[{ ...thread, granularity: 1 }, 'granularity'], [{ ...thread, granularity: object }, 'granularity'], [{ ...thread, granularity: [] }, 'granularity']] as const;

export const requestSamples: Readonly<Record<string, RequestSample>> = {
  initialize: { needs: 'nothing', valid: { adapterID: 'chronovisor' }, wrong: [[{ linesStartAt1: 'yes' }, 'linesStartAt1'], [{ supportsMemoryEvent: 1 }, 'supportsMemoryEvent']] },
  launch: { needs: 'nothing', valid: { program: guestFile } },
  configurationDone: { needs: 'a standing machine', valid: {} },
  disconnect: { needs: 'nothing', valid: {} },
  terminate: { needs: 'a machine', valid: {}, wrong: [[{ restart: 'no' }, 'restart']] },
  cancel: { needs: 'nothing', valid: {}, wrong: [[{ progressId: 1 }, 'progressId'], [{ requestId: 'x' }, 'requestId']], unknown: [[{ progressId: 'never' }, /Nothing to cancel/]] },
  threads: { needs: 'nothing', valid: {} },
  restart: { needs: 'a machine', valid: {}, wrong: [[{ arguments: 5 }, 'arguments']] },
  breakpointLocations: {
    needs: 'a machine', valid: { source: sorting, line: 38 },
    wrong: [[{}, 'source'], [{ source: {}, line: 1 }, 'path'], [{ source: sorting }, 'line'], [{ source: sorting, line: '1' }, 'line'], [{ source: sorting, line: 1, endLine: 1.5 }, 'endLine'], [{ source: sorting, line: 1, column: 'x' }, 'column']],
  },
  setBreakpoints: {
    needs: 'a machine', valid: { source: sorting, breakpoints: [{ line: 38 }] },
    wrong: [
      [{}, 'source'], [{ source: { path: 1 } }, 'path'], [{ source: { sourceReference: 'x' } }, 'sourceReference'], [{ source: sorting, breakpoints: 'x' }, 'breakpoints'], [{ source: sorting, breakpoints: [null] }, 'breakpoints'],
      [{ source: sorting, breakpoints: [{ line: 'x' }] }, 'line'], [{ source: sorting, breakpoints: [{ line: 38, column: 'x' }] }, 'column'],
      [{ source: sorting, breakpoints: [{ line: 38, condition: 5 }] }, 'condition'], [{ source: sorting, breakpoints: [{ line: 38, hitCondition: 5 }] }, 'hitCondition'],
      [{ source: sorting, breakpoints: [{ line: 38, logMessage: object }] }, 'logMessage'],
    ],
  },
  setFunctionBreakpoints: { needs: 'a machine', valid: { breakpoints: [{ name: 'sort' }] }, wrong: [[{ breakpoints: [{}] }, 'name'], [{ breakpoints: [{ name: 'sort', condition: 1 }] }, 'condition']] },
  setInstructionBreakpoints: {
    needs: 'nothing', valid: { breakpoints: [{ instructionReference: '0x80000000' }] },
    wrong: [[{ breakpoints: [{}] }, 'instructionReference'], [{ breakpoints: 7 }, 'breakpoints'], [{ breakpoints: [{ instructionReference: '0x1', offset: 'x' }] }, 'offset'], [{ breakpoints: [{ instructionReference: '0x1', hitCondition: 1 }] }, 'hitCondition']],
    unknown: [[{ breakpoints: [{ instructionReference: 'here' }] }, /'here' is not an address/]],
  },
  dataBreakpointInfo: {
    needs: 'a standing machine', valid: { name: 'desk' },
    wrong: [[{}, 'name'], [{ name: 1 }, 'name'], [{ name: 'desk', bytes: 0 }, 'bytes'], [{ name: 'desk', variablesReference: 'x' }, 'variablesReference'], [{ name: 'desk', asAddress: 1 }, 'asAddress'], [{ name: 'desk', frameId: 'x' }, 'frameId']],
    unknown: [[{ name: 'desk', variablesReference: 999 }, /earlier stop/], [{ name: 'desk', frameId: 999 }, /earlier stop/], [{ name: 'here', asAddress: true }, /not an address/]],
  },
  setDataBreakpoints: {
    needs: 'nothing', valid: { breakpoints: [{ dataId: '0x80003000:8' }] },
    wrong: [[{ breakpoints: [{ dataId: 5 }] }, 'dataId'], [{ breakpoints: [{ dataId: '0x1:0' }] }, 'dataId'], [{ breakpoints: [{ dataId: '0x80000000:8', accessType: 3 }] }, 'accessType'], [{ breakpoints: [{ dataId: '0x80000000:8', condition: {} }] }, 'condition']],
    unknown: [[{ breakpoints: [{ dataId: 'desk:8' }] }, /not an address/]],
  },
  setExceptionBreakpoints: { needs: 'nothing', valid: { filters: [] }, wrong: [[{ filters: 'all' }, 'filters'], [{ filters: [], filterOptions: [{}] }, 'filterId'], [{ filters: [], filterOptions: [{ filterId: 'ebreak', condition: 1 }] }, 'condition']] },
  exceptionInfo: { needs: 'a standing machine', valid: thread, wrong: [oddThread], unknown: [stray, [thread, /not stopped at an exception/]] },
  continue: motion(),
  reverseContinue: motion(),
  pause: { needs: 'a machine', valid: thread, wrong: [oddThread], unknown: [stray] },
  next: motion({ wrong: granularity }),
  stepIn: motion({ wrong: granularity }),
  stepOut: motion({ wrong: granularity }),
  stepBack: motion({ wrong: granularity }),
  stepInTargets: { needs: 'a standing machine', valid: { frameId: 1 }, wrong: [[{}, 'frameId'], [{ frameId: 'x' }, 'frameId']], unknown: [[{ frameId: 999 }, /./]] },
  gotoTargets: { needs: 'a standing machine', valid: { source: sorting, line: 38 }, wrong: [[{}, 'source'], [{ source: sorting }, 'line'], [{ source: sorting, line: 'x' }, 'line']] },
  goto: { needs: 'a standing machine', valid: { threadId: 1, targetId: 1 }, wrong: [[thread, 'targetId'], [{ ...thread, targetId: 'x' }, 'targetId']], unknown: [[{ ...thread, targetId: 999 }, /./]] },
  restartFrame: { needs: 'a standing machine', valid: { frameId: 1 }, wrong: [[{}, 'frameId'], [{ frameId: 'x' }, 'frameId']], unknown: [[{ frameId: 999 }, /./]] },
  stackTrace: { needs: 'a standing machine', valid: thread, wrong: [oddThread, [{ startFrame: 'x' }, 'startFrame'], [{ levels: -1 }, 'levels']], unknown: [stray] },
  source: { needs: 'a machine', valid: { sourceReference: 1 }, wrong: [[{}, 'sourceReference'], [{ sourceReference: 'x' }, 'sourceReference']], unknown: [[{ sourceReference: 999 }, /another debug session/]] },
  loadedSources: { needs: 'a machine', valid: {} },
  modules: { needs: 'a machine', valid: {}, wrong: [[{ startModule: 'x' }, 'startModule'], [{ moduleCount: -1 }, 'moduleCount']] },
  scopes: { needs: 'a standing machine', valid: { frameId: 1 }, wrong: [[{}, 'frameId'], [{ frameId: '1' }, 'frameId']], unknown: [[{ frameId: 999 }, /earlier stop/]] },
  variables: {
    needs: 'a standing machine', valid: { variablesReference: 1 },
    wrong: [[{}, 'variablesReference'], [{ variablesReference: 0 }, 'variablesReference'], [{ variablesReference: 1.5 }, 'variablesReference'], [{ variablesReference: 1, start: -1 }, 'start'], [{ variablesReference: 1, count: 'x' }, 'count'], [{ variablesReference: 1, filter: 1 }, 'filter'], [{ variablesReference: 1, format: 1 }, 'format'], [{ variablesReference: 1, format: { hex: 1 } }, 'hex']],
    unknown: [[{ variablesReference: 999 }, /earlier stop/]],
  },
  setVariable: {
    needs: 'a standing machine', valid: { variablesReference: 1, name: 'x', value: '1' },
    wrong: [[{}, 'variablesReference'], [{ variablesReference: 1, value: '1' }, 'name'], [{ variablesReference: 1, name: 'x' }, 'value'], [{ variablesReference: 1, name: 'x', value: 1 }, 'value']],
    unknown: [[{ variablesReference: 999, name: 'x', value: '1' }, /earlier stop/]],
  },
  evaluate: {
    needs: 'a standing machine', valid: { expression: 'desk' },
    wrong: [[{}, 'expression'], [{ expression: 5 }, 'expression'], [{ expression: 'desk', frameId: object }, 'frameId'], [{ expression: 'desk', context: 1 }, 'context'], [{ expression: 'desk', format: 'hex' }, 'format']],
    unknown: [[{ expression: 'nothing_of_this_name' }, /nothing_of_this_name/], [{ expression: 'desk', frameId: 999 }, /earlier stop/]],
  },
  setExpression: {
    needs: 'a standing machine', valid: { expression: '$a0', value: '1' },
    wrong: [[{ value: '1' }, 'expression'], [{ expression: 'desk' }, 'value'], [{ expression: 'desk', value: 1 }, 'value'], [{ expression: 'desk', value: '1', frameId: 'x' }, 'frameId']],
    unknown: [[{ expression: 'nothing_of_this_name', value: '1' }, /nothing_of_this_name/], [{ expression: 'desk', value: '1', frameId: 999 }, /earlier stop/], [{ expression: 'desk', value: 'nothing_of_this_name' }, /nothing_of_this_name/]],
  },
  completions: { needs: 'a standing machine', valid: { text: 'des', column: 4 }, wrong: [[{ column: 1 }, 'text'], [{ text: 'x' }, 'column'], [{ text: 'x', column: 0 }, 'column'], [{ text: 'x', column: 1, frameId: 'x' }, 'frameId'], [{ text: 'x', column: 1, line: 'x' }, 'line']], unknown: [[{ text: 'des', column: 4, frameId: 999 }, /earlier stop/]] },
  readMemory: {
    needs: 'a standing machine', valid: { memoryReference: '0x80000000', count: 16 },
    wrong: [[{ count: 1 }, 'memoryReference'], [{ memoryReference: 1, count: 1 }, 'memoryReference'], [{ memoryReference: '0x0' }, 'count'], [{ memoryReference: '0x0', count: -1 }, 'count'], [{ memoryReference: '0x0', count: 1, offset: 0.5 }, 'offset']],
    unknown: [[{ memoryReference: 'here', count: 1 }, /'here' is not an address/]],
  },
  writeMemory: {
    needs: 'a standing machine', valid: { memoryReference: '0x80003000', data: 'AA==' },
    wrong: [[{ data: '' }, 'memoryReference'], [{ memoryReference: '0x80003000' }, 'data'], [{ memoryReference: '0x80003000', data: '%%%' }, 'data'], [{ memoryReference: '0x80003000', data: 'AA==', offset: 'x' }, 'offset'], [{ memoryReference: '0x80003000', data: 'AA==', allowPartial: 1 }, 'allowPartial']],
    unknown: [[{ memoryReference: 'here', data: 'AA==' }, /not an address/], [{ memoryReference: '0x0', data: 'AA==' }, /no memory at 0x0/]],
  },
  disassemble: {
    needs: 'a standing machine', valid: { memoryReference: '0x80000000', instructionCount: 4 },
    wrong: [[{ memoryReference: '0x0' }, 'instructionCount'], [{ memoryReference: object, instructionCount: 1 }, 'memoryReference'], [{ memoryReference: '0x0', instructionCount: 1e9 }, 'instructionCount'], [{ memoryReference: '0x0', instructionCount: 1, instructionOffset: 1e9 }, 'instructionOffset'], [{ memoryReference: '0x0', instructionCount: 1, resolveSymbols: 1 }, 'resolveSymbols']],
    unknown: [[{ memoryReference: 'here', instructionCount: 1 }, /not an address/]],
  },
  'chronovisor/timeline': { needs: 'a machine', valid: {} },
  'chronovisor/seek': { needs: 'a machine', valid: { position: 10 }, wrong: [[{}, 'position'], [{ position: '1' }, 'position'], [{ position: -1 }, 'position']], unknown: [[{ position: 1e12 }, /the recording reaches/]] },
  'chronovisor/pages': { needs: 'a machine', valid: { first: 0, count: 4 }, wrong: [[{ first: 'x', count: 1 }, 'first'], [{ first: 0 }, 'count'], [{ first: 0, count: 1e6 }, 'count']] },
  'chronovisor/page': { needs: 'a machine', valid: { page: 0 }, wrong: [[{ page: null }, 'page'], [{ page: 1e9 }, 'page']] },
  'chronovisor/console': { needs: 'a machine', valid: { base64: 'eA==' }, wrong: [[{}, 'base64'], [{ base64: 5 }, 'base64']] },
  'chronovisor/terminalSize': { needs: 'a machine', valid: { columns: 80, rows: 25 }, wrong: [[{ rows: 1 }, 'columns'], [{ columns: 80, rows: 0 }, 'rows']] },
  'chronovisor/consoleLines': { needs: 'a machine', valid: { first: 0, count: 10 }, wrong: [[{ first: 'x' }, 'first'], [{ count: 'x' }, 'count']] },
  'chronovisor/findConsoleLines': { needs: 'a machine', valid: { text: 'office' }, wrong: [[{}, 'text'], [{ text: 1 }, 'text'], [{ text: 'x', whole: 1 }, 'whole']] },
  'chronovisor/stepBackInto': motion(),
  'chronovisor/stepBackOut': motion(),
  'chronovisor/toFunctionStart': motion(),
  'chronovisor/previousEvent': motion(),
  'chronovisor/nextEvent': motion(),
  'chronovisor/runToLine': {
    needs: 'a standing machine', valid: { path: sorting.path, line: 38, direction: 'forward' },
    wrong: [[{ line: 38, direction: 'forward' }, 'path'], [{ path: sorting.path, direction: 'forward' }, 'line'], [{ path: sorting.path, line: 38 }, 'direction'], [{ path: sorting.path, line: 38, direction: 'up' }, 'direction']],
  },
  'chronovisor/lastWrite': {
    needs: 'a standing machine', valid: { expression: 'desk' },
    wrong: [
      [{}, 'expression'], [{ expression: 5 }, 'expression'], [{ expression: 'desk', frameId: 'x' }, 'frameId'], [{ variablesReference: 'x', name: 'desk' }, 'variablesReference'], [{ variablesReference: 1 }, 'name'],
      [{ address: 5 }, 'address'], [{ address: '0x80003000', sizeBytes: 0 }, 'sizeBytes'], [{ address: '0xffffffffffffffff', sizeBytes: 2 }, 'sizeBytes'], [{ address: '0x80003000', isPhysical: 1 }, 'isPhysical'],
    ],
    unknown: [[{ expression: 'nothing_of_this_name' }, /nothing_of_this_name/], [{ expression: 'desk', frameId: 999 }, /earlier stop/], [{ variablesReference: 999, name: 'desk' }, /earlier stop/], [{ address: 'here' }, /not an address/], [{ expression: '$sp' }, /lives in a register/]],
  },
};
