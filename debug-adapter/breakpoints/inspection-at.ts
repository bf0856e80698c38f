/** The state of a hart that has just entered a handler, as of the instruction that it came from: the integer and floating-point registers are still the same. */
import type { Inspection, PageInfo } from '../../emulator/index.ts';

export class InspectionAt implements Inspection {
  readonly pc: bigint;
  private readonly inspect: Inspection;

  constructor(inspect: Inspection, pc: bigint) {
    this.inspect = inspect;
    this.pc = pc;
  }

  get privilege(): 'U' | 'S' | 'M' {
    return this.inspect.privilege;
  }

  get pageCount(): number {
    return this.inspect.pageCount;
  }

  register(index: number): bigint {
    return this.inspect.register(index);
  }

  floatRegister(index: number): bigint {
    return this.inspect.floatRegister(index);
  }

  csr(number: number): bigint | undefined {
    return this.inspect.csr(number);
  }

  readVirtual(address: bigint, sizeBytes: number): Uint8Array {
    return this.inspect.readVirtual(address, sizeBytes);
  }

  readPhysical(address: bigint, sizeBytes: number): Uint8Array {
    return this.inspect.readPhysical(address, sizeBytes);
  }

  translate(address: bigint): bigint | undefined {
    return this.inspect.translate(address);
  }

  page(index: number): PageInfo {
    return this.inspect.page(index);
  }
}
