/** Sizes as people write them. */
import { UserError } from '../user-error.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes from `128M`, `1G`, `0x8000000`. `option`: for the message; `unit`: of a decimal number that has none. */
export function parseSize(text: string, option: string, unit: '' | 'M' = ''): number {
  const match = /^\s*(0x[0-9a-f]+|\d+)\s*([KMG]?)(?:i?B)?\s*$/i.exec(text);
  const [, digits = '', given = ''] = match ?? [];
  const written = given === '' && !/^0x/i.test(digits) && !/b\s*$/i.test(text) ? unit : given;
  const bytes = match === null ? Number.NaN : Number(digits) * (UNITS[written.toUpperCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new UserError(`${option}: '${text}' is not a size; write one such as 128M or 1G.`);
  return bytes;
}
