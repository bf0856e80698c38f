/** What is said on the wire, word for word, for every capability that is announced. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { capabilities, recordingCapabilities } from '../../debug-adapter/capabilities.ts';
import { crashed, guestFolder, launched, source, type AdapterClient } from './adapter-client.ts';
import { recordedGuest } from './recordings.ts';

const folder = path.join(import.meta.dirname, 'transcripts');
const recording = await recordedGuest(1_000_000);
const thread = { threadId: 1 };

type Drive = (client: AdapterClient) => Promise<unknown>;

interface Scenario {
  readonly name: string;
  /** Capabilities that it shows. */
  readonly shows: readonly string[];
  readonly drive: Drive;
  readonly attributes?: Record<string, unknown>;
  /** Of the client. */
  readonly abilities?: Record<string, unknown>;
  /** The beginning is shown, too. */
  readonly whole?: boolean;
}

async function toLetter(client: AdapterClient): Promise<void> {
  await client.breakpoints('sorting.c', 49);
  await client.move('continue');
  await client.breakpoints('sorting.c');
}

async function scopeReference(client: AdapterClient, name: string): Promise<number> {
  const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: 1 });
  return scopes.find((scope) => scope.name === name)?.variablesReference ?? assert.fail(`no scope ${name}`);
}

const where = (client: AdapterClient): Promise<unknown> => client.request('stackTrace', { ...thread, levels: 1 });

const setLine = (client: AdapterClient, breakpoint: object): Promise<unknown> => client.request('setBreakpoints', { source: source('sorting.c'), breakpoints: [breakpoint] });

