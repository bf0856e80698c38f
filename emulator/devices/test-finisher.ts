/**
 * SiFive test finisher: the guest ends the run by writing one word.
 * QEMU hw/misc/sifive_test.c; device tree `sifive,test1`, `sifive,test0`; Linux drives it as `syscon-poweroff` and `syscon-reboot`.
 *
 * ```
 * offset 0, write: bits 15..0 what to do, bits 31..16 exit code of FAIL
 *   0x5555 PASS   power off, exit code 0
 *   0x3333 FAIL   power off, exit code as given
 *   0x7777 RESET  the guest asks for a reboot
 * ```
 * Everything else is ignored, reads are 0. Accesses of 2 and 4 bytes.
 */
import { SavedFields } from './saved-state.ts';
import type { Device, DeviceState } from './device.ts';
import { TEST_FINISHER_BASE, TEST_FINISHER_SIZE } from './memory-map.ts';

const FINISHER_PASS = 0x5555;
const FINISHER_FAIL = 0x3333;
const FINISHER_RESET = 0x7777;

/** How the guest ended the run. A reset carries exit code 0. */
export interface FinisherResult {
  readonly kind: 'power-off' | 'reset';
  readonly exitCode: number;
}

export class TestFinisher implements Device {
  readonly name = 'test-finisher';
  readonly base = TEST_FINISHER_BASE;
  readonly size = TEST_FINISHER_SIZE;
  readonly accessSizes = [2, 4];

  readonly #finished: (result: FinisherResult) => void;
  #result: FinisherResult | undefined;

  /** `finished` is called for each write that ends the run, during that write. */
  constructor(finished: (result: FinisherResult) => void) {
    this.#finished = finished;
  }

  /** How the guest ended the run; undefined while it has not. Part of the state: a machine that was restored after its end stays ended. */
  get result(): FinisherResult | undefined {
    return this.#result;
  }

  read(): number {
    return 0;
  }

  write(offset: number, _size: number, value: number | bigint): boolean {
    const result = offset === 0 ? decode(Number(value)) : undefined;
    if (result !== undefined) {
      this.#result = result;
      this.#finished(result);
    }
    return true;
  }

  save(): DeviceState {
    return this.#result === undefined ? null : { kind: this.#result.kind, exitCode: this.#result.exitCode };
  }

  load(state: DeviceState): void {
    if (state === null) {
      this.#result = undefined;
      return;
    }
    const fields = new SavedFields(this.name, state);
    this.#result = { kind: fields.choice('kind', ['power-off', 'reset']), exitCode: fields.number('exitCode') };
  }

  reset(): void {
    this.#result = undefined;
  }
}

function decode(word: number): FinisherResult | undefined {
  switch (word & 0xffff) {
    case FINISHER_PASS:
      return { kind: 'power-off', exitCode: 0 };
    case FINISHER_FAIL:
      return { kind: 'power-off', exitCode: word >>> 16 };
    case FINISHER_RESET:
      return { kind: 'reset', exitCode: 0 };
    default:
      return undefined;
  }
}
