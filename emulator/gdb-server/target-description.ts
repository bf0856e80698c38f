/**
 * What GDB is told about the hart and its memory, in XML.
 * Source: Debugging with GDB, appendix G, "RISC-V Features"; appendix E, "Memory Map Format".
 */
import { csrName } from '../isa/csr-names.ts';
import type { Inspection } from '../session/session-types.ts';

/** Register numbers in packets: those that GDB uses itself. */
export const PC = 32;
export const FLOAT_FIRST = 33;
export const CSR_FIRST = 65;
export const CSR_COUNT = 4096;
export const PRIVILEGE = CSR_FIRST + CSR_COUNT;

/** CSRs that belong to the floating-point unit: fflags, frm, fcsr. */
const FLOAT_CSRS = [0x001, 0x002, 0x003];

const POINTERS: ReadonlyMap<number, string> = new Map([[1, 'code_ptr'], [2, 'data_ptr'], [3, 'data_ptr'], [4, 'data_ptr'], [8, 'data_ptr'], [PC, 'code_ptr']]);

function register(name: string, number: number, type?: string): string {
  return `    <reg name="${name}" bitsize="64" regnum="${number}"${type === undefined ? '' : ` type="${type}"`}/>\n`;
}

function feature(name: string, contents: string): string {
  return `  <feature name="org.gnu.gdb.riscv.${name}">\n${contents}  </feature>\n`;
}

/** The CSRs that the hart has, by number. */
function csrsOf(inspect: Inspection): number[] {
  return Array.from({ length: CSR_COUNT }, (_, number) => number).filter((number) => csrName(number) !== undefined && inspect.csr(number) !== undefined);
}

export function targetDescription(inspect: Inspection): string {
  const integers = Array.from({ length: 32 }, (_, index) => register(`x${index}`, index, POINTERS.get(index) ?? 'int')).join('');
  const floats = Array.from({ length: 32 }, (_, index) => register(`f${index}`, FLOAT_FIRST + index, 'riscv_double')).join('');
  const csr = (number: number): string => register(csrName(number) ?? '', CSR_FIRST + number);
  const doubles = '    <union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>\n';
  return `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
  <architecture>riscv:rv64</architecture>
${feature('cpu', integers + register('pc', PC, 'code_ptr'))
  + feature('fpu', doubles + floats + FLOAT_CSRS.map(csr).join(''))
  + feature('virtual', register('priv', PRIVILEGE))
  + feature('csr', csrsOf(inspect).filter((number) => !FLOAT_CSRS.includes(number)).map(csr).join(''))}</target>
`;
}

/**
 * GDB reads nothing outside of what the map names, and its addresses are virtual: with address translation there may be
 * memory anywhere. In two halves, since the length of the whole does not fit into 64 bits.
 */
export const MEMORY_MAP = `<?xml version="1.0"?>
<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" "http://sourceware.org/gdb/gdb-memory-map.dtd">
<memory-map>
  <memory type="ram" start="0x0" length="0x8000000000000000"/>
  <memory type="ram" start="0x8000000000000000" length="0x8000000000000000"/>
</memory-map>
`;