const scenarios: readonly Scenario[] = [
  { name: 'initialize', shows: ['supportsConfigurationDoneRequest', 'exceptionBreakpointFilters', 'completionTriggerCharacters'], whole: true, drive: (client) => client.request('threads') },
  {
    name: 'step-back', shows: ['supportsStepBack'], drive: async (client) => {
      await toLetter(client);
      for (const command of ['next', 'stepBack', 'stepBack', 'reverseContinue']) {
        await client.move(command);
        await where(client);
      }
    },
  },
  {
    name: 'granularity', shows: ['supportsSteppingGranularity'], drive: async (client) => {
      await toLetter(client);
      for (const granularity of ['instruction', 'statement', 'line']) {
        await client.move('next', { granularity });
        await where(client);
      }
      await client.move('stepBack', { granularity: 'instruction' });
      await where(client);
    },
  },
  {
    name: 'breakpoint-locations', shows: ['supportsBreakpointLocationsRequest'], drive: async (client) => {
      await client.request('breakpointLocations', { source: source('sorting.c'), line: 44, endLine: 52 });
      await setLine(client, { line: 46, column: 32 });
      await client.move('continue');
    },
  },
  {
    name: 'function-breakpoints', shows: ['supportsFunctionBreakpoints'], drive: async (client) => {
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'book' }, { name: 'nothing' }] });
      await client.move('continue');
    },
  },
  {
    name: 'instruction-breakpoints', shows: ['supportsInstructionBreakpoints', 'supportsDisassembleRequest'], drive: async (client) => {
      await client.request('disassemble', { memoryReference: '0x80000200', instructionOffset: -4, instructionCount: 8 });
      await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x80000200', offset: 4 }] });
      await client.move('continue');
    },
  },
  {
    name: 'data-breakpoints', shows: ['supportsDataBreakpoints', 'supportsDataBreakpointBytes'], drive: async (client) => {
      await toLetter(client);
      const { dataId } = await client.request<{ dataId: string }>('dataBreakpointInfo', { name: 'desk->behind', frameId: 1 });
      await client.request('dataBreakpointInfo', { name: '0x80003000', asAddress: true, bytes: 64 });
      await client.request('dataBreakpointInfo', { name: '$a0' });
      await client.request('dataBreakpointInfo', { variablesReference: await scopeReference(client, 'Globals of this file'), name: 'desk' });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'readWrite' }] });
      await client.move('reverseContinue');
    },
  },
  {
    name: 'conditions', shows: ['supportsConditionalBreakpoints', 'supportsHitConditionalBreakpoints', 'supportsLogPoints'], drive: async (client) => {
      await setLine(client, { line: 49, condition: 'desk->serial == 37' });
      await client.move('continue');
      await setLine(client, { line: 49, hitCondition: '% 2' });
      await client.move('continue');
      await client.move('reverseContinue');
      await setLine(client, { line: 49, condition: 'no_such_name > 1' });
      await setLine(client, { line: 49, hitCondition: 'often' });
      await client.request('setBreakpoints', { source: source('sorting.c'), breakpoints: [{ line: 49, logMessage: 'letter {desk->serial} for {desk->sender}', condition: 'desk->serial > 33' }, { line: 49, condition: 'desk->serial == 33' }] });
      await client.move('continue');
    },
  },
  {
    name: 'exceptions', shows: ['supportsExceptionFilterOptions', 'supportsExceptionInfoRequest'], drive: async (client) => {
      await crashed(client);
      await client.request('exceptionInfo', thread);
      await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'external-interrupt', condition: 'keys_pressed == 0' }, { filterId: 'access-fault', condition: '$mtval == 5' }] });
      await client.move('reverseContinue');
      await client.request('exceptionInfo', thread);
    },
  },
  {
    name: 'memory', shows: ['supportsReadMemoryRequest', 'supportsWriteMemoryRequest'], abilities: { supportsMemoryEvent: true }, drive: async (client) => {
      await toLetter(client);
      await client.request('readMemory', { memoryReference: '0x80003a30', count: 16 });
      await client.request('readMemory', { memoryReference: '0x803ffff8', count: 16 });
      await client.request('writeMemory', { memoryReference: '0x80003a30', offset: 8, data: 'AQIDBA==' });
      await client.request('readMemory', { memoryReference: '0x80003a30', count: 16 });
      await client.move('stepBack', { granularity: 'instruction' });
      await client.refusal('writeMemory', { memoryReference: '0x80003a30', data: 'AQ==' });
    },
    attributes: { memory: '4M' },
  },
  {
    name: 'evaluate', shows: ['supportsEvaluateForHovers', 'supportsClipboardContext', 'supportsValueFormattingOptions'], drive: async (client) => {
      await toLetter(client);
      for (const context of ['hover', 'watch', 'repl']) await client.request('evaluate', { expression: 'desk->serial', frameId: 1, context });
      await client.request('evaluate', { expression: 'desk->serial', frameId: 1, context: 'watch', format: { hex: true } });
      await client.request('evaluate', { expression: '*desk', frameId: 1, context: 'clipboard' });
      await client.refusal('evaluate', { expression: 'while', frameId: 1, context: 'hover' });
      await client.request('variables', { variablesReference: await scopeReference(client, 'Locals'), format: { hex: true } });
      await client.request('stackTrace', { ...thread, levels: 2, format: { parameters: true, parameterNames: true, parameterValues: true, line: true } });
    },
  },
  {
    name: 'set-values', shows: ['supportsSetVariable', 'supportsSetExpression'], abilities: { supportsInvalidatedEvent: true }, drive: async (client) => {
      await toLetter(client);
      await client.request('setExpression', { expression: 'desk->serial', value: '1234', frameId: 1 });
      await client.request('setVariable', { variablesReference: await scopeReference(client, 'Registers'), name: 'a0', value: '0x10' });
      await client.request('evaluate', { expression: 'desk->serial += 1', frameId: 1, context: 'repl' });
      await client.refusal('setExpression', { expression: 'desk->serial + 1', value: '1', frameId: 1 });
      await client.move('stepBack', { granularity: 'instruction' });
      await client.refusal('setExpression', { expression: 'desk->serial', value: '1', frameId: 1 });
    },
  },
  {
    name: 'completions', shows: ['supportsCompletionsRequest'], drive: async (client) => {
      await toLetter(client);
      await client.request('completions', { text: 'desk->se', column: 9, frameId: 1 });
      await client.request('completions', { text: '1 + $mst', column: 9, frameId: 1 });
      await client.request('completions', { text: 'deliv', column: 6, frameId: 1 });
    },
  },
  {
    name: 'modules', shows: ['supportsModulesRequest', 'supportsLoadedSourcesRequest'], drive: async (client) => {
      await client.request('modules', { startModule: 0, moduleCount: 1 });
      await client.request('loadedSources');
    },
  },
  {
    name: 'cancel', shows: ['supportsCancelRequest'], drive: async (client) => {
      const first = client.post('threads');
      const second = client.post('evaluate', { expression: '$pc' });
      client.post('cancel', { requestId: second });
      await client.request('cancel', { requestId: first });
      await client.refusal('cancel', { progressId: 'motion-0' });
    },
  },
  { name: 'terminate', shows: ['supportsTerminateRequest'], drive: (client) => client.request('terminate') },
  {
    name: 'stack-pages', shows: ['supportsDelayedStackTraceLoading'], drive: async (client) => {
      await toLetter(client);
      await client.request('stackTrace', { ...thread, startFrame: 0, levels: 1 });
      await client.request('stackTrace', { ...thread, startFrame: 1, levels: 20 });
    },
  },
  {
    name: 'restart', shows: ['supportsRestartRequest'], whole: true, attributes: { recording }, drive: async (client) => {
      await toLetter(client);
      await client.move('restart');
    },
  },
  {
    name: 'goto', shows: ['supportsGotoTargetsRequest'], drive: async (client) => {
      await toLetter(client);
      await client.send('gotoTargets', { source: source('sorting.c'), line: 49 });
      await client.move('reverseContinue');
      const { targets } = await client.request<{ targets: { id: number }[] }>('gotoTargets', { source: source('sorting.c'), line: 49 });
      await client.move('goto', { targetId: targets[0]?.id ?? assert.fail('no targets') });
      await where(client);
    },
  },
  {
    name: 'step-in-targets', shows: ['supportsStepInTargetsRequest'], drive: async (client) => {
      await toLetter(client);
      const { targets } = await client.request<{ targets: { id: number }[] }>('stepInTargets', { frameId: 1 });
      await client.move('stepIn', { targetId: targets[0]?.id ?? assert.fail('no targets') });
      await where(client);
    },
  },
  {
    name: 'restart-frame', shows: ['supportsRestartFrame'], drive: async (client) => {
      await toLetter(client);
      await client.move('restartFrame', { frameId: 1 });
      await where(client);
    },
  },
];

