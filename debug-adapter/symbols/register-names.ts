/** Register names of RISC-V by DWARF number: 0..31 are x0..x31, 32..63 are f0..f31. */
export const X_NAMES = ['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'];
export const F_NAMES = ['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11'];

/** x and f registers by number or ABI name, and fp. */
export const REGISTER_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...X_NAMES.flatMap((name, index): [string, number][] => [[name, index], [`x${index}`, index]]),
  ...F_NAMES.flatMap((name, index): [string, number][] => [[name, 32 + index], [`f${index}`, 32 + index]]),
  ['fp', 8],
]);
export const FLOAT_REGISTERS = 32;
