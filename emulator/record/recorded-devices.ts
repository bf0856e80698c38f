/** The devices of a machine in its recording: drives by name, size and hash, since images are large and never change. */
import type { DriveImage, Drive, MachineConfiguration, VirtioOptions } from '../machine/machine-types.ts';
import { UserError } from '../user-error.ts';
import type { Encodable } from './codec.ts';
import { decodeTerminalSize, encodeTerminalSize, isPosition } from './log-format.ts';

const DRIVE_COUNT_MAX = 8;
const TEXT_LENGTH_MAX = 4096;

/**
 * `[[[name, size, hash, read-only, serial number, slot or null], ...], entropy, console, keys go to the console]`, with
 * `[columns, rows]` of the terminal at power-on behind it if the console tells them; or null.
 */
export function encodeDevices(devices: VirtioOptions | undefined): Encodable {
  if (devices === undefined) return null;
  const drives = (devices.drives ?? []).map((drive) => [
    drive.name, drive.image.sizeBytes, drive.hash, drive.readOnly ?? false, drive.serial ?? '', drive.slot ?? null,
  ]);
  const rest = devices.terminalSize === undefined ? [] : [encodeTerminalSize(devices.terminalSize)];
  return [drives, devices.entropy ?? false, devices.console ?? false, devices.consoleInput === 'virtio', ...rest];
}

/** The images of the drives cannot be read yet: see withDrives. Throws what `invalid` makes. */
export function decodeDevices(value: unknown, invalid: () => UserError): VirtioOptions | undefined {
  if (value === null) return undefined;
  if (!Array.isArray(value) || value.length < 4 || value.length > 5) throw invalid();
  const [drives, entropy, console, keysToConsole, size] = value as unknown[];
  const terminalSize = decodeTerminalSize(size);
  if (size !== undefined && terminalSize === undefined) throw invalid();
  if (!Array.isArray(drives) || drives.length > DRIVE_COUNT_MAX) throw invalid();
  if (typeof entropy !== 'boolean' || typeof console !== 'boolean' || typeof keysToConsole !== 'boolean') throw invalid();
  const consoleInput = keysToConsole ? 'virtio' : 'uart';
  return { drives: drives.map((drive) => decodeDrive(drive, invalid)), entropy, console, consoleInput, ...(terminalSize === undefined ? {} : { terminalSize }) };
}

function decodeDrive(value: unknown, invalid: () => UserError): Drive {
  if (!Array.isArray(value) || value.length !== 6) throw invalid();
  const [name, sizeBytes, hash, readOnly, serial, slot] = value as unknown[];
  const isText = (text: unknown): text is string => typeof text === 'string' && text.length <= TEXT_LENGTH_MAX;
  if (!isText(name) || !isPosition(sizeBytes) || !isText(hash) || typeof readOnly !== 'boolean' || !isText(serial)) throw invalid();
  if (slot !== null && !isPosition(slot)) throw invalid();
  const image = { sizeBytes, read: () => { throw new UserError(`The contents of the drive ${name} are not in the recording: give its image`); } };
  return { name, image, hash, readOnly, serial, ...(slot === null ? {} : { slot }) };
}

/** The configuration of the recording `name`, with the given images in place of those that it names. */
export function withDrives(configuration: MachineConfiguration, given: readonly DriveImage[], name: string): MachineConfiguration {
  const { devices } = configuration;
  if (devices?.drives === undefined) return configuration;
  const drives = devices.drives.map((drive) => {
    const found = given.find(({ hash, image }) => hash === drive.hash && image.sizeBytes === drive.image.sizeBytes);
    if (found === undefined) throw wrongDrive(drive, given, name);
    return { ...drive, image: found.image };
  });
  return { ...configuration, devices: { ...devices, drives } };
}

function wrongDrive(drive: Drive, given: readonly DriveImage[], name: string): UserError {
  const what = `the drive image ${drive.name} of ${drive.image.sizeBytes} bytes with content hash ${drive.hash}`;
  if (given.length === 0) return new UserError(`${name} needs ${what}, which a recording does not embed: give that very file as a drive`);
  const others = given.map((other) => `${other.name} has ${other.image.sizeBytes} bytes and content hash ${other.hash}`).join(', ');
  return new UserError(`${name} was recorded with ${what}, but ${others}: give the file as it was when the recording was made`);
}