/** Ids of breakpoints and frames, by the order in which they appear, would change with every new one: they are left out. Paths and moments may differ. */
function normalise(key: string, value: unknown): unknown {
  if (key === 'seq' || key === 'request_seq') return undefined;
  if (key === 'hitBreakpointIds') return (value as unknown[]).map(() => '#');
  if (key === 'id' && typeof value === 'number') return '#';
  if (key === 'recording') return 'guest.chrono';
  if (key === 'targetId') return '#';
  return typeof value === 'string' ? value.replace(/@[\d,]+/g, '@position').replaceAll(`${guestFolder}/`, '') : value;
}

function lineOf(message: DebugProtocol.ProtocolMessage): string {
  return `${message.type === 'request' ? '-> ' : '<- '}${JSON.stringify(message, normalise)}\n`;
}

function transcript(client: AdapterClient, from: number): string {
  return client.exchanged.slice(from).filter((message) => message.type !== 'event' || !(message as DebugProtocol.Event).event.startsWith('chronovisor/')).map(lineOf).join('');
}

const announced: readonly string[] = [...Object.keys(capabilities), ...Object.keys(recordingCapabilities)];

for (const { name, shows, drive, attributes, abilities, whole } of scenarios.filter(({ shows: names }) => names.some((each) => announced.includes(each)))) {
  test(`${name}: ${shows.join(', ')}`, async () => {
    const client = await launched({ __terminal: true, ...attributes }, abilities);
    const from = whole === true ? 0 : client.exchanged.length;
    await drive(client);
    const actual = transcript(client, from);
    await client.end();
    const file = path.join(folder, `${name}.golden.txt`);
    if (process.env['UPDATE_GOLDEN'] !== undefined) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, actual);
    }
    assert.ok(existsSync(file), `${file} is missing: write it with UPDATE_GOLDEN=1, and read it`);
    assert.deepEqual(actual.split('\n'), readFileSync(file, 'utf8').split('\n'));
  });
}

test('each capability that is announced has a transcript', () => {
  const shown = scenarios.flatMap(({ shows }) => shows);
  assert.deepEqual(announced.filter((name) => !shown.includes(name)), []);
});
