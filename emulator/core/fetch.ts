/** Instruction fetch: the predecoded page of a pc, and the instruction that crosses a page boundary. */
import {
  ACCESS_FETCH, CODE_SLOTS, HART_CROSSING_PAGE, HART_CROSSING_RAW, HART_LENGTH, HART_PC, HART_VM, PAGE_SHIFT, PAGE_SIZE, SLOT_SIZE,
} from './layout.ts';
import { codePageOf } from './code-pages.ts';
import { fillFetch } from './fast-tlb.ts';
import { failure, FAILURE_ACCESS, FAILURE_NONE, translate, translateQuietly } from './mmu.ts';
import { dramPage, NO_PAGE, peekPage, readPage } from './nested-page-table.ts';
import { pmpAllows, pmpAllowsFetchesOfPage } from './pmp.ts';
import { privilegeOf } from './privilege.ts';
import { beginCall, beginFetch, endFetch, stopAfterFetched } from './run.ts';
import { CAUSE_FETCH_ACCESS, raise, raiseFailure } from './trap.ts';

@external("driver", "decodeInto")
declare function decodeInto(slot: f64, raw: f64): void;

const OFFSET: u64 = PAGE_SIZE - 1;
const HALFWORD: u64 = 2;

/** Physical address of the halfword at `va` for fetching; 0 after a trap. */
function fetchAddress(hart: usize, va: u64): u64 {
  const privilege = privilegeOf(hart);
  const gpa = translate(hart, va, ACCESS_FETCH, privilege);
  if (failure != FAILURE_NONE) {
    raiseFailure(hart, failure, CAUSE_FETCH_ACCESS, va);
    return 0;
  }
  const page = dramPage(<usize>load<u32>(hart, HART_VM), gpa);
  if (page == NO_PAGE || !pmpAllows(hart, gpa, HALFWORD, ACCESS_FETCH, privilege)) {
    raiseFailure(hart, FAILURE_ACCESS, CAUSE_FETCH_ACCESS, va);
    return 0;
  }
  return gpa;
}

/** Does a 4-byte instruction whose second halfword is in the same page begin at `gpa`, which is in the page at `host`? */
function isLongWithin(host: usize, gpa: u64): bool {
  const offset = gpa & OFFSET;
  return offset != OFFSET - 1 && (load<u16>(host + <usize>offset) & 3) == 3;
}

/** Address of the predecoded page of `pc`, or 0 with STATUS_REFETCH after a trap. */
export function fetchPage(hart: usize, pc: u64): usize {
  beginFetch(hart);
  store<u64>(hart, pc, HART_PC);
  const gpa = fetchAddress(hart, pc);
  if (gpa == 0) return 0;
  const vm = <usize>load<u32>(hart, HART_VM);
  const host = readPage(vm, dramPage(vm, gpa));
  const isAllowed = pmpAllowsFetchesOfPage(hart, gpa, privilegeOf(hart));
  // Where only parts of the page may be executed, every instruction is fetched, both its halfwords, and the run ends after it.
  if (!isAllowed && isLongWithin(host, gpa) && fetchAddress(hart, pc + HALFWORD) == 0) return 0;
  endFetch();
  const codePage = codePageOf(vm, <u32>(host >>> PAGE_SHIFT));
  if (isAllowed) fillFetch(hart, pc, codePage);
  else stopAfterFetched(hart);
  return codePage;
}

/**
 * HART_PC holds the pc of a 4-byte instruction in the last halfword of its page: translates the next page too, and decodes the
 * instruction into the last slot of HART_CROSSING_PAGE unless it is there already.
 */
export function fetchCrossing(hart: usize): void {
  beginCall(hart);
  const pc = load<u64>(hart, HART_PC);
  const first = fetchAddress(hart, pc);
  if (first == 0) return;
  const second = fetchAddress(hart, pc + HALFWORD);
  if (second == 0) return;
  const vm = <usize>load<u32>(hart, HART_VM);
  const low = <u32>load<u16>(readPage(vm, dramPage(vm, first)) + <usize>(first & OFFSET));
  const high = <u32>load<u16>(readPage(vm, dramPage(vm, second)) + <usize>(second & OFFSET));
  const raw = low | (high << 16);
  if (raw == load<u32>(hart, HART_CROSSING_RAW)) return;
  store<u32>(hart, raw, HART_CROSSING_RAW);
  decodeInto(<f64>(hart + HART_CROSSING_PAGE + (CODE_SLOTS - 1) * SLOT_SIZE), <f64>raw);
}

/** The halfword at `va` as it was fetched, 0 if it is not there. No effect. */
function halfword(hart: usize, va: u64): u32 {
  const gpa = translateQuietly(hart, va, ACCESS_FETCH, privilegeOf(hart));
  if (failure != FAILURE_NONE) return 0;
  const vm = <usize>load<u32>(hart, HART_VM);
  const page = dramPage(vm, gpa);
  return page == NO_PAGE ? 0 : <u32>load<u16>(peekPage(vm, page) + <usize>(gpa & OFFSET));
}

/** Bits of the instruction at HART_PC, HART_LENGTH bytes, for the trap value of an illegal instruction. */
export function presentInstruction(hart: usize): u32 {
  const pc = load<u64>(hart, HART_PC);
  const low = halfword(hart, pc);
  return load<i32>(hart, HART_LENGTH) == 2 ? low : low | (halfword(hart, pc + HALFWORD) << 16);
}
