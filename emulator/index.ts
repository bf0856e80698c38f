/** The public face of the emulator: what the command line, the debug adapter and scripts may use. */
import { createEngine } from './engine/engine.ts';
import { createLiveSessionOn, openRecordingOn } from './session/open-session.ts';
import type { Control, Host, LiveOptions, RecordingOptions, Session } from './session/session-types.ts';
import { verifyRecording as verifyRecordingOn } from './session/verify.ts';
import type { Verification } from './session/verify.ts';

export { csrName, csrNumber } from './isa/csr-names.ts';
export { decode, instructionLength } from './isa/decoder.ts';
export { disassemble } from './isa/disassembler.ts';
export { floatRegisterNames, floatRegisterNumber, integerRegisterNames, integerRegisterNumber } from './isa/registers.ts';
export { instructionTable } from './isa/table.ts';
export { NO_CONDITIONS } from './machine/machine.ts';
export { DEFAULT_MEMORY_SIZE_BYTES } from './machine/machine-types.ts';
export type { AccessKind, GuestImage, MachineConfiguration, Position, RunStop, StopConditions, Watch } from './machine/machine-types.ts';
export { parseSize } from './machine/size.ts';
export { formatPosition } from './record/log-format.ts';
export { recordingInfo } from './session/recording-info.ts';
export type { RecordingInfo } from './session/recording-info.ts';
export type {
  CheckpointInfo, Control, Host, Inspection, LiveOptions, LogSink, PageInfo, PageState, RecordingOptions, Session, SessionStop, TimelineInfo,
} from './session/session-types.ts';
export type { Verification } from './session/verify.ts';
export { DivergenceError } from './timeline/divergence.ts';
export type { TimelineOptions } from './timeline/timeline.ts';

/** Powers a machine on and records it; it stands at position 0. Throws a UserError if an image cannot be booted. */
export function createLiveSession(options: LiveOptions, host: Host): Session {
  return createLiveSessionOn(createEngine(), options, host);
}

/** Opens a finished recording; it stands at position 0. Throws a UserError if it cannot be read. */
export function openRecording(options: RecordingOptions, host: Host): Session {
  return openRecordingOn(createEngine(), options, host);
}

/** Replays a whole recording and checks every digest. Throws a DivergenceError where the replay parts from it, a UserError if it cannot be read or was cancelled. */
export function verifyRecording(options: RecordingOptions, host: Host, control?: Control): Promise<Verification> {
  return verifyRecordingOn(options, host, createEngine, control);
}
