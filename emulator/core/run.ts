/** How core routines end an instruction and a run: STATUS_*, REASON_*. */
import {
  HART_ICOUNT_END, HART_PC, HART_REASON, HART_REMAINING, HART_SKIP_BREAK_AT, HART_STATUS, REASON_BUDGET, REASON_EVENT,
  REASON_OUT_OF_FRAMES, STATUS_CONTINUE, STATUS_REFETCH,
} from './layout.ts';
import { nextHart, hartIndex } from './fast-tlb.ts';

/** Whether the fetch under way comes before HART_REMAINING was lowered for its instruction (fetchPage alone). */
let fetchingUncounted: bool = false;

@inline
export function beginCall(hart: usize): void {
  store<i32>(hart, STATUS_CONTINUE, HART_STATUS);
}

@inline
export function refetch(hart: usize): void {
  store<i32>(hart, STATUS_REFETCH, HART_STATUS);
}

@inline
export function isRefetch(hart: usize): bool {
  return load<i32>(hart, HART_STATUS) != STATUS_CONTINUE;
}

export function beginFetch(hart: usize): void {
  beginCall(hart);
  fetchingUncounted = true;
}

/** A fetch that traps is an instruction begun: it counts. */
export function countTrappedFetch(hart: usize): void {
  if (fetchingUncounted) store<i32>(hart, load<i32>(hart, HART_REMAINING) - 1, HART_REMAINING);
  fetchingUncounted = false;
}

export function endFetch(): void {
  fetchingUncounted = false;
}

/** Instructions counted before the present one; for use inside slow calls. */
@inline
export function icountBefore(hart: usize): u64 {
  return load<u64>(hart, HART_ICOUNT_END) - <u64>load<i32>(hart, HART_REMAINING) - 1;
}

/** Leave after the present instruction. A reason other than REASON_EVENT wins over REASON_EVENT; the first of the others stays. */
export function stopAfter(hart: usize, reason: i32): void {
  const remaining = load<i32>(hart, HART_REMAINING);
  store<u64>(hart, load<u64>(hart, HART_ICOUNT_END) - <u64>remaining, HART_ICOUNT_END);
  store<i32>(hart, 0, HART_REMAINING);
  const present = load<i32>(hart, HART_REASON);
  if (present == REASON_BUDGET || present == REASON_EVENT) store<i32>(hart, reason, HART_REASON);
}

/** Leave after the instruction that is being fetched (fetchPage alone). */
export function stopAfterFetched(hart: usize): void {
  const remaining = load<i32>(hart, HART_REMAINING);
  if (remaining <= 1) return;
  store<u64>(hart, load<u64>(hart, HART_ICOUNT_END) - <u64>(remaining - 1), HART_ICOUNT_END);
  store<i32>(hart, 1, HART_REMAINING);
  if (load<i32>(hart, HART_SKIP_BREAK_AT) == remaining - 1) store<i32>(hart, 0, HART_SKIP_BREAK_AT);
  if (load<i32>(hart, HART_REASON) == REASON_BUDGET) store<i32>(hart, REASON_EVENT, HART_REASON);
}

/** Every hart of `vm` leaves after the present instruction, to fetch again; a fetch under way finds the new code by itself. */
export function stopHartsOf(vm: usize): void {
  if (fetchingUncounted) return;
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) stopAfter(hart, REASON_EVENT);
}

/** The pool is full: the instruction at HART_PC is undone, it does not count, and the run leaves. */
export function leaveOutOfFrames(hart: usize): void {
  if (!fetchingUncounted) store<u64>(hart, load<u64>(hart, HART_ICOUNT_END) - 1, HART_ICOUNT_END);
  fetchingUncounted = false;
  stopAfter(hart, REASON_OUT_OF_FRAMES);
  refetch(hart);
}

/** Goes on at `pc` through a new fetch. */
export function continueAt(hart: usize, pc: u64): void {
  store<u64>(hart, pc, HART_PC);
  refetch(hart);
}
