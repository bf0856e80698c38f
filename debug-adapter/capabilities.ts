/** What is announced to clients: all of it works, and each has a transcript in the tests. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { exceptionFilters } from './exception-causes.ts';

export const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsStepBack: true,
  supportsSteppingGranularity: true,
  supportsStepInTargetsRequest: true,
  supportsGotoTargetsRequest: true,
  supportsRestartFrame: true,
  supportsBreakpointLocationsRequest: true,
  supportsFunctionBreakpoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsExceptionFilterOptions: true,
  supportsExceptionInfoRequest: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsValueFormattingOptions: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['.', '>', '$', ':'],
  supportsModulesRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsTerminateRequest: true,
  supportsCancelRequest: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: exceptionFilters.map(({ filter, label, description, default: isDefault }) => ({
    filter, label, description, default: isDefault, supportsCondition: true, conditionDescription: 'C expression, such as $mtval == 0',
  })),
} as const satisfies DebugProtocol.Capabilities;

/** Of a recording, beside those: a machine that is recorded is started again by launching again. */
export const recordingCapabilities = { supportsRestartRequest: true } as const satisfies DebugProtocol.Capabilities;
