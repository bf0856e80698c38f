/** What a person's edits do to the machine. */
import { HART_F, HART_MSTATUS } from '../core/layout.ts';
import type { VirtualMachineMemory } from './guest-memory.ts';
import type { HartView } from './hart-view.ts';
import type { MachineEdit } from './input.ts';

/** The first number that names a floating-point register. */
const FLOAT_FIRST = 32;
/** Bits of mstatus: floating-point state off (0), or not; dirty (3). */
const MSTATUS_FS = 3n << 13n;

export function applyEdits(edits: readonly MachineEdit[], hart: HartView, memory: VirtualMachineMemory): void {
  for (const edit of edits) {
    switch (edit.kind) {
      case 'memory':
        memory.write(edit.gpa, edit.bytes);
        break;
      case 'register':
        if (edit.register < FLOAT_FIRST) hart.setRegister(edit.register, edit.value);
        else setFloatRegister(hart, edit.register - FLOAT_FIRST, edit.value);
        break;
      case 'pc':
        hart.pc = edit.value;
        break;
    }
  }
}

/** The guest's own writes mark floating-point state as dirty, so that it saves it. */
function setFloatRegister(hart: HartView, index: number, value: bigint): void {
  hart.setU64(HART_F + 8 * index, value);
  const status = hart.u64(HART_MSTATUS);
  if ((status & MSTATUS_FS) !== 0n) hart.setU64(HART_MSTATUS, status | MSTATUS_FS);
}
