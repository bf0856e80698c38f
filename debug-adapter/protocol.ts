/**
 * What goes between the extension and the debug adapter beside the standard Debug Adapter Protocol
 * (https://microsoft.github.io/debug-adapter-protocol/specification): launch attributes, custom requests, custom events.
 * The extension imports only this file.
 */

export const DEBUG_TYPE = 'chronovisor';

/** Launch attribute that the extension adds: it shows the guest's console in a terminal, so `output` events need not. */
export const TERMINAL_ATTRIBUTE = '__terminal';

/**
 * Attributes of a `chronovisor` launch configuration. Unknown ones are refused. There is either something to boot (`program`,
 * or `kernel`, `bios` and `guest`, which go together) or a `recording`.
 */
export interface LaunchAttributes {
  /** ELF executable or raw image to boot and record. */
  readonly program?: string;
  /** A guest that Chronovisor brings: 'linux'. The attributes below take the place of what it comes with. */
  readonly guest?: string;
  /** Firmware: a file, 'none', or 'default' (OpenSBI, where Debian's package has it). */
  readonly bios?: string;
  /** Kernel: a Linux Image (plain or gzip), an ELF file, or raw code. */
  readonly kernel?: string;
  /** Initial RAM disk of the kernel. */
  readonly initrd?: string;
  /** Command line of the kernel. */
  readonly append?: string;
  /** Where keys go: 'uart' (default), or 'virtio' (Linux: console=hvc0), which tells the guest the size of the terminal. */
  readonly console?: string;
  /** Disks, as QEMU's -drive takes them: "file=disk.img,format=raw". */
  readonly drives?: readonly string[];
  /** A `.chrono` file to debug; the symbols come from `program` images embedded in it, or from `symbols`. */
  readonly recording?: string;
  /** Load address of a raw image, e.g. "0x80000000". Absent: `program` is an ELF file. */
  readonly loadAddress?: string;
  /** ELF files with symbols and line information; default: the program itself. */
  readonly symbols?: readonly (string | SymbolsAttribute)[];
  /** DRAM, e.g. "128M", "1G". */
  readonly memory?: string;
  /** Where the recording is written; absent: in memory only. Never overwrites. */
  readonly recordTo?: string;
  /** Stop before the first instruction. Default: false for a program, true for a recording. */
  readonly stopOnEntry?: boolean;
  /** Functions whose call is told as an exception, under the filter "Kernel Panics". Default: "panic". */
  readonly panicFunctions?: readonly string[];
  /** Serve GDB's remote protocol beside this session, on this port of 127.0.0.1; true: on any free one. */
  readonly gdb?: number | boolean;
  /** Pairs of path prefixes: as compiled -> here. */
  readonly sourceMap?: Readonly<Record<string, string>>;
  /** File to which all messages between client and adapter are added. */
  readonly trace?: string;
}

/** A file with symbols whose program is not simply where it is linked. Numbers are text: hexadecimal with 0x, or decimal. */
export interface SymbolsAttribute {
  readonly path: string;
  /** Where its first loadable segment was put. */
  readonly address?: string;
  /** Its address space: the value of satp, the page number of its root page table, or its ASID. The program counts only while that is in use. */
  readonly addressSpace?: string;
}

/** Custom event `chronovisor/status`: where a machine that runs is, about four times a second; `chronovisor/changed` says the rest, more rarely. */
export interface StatusBody {
  readonly position: number;
  readonly end: number;
  /** The machine stands at the end and goes on live. */
  readonly live: boolean;
  /** The recording cannot grow any more. */
  readonly finished: boolean;
  /** The machine is running now (live or replaying). */
  readonly running: boolean;
  /** How fast it executes of late: millions of instructions a second of host time in which the guest did not wait. */
  readonly mips: number;
  /** The guest waits for its timer or for input, nearly all the time. */
  readonly idle: boolean;
}

/** Custom request `chronovisor/timeline`, no arguments. */
export interface TimelineBody extends StatusBody {
  readonly checkpoints: readonly { readonly position: number; readonly dirtyPages: number }[];
  readonly events: readonly { readonly position: number; readonly kind: string; readonly summary: string }[];
  /** Host memory in use by guest pages and checkpoints. */
  readonly memoryBytes: number;
}

/** Custom request `chronovisor/seek`: answers at once; a `stopped` event (reason "goto") follows when the machine stands there. A run under way ends with it. */
export interface SeekArguments {
  readonly position: number;
}

/** Custom request `chronovisor/pages`: guest pages `first` .. `first + count`. */
export interface PagesArguments {
  readonly first: number;
  /** At most 65,536. */
  readonly count: number;
}
export interface PagesBody {
  /** All DRAM pages of the machine. */
  readonly total: number;
  /** Guest-physical address of page 0, hexadecimal. */
  readonly base: string;
  /** One character a page: `.` untouched, `0` zero, `p` private, `s` shared; upper case (`Z` for zero, `P`, `S`) = dirty since the last checkpoint. */
  readonly states: string;
}

/** Custom request `chronovisor/page`: the bytes of one guest page. */
export interface PageArguments {
  readonly page: number;
}
export interface PageBody {
  readonly address: string;
  readonly base64: string;
  readonly state: string;
}

