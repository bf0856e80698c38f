/** The bars by name, each a table of figures, measured in processes of their own. */
import type { GuestFolder } from './bench-guests.ts';
import { debuggerBar } from './debugger-bars.ts';
import { checkpointBar, footprintTable } from './footprint-bars.ts';
import { linuxBars } from './linux-bars.ts';
import { linuxTravelBars } from './linux-travel-bars.ts';
import { pauseBar } from './pause-bars.ts';
import { recordingBars, recordingPeerBar } from './recording-bars.ts';
import type { Table } from './report.ts';
import { floatSpeed, integerSpeed, interpreterSpeed, speedBar } from './speed-bars.ts';
import { stepBackBar } from './step-back-bars.ts';
import { steppingBar } from './stepping-bars.ts';
import { symbolsBar } from './symbols-bars.ts';

export interface BenchOptions {
  /** Only shows that there are figures. */
  readonly quick: boolean;
  /** Also goes back in QEMU with GDB, for comparison (minutes). */
  readonly peerReverse: boolean;
  readonly onProgress: (what: string) => void;
}

/** By name; 'recording' also says how long the log is. */
export const bars: Readonly<Record<string, (guests: GuestFolder, options: BenchOptions) => Promise<readonly Table[]>>> = {
  interpreter: async (guests, options) => [speedBar(interpreterSpeed, guests, options)],
  translator: async (guests, options) => [speedBar(integerSpeed, guests, options), speedBar(floatSpeed, guests, options)],
  linux: async (guests, options) => linuxBars(guests, options),
  'linux-travel': async (_guests, options) => linuxTravelBars(options),
  recording: async (guests, options) => recordingBars(guests, options),
  'recording-peer': async (guests, options) => [recordingPeerBar(guests, options)],
  'step-back': async (guests, options) => [await stepBackBar(guests, options)],
  checkpoint: async (_guests, options) => [checkpointBar(options)],
  pause: async (_guests, options) => [await pauseBar(options)],
  debugger: async (guests, options) => [await debuggerBar(guests, options), await steppingBar(options), symbolsBar(guests, options)],
  footprint: async (guests, options) => [await footprintTable(guests, options)],
};
