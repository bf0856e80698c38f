/** Names of the control and status registers. Source: RISC-V privileged architecture 20211203, 2.2, tables 2.2 to 2.6. */

const single: readonly (readonly [number, string])[] = [
  [0x001, 'fflags'], [0x002, 'frm'], [0x003, 'fcsr'],
  [0xc00, 'cycle'], [0xc01, 'time'], [0xc02, 'instret'],

  [0x100, 'sstatus'], [0x104, 'sie'], [0x105, 'stvec'], [0x106, 'scounteren'], [0x10a, 'senvcfg'],
  [0x140, 'sscratch'], [0x141, 'sepc'], [0x142, 'scause'], [0x143, 'stval'], [0x144, 'sip'], [0x180, 'satp'],

  [0xf11, 'mvendorid'], [0xf12, 'marchid'], [0xf13, 'mimpid'], [0xf14, 'mhartid'], [0xf15, 'mconfigptr'],
  [0x300, 'mstatus'], [0x301, 'misa'], [0x302, 'medeleg'], [0x303, 'mideleg'], [0x304, 'mie'], [0x305, 'mtvec'], [0x306, 'mcounteren'],
  [0x30a, 'menvcfg'], [0x320, 'mcountinhibit'],
  [0x340, 'mscratch'], [0x341, 'mepc'], [0x342, 'mcause'], [0x343, 'mtval'], [0x344, 'mip'],
  [0x747, 'mseccfg'],
  [0x7a0, 'tselect'], [0x7a1, 'tdata1'], [0x7a2, 'tdata2'], [0x7a3, 'tdata3'],
  [0xb00, 'mcycle'], [0xb02, 'minstret'],
];

/** Registers with a number in their name: `count` of them from `address`, named from `first`. */
const numbered: readonly { readonly stem: string; readonly address: number; readonly first: number; readonly count: number; readonly step?: number }[] = [
  { stem: 'hpmcounter', address: 0xc03, first: 3, count: 29 },
  { stem: 'mhpmcounter', address: 0xb03, first: 3, count: 29 },
  { stem: 'mhpmevent', address: 0x323, first: 3, count: 29 },
  // RV64 has the even pmpcfg registers alone.
  { stem: 'pmpcfg', address: 0x3a0, first: 0, count: 16, step: 2 },
  { stem: 'pmpaddr', address: 0x3b0, first: 0, count: 64 },
];

const names = new Map(single);
for (const { stem, address, first, count, step = 1 } of numbered) {
  for (let index = 0; index < count; index += step) names.set(address + index, `${stem}${first + index}`);
}
const numbers = new Map([...names].map(([number, name]) => [name, number]));

/** Name of a CSR by its 12-bit number; undefined for one without a name. */
export function csrName(number: number): string | undefined {
  return names.get(number);
}

/** Number of a CSR by its name. */
export function csrNumber(name: string): number | undefined {
  return numbers.get(name);
}