/** Custom request `chronovisor/console`: console input from the terminal. */
export interface ConsoleInputArguments {
  readonly base64: string;
}
export interface ConsoleInputBody {
  readonly accepted: boolean;
  /** Why it was not: one sentence. */
  readonly refusal?: string;
}

/** Custom request `chronovisor/terminalSize`: the terminal has this size now. A guest whose console can be told is told, while live. */
export interface TerminalSizeArguments {
  readonly columns: number;
  readonly rows: number;
}

/** Custom event `chronovisor/console`: bytes that the guest printed. */
export interface ConsoleOutputBody {
  readonly base64: string;
  readonly position: number;
}

/** A line that the guest printed. */
export interface ConsoleLineBody {
  readonly index: number;
  /** Of the first state that has sent the line's first byte. */
  readonly position: number;
  /** As a terminal shows it, without escape sequences and blanks at its end; its beginning, if it is longer than 4 KiB. */
  readonly text: string;
}

/** Custom request `chronovisor/consoleLines`: what the guest printed, line by line, as far as the machine has been. */
export interface ConsoleLinesArguments {
  /** Default: so that the newest lines are told. */
  readonly first?: number;
  /** At most 1000, which is the default. */
  readonly count?: number;
}
export interface ConsoleLinesBody {
  readonly total: number;
  /** Index of the last line that was begun at the present position; -1 if none was. */
  readonly present: number;
  readonly lines: readonly ConsoleLineBody[];
}

/** Custom request `chronovisor/findConsoleLines`: the newest lines that contain a text (in capitals or not), or are exactly it. */
export interface FindConsoleLinesArguments {
  readonly text: string;
  /** The whole line is this text. */
  readonly whole?: boolean;
  /** At most 1000, which is the default. */
  readonly count?: number;
}
export interface FoundConsoleLinesBody {
  /** There are earlier ones. */
  readonly more: boolean;
  readonly present: number;
  /** Oldest first. */
  readonly lines: readonly ConsoleLineBody[];
}

/**
 * Custom requests `chronovisor/stepBackInto`, `stepBackOut`, `toFunctionStart`, `previousEvent` and `nextEvent`: motions that DAP has no
 * request for. They answer at once; one `stopped` event follows. docs/reverse.md says where each of them stops.
 */
export interface MotionArguments {
  readonly threadId: number;
  /** Of the first two, as in `stepBack`: 'line' (default), 'statement' or 'instruction'. */
  readonly granularity?: string;
}

/** Custom request `chronovisor/runToLine`: to the next moment, or the last one before, at which a line is executed; breakpoints stop on the way. */
export interface RunToLineArguments {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
  readonly direction: 'forward' | 'backward';
}

/**
 * Custom request `chronovisor/lastWrite`: back to the last instruction that wrote a place in memory, before it. The place is a row of a
 * container, or an expression of a frame, or an address. Refused where it is not in memory. The `stopped` event says in its description
 * whether there was one; if not, the machine stays where it was. Breakpoints do not count.
 */
export interface LastWriteArguments {
  readonly variablesReference?: number;
  /** Of the row, with `variablesReference`. */
  readonly name?: string;
  readonly expression?: string;
  readonly frameId?: number;
  /** Hexadecimal with 0x, or decimal. */
  readonly address?: string;
  /** Of what is at the address; 1 by default. */
  readonly sizeBytes?: number;
  /** The address is guest-physical: refused where the guest translates addresses. */
  readonly isPhysical?: boolean;
}

/** Custom event `chronovisor/changed`: position, end or checkpoints changed (about once a second while running). */
export type ChangedBody = TimelineBody;

export interface CustomRequests {
  'chronovisor/timeline': { arguments: undefined; body: TimelineBody };
  'chronovisor/seek': { arguments: SeekArguments; body: undefined };
  'chronovisor/pages': { arguments: PagesArguments; body: PagesBody };
  'chronovisor/page': { arguments: PageArguments; body: PageBody };
  'chronovisor/console': { arguments: ConsoleInputArguments; body: ConsoleInputBody };
  'chronovisor/terminalSize': { arguments: TerminalSizeArguments; body: undefined };
  'chronovisor/stepBackInto': { arguments: MotionArguments; body: undefined };
  'chronovisor/stepBackOut': { arguments: MotionArguments; body: undefined };
  'chronovisor/toFunctionStart': { arguments: MotionArguments; body: undefined };
  'chronovisor/previousEvent': { arguments: MotionArguments; body: undefined };
  'chronovisor/nextEvent': { arguments: MotionArguments; body: undefined };
  'chronovisor/runToLine': { arguments: RunToLineArguments; body: undefined };
  'chronovisor/lastWrite': { arguments: LastWriteArguments; body: undefined };
  'chronovisor/consoleLines': { arguments: ConsoleLinesArguments; body: ConsoleLinesBody };
  'chronovisor/findConsoleLines': { arguments: FindConsoleLinesArguments; body: FoundConsoleLinesBody };
}

export interface CustomEvents {
  'chronovisor/changed': ChangedBody;
  'chronovisor/status': StatusBody;
  'chronovisor/console': ConsoleOutputBody;
}
