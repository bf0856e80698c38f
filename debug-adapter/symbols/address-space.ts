/** Address spaces by satp: which one a program belongs to, and memory as another one sees it (RISC-V privileged ISA, "Supervisor Address Translation and Protection"). */
import { PAGE_SIZE } from '../../emulator/index.ts';
import type { ReadMemory } from '../dwarf/reader.ts';
import { unsignedOf } from '../dwarf/reader.ts';

const PAGE = BigInt(PAGE_SIZE);
const ENTRY_SIZE = 8;
const INDEX_BITS = 9n;
const PPN_MASK = (1n << 44n) - 1n;
const VALID = 1n;
const LEAF = 0b1110n;
/** Levels of page tables by satp.MODE. */
const LEVELS: ReadonlyMap<bigint, number> = new Map([[8n, 3], [9n, 4], [10n, 5]]);

const SATP = 0x180;
const MODE_SHIFT = 60n;
const ASID_SHIFT = 44n;
const ASID_MASK = 0xffffn;

/** The address space that a program belongs to. */
export interface AddressSpace {
  /** As the user wrote it. */
  readonly text: string;
  /** The machine translates addresses by it now. Machine mode keeps satp, and the address space of what it has interrupted. */
  isPresent(): boolean;
}

/** `wanted`: all of satp, or the number of the root page table's page, or (below 65,536) an ASID. */
export function addressSpaceOf(wanted: bigint, text: string, inspect: { csr(number: number): bigint | undefined }): AddressSpace {
  return {
    text,
    isPresent() {
      const satp = inspect.csr(SATP) ?? 0n;
      if (wanted >> MODE_SHIFT !== 0n) return satp === wanted;
      return satp >> MODE_SHIFT !== 0n && ((satp & PPN_MASK) === wanted || (wanted <= ASID_MASK && ((satp >> ASID_SHIFT) & ASID_MASK) === wanted));
    },
  };
}

/** Guest-physical address, or undefined where nothing is mapped. */
function translate(address: bigint, satp: bigint, levels: number, readPhysical: ReadMemory): bigint | undefined {
  let table = (satp & PPN_MASK) * PAGE;
  const bits = 12n + INDEX_BITS * BigInt(levels);
  if (BigInt.asUintN(64, BigInt.asIntN(Number(bits), address)) !== address) return undefined;
  for (let level = levels - 1; level >= 0; level--) {
    const shift = 12n + INDEX_BITS * BigInt(level);
    const bytes = readPhysical(table + ((address >> shift) & 511n) * BigInt(ENTRY_SIZE), ENTRY_SIZE);
    if (bytes.length < ENTRY_SIZE) return undefined;
    const entry = unsignedOf(bytes);
    if ((entry & VALID) === 0n) return undefined;
    const target = ((entry >> 10n) & PPN_MASK) * PAGE;
    if ((entry & LEAF) !== 0n) return (target & ~((1n << shift) - 1n)) | (address & ((1n << shift) - 1n));
    table = target;
  }
  return undefined;
}

/** Reads by the page tables of `satp`, without regard to permissions; by physical addresses where that turns translation off. */
export function memoryOf(satp: bigint, readPhysical: ReadMemory): ReadMemory {
  const levels = LEVELS.get(satp >> 60n);
  if (levels === undefined) return readPhysical;
  return (address, sizeBytes) => {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < sizeBytes;) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const size = Math.min(sizeBytes - done, PAGE_SIZE - Number(at % PAGE));
      const physical = translate(at, satp, levels, readPhysical);
      const bytes = physical === undefined ? new Uint8Array(0) : readPhysical(physical, size);
      parts.push(bytes);
      if (bytes.length < size) break;
      done += size;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Uint8Array.from(parts.flatMap((part) => [...part]));
  };
}
