/** QEMU's -drive, as far as this machine has a meaning for it: `file=disk.img,format=raw,readonly=on`, or a file alone. */
import { UserError } from '../user-error.ts';

export interface DriveOption {
  readonly file: string;
  readonly readOnly: boolean;
}

/** Keys whose value makes no difference here: the image is only read, what is written is kept elsewhere, and each drive has its device. */
const IGNORED = new Set(['id', 'cache', 'aio', 'discard', 'detect-zeroes', 'snapshot', 'index', 'media', 'werror', 'rerror', 'locking']);
const INTERFACES = ['virtio', 'none'];

export function parseDrive(text: string, option: string): DriveOption {
  const [first = '', ...others] = fields(text);
  const pairs = first.includes('=') ? [first, ...others] : [`file=${first}`, ...others];
  let file = '';
  let readOnly = false;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    const value = at < 0 ? 'on' : pair.slice(at + 1);
    if (key === 'file') file = value;
    else if (key === 'readonly' || key === 'read-only') readOnly = isOn(value, key, option);
    else if (key === 'format') refuseUnless(value === 'raw', option, `the format '${value}' is not known; convert the image first (qemu-img convert -O raw)`);
    else if (key === 'if') refuseUnless(INTERFACES.includes(value), option, `a drive with if=${value} does not exist on this board; use if=virtio`);
    else refuseUnless(IGNORED.has(key), option, `'${key}' is not known; write one such as file=disk.img,format=raw,readonly=on`);
  }
  refuseUnless(file !== '', option, 'the drive names no file; write one such as file=disk.img,format=raw');
  return { file, readOnly };
}

/** A comma separates; two commas are one in a value. */
function fields(text: string): string[] {
  return text.split(/(?<!,),(?!,)/).map((field) => field.replaceAll(',,', ','));
}

function isOn(value: string, key: string, option: string): boolean {
  refuseUnless(['on', 'off', 'yes', 'no', 'true', 'false'].includes(value), option, `${key} is on or off, not '${value}'; write ${key}=on`);
  return ['on', 'yes', 'true'].includes(value);
}

function refuseUnless(condition: boolean, option: string, sentence: string): void {
  if (!condition) throw new UserError(`${option}: ${sentence}.`);
}
