/** The emulator's public face: all that the debug adapter and the command line import, beside `host/`. */
import { createEngine } from './engine/engine.ts';
import { createLiveSessionOn, openRecordingOn } from './session/open-session.ts';
import type { EnginePort } from './machine/engine-port.ts';
import type { Control, Host, KeptTranslations, LiveOptions, RecordingOptions, Session } from './session/session-types.ts';
import { verifyRecording as verifyRecordingOn, type Verification } from './session/verify.ts';

/** Powers a machine on and records it; it stands at position 0. */
export function createLiveSession(options: LiveOptions, host: Host): Session {
  const kept = host.translations?.(options.configuration.images);
  const session = createLiveSessionOn(engineWith(kept), options, host);
  session.onClosed(() => { kept?.save(); });
  return session;
}

/** Opens a recording at position 0. */
export function openRecording(options: RecordingOptions, host: Host): Session {
  let kept: KeptTranslations | undefined;
  const session = openRecordingOn((images) => engineWith(kept = host.translations?.(images)), options, host);
  session.onClosed(() => { kept?.save(); });
  return session;
}

/** Replays a whole recording and compares every digest in it; throws a DivergenceError that says what differs, and where. */
export async function verifyRecording(options: RecordingOptions, host: Host, control: Control = {}): Promise<Verification> {
  let kept: KeptTranslations | undefined;
  try {
    return await verifyRecordingOn(options, host, (images) => engineWith(kept ??= host.translations?.(images)), control);
  } finally {
    kept?.save();
  }
}

function engineWith(kept: KeptTranslations | undefined): EnginePort {
  return createEngine(kept === undefined ? {} : { regionStore: kept.store, compile: kept.compile });
}

export { assert, AssertionError } from './assert.ts';
export { UserError } from './user-error.ts';
export { DRAM_BASE, PAGE_SIZE } from './core/layout.ts';
export { decode, instructionLength, instructionWord } from './isa/decoder.ts';
export { disassemble } from './isa/disassembler.ts';
export { instructionTable } from './isa/table.ts';
export { csrName, csrNumber } from './isa/csr-names.ts';
export { floatRegisterNames, floatRegisterNumber, integerRegisterNames, integerRegisterNumber } from './isa/registers.ts';
export { NO_CONDITIONS } from './machine/machine.ts';
export { DEFAULT_MEMORY_SIZE_BYTES, RESET_EXIT_CODE } from './machine/machine-types.ts';
export type { AccessKind, Drive, DriveImage, GuestImage, MachineConfiguration, Met, Position, RunStop, StateEdit, StopConditions, TerminalSize, VirtioOptions, Watch } from './machine/machine-types.ts';
export type { Speed } from './session/speed-meter.ts';
export type { EditEvent, InputEvent, MachineEdit } from './machine/input.ts';
export { memoryImage, type BlockImage } from './devices/block-image.ts';
export { SoloDriver, type GdbDriver, type GdbMotion } from './gdb-server/driver.ts';
export { parseSize } from './machine/size.ts';
export { formatPosition } from './record/log-format.ts';
export { readRecording, type Recording } from './record/recording.ts';
export { DivergenceError, type DivergenceReport } from './timeline/divergence.ts';
export type { TimelineOptions } from './timeline/timeline.ts';
export { recordingInfo, type RecordingInfo } from './session/recording-info.ts';
export type { Verification } from './session/verify.ts';
export type {
  CancelSignal, CheckpointInfo, Control, Host, Inspection, LiveOptions, LogSink, PageInfo, PageState, RecordingOptions, Session, SessionStop,
  TimelineInfo,
} from './session/session-types.ts';
