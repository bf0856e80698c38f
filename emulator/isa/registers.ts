/** Names of the registers in the ABI. Source: RISC-V ELF psABI, chapter 1 (Register Convention). */

/** Integer registers x0..x31. */
export const integerRegisterNames: readonly string[] = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
];

/** Floating-point registers f0..f31. */
export const floatRegisterNames: readonly string[] = [
  'ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5',
  'fa6', 'fa7', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11',
];

function numbersOf(names: readonly string[], prefix: 'x' | 'f'): Map<string, number> {
  const numbers = new Map(names.map((name, number) => [name, number]));
  for (const number of names.keys()) numbers.set(`${prefix}${number}`, number);
  return numbers;
}

const integerNumbers = numbersOf(integerRegisterNames, 'x').set('fp', 8);
const floatNumbers = numbersOf(floatRegisterNames, 'f');

/** Number of the integer register that `name` (ABI name, `x5`, or `fp`) means. */
export function integerRegisterNumber(name: string): number | undefined {
  return integerNumbers.get(name);
}

/** Number of the floating-point register that `name` (ABI name or `f5`) means. */
export function floatRegisterNumber(name: string): number | undefined {
  return floatNumbers.get(name);
}
