/** Launch configurations: F5 without launch.json finds the guest by itself; mistakes are told before anything starts. */
import { basename, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { DEBUG_TYPE, TERMINAL_ATTRIBUTE } from '../debug-adapter/protocol.ts';

const HEADER_SIZE = 20;
const MACHINE_RISCV = 243;
const CANDIDATES_MAX = 400;
/** ELF files carry any extension or none; what tools and packages keep in such folders is not the user's guest. */
const NOT_GUESTS = '**/{node_modules,.git}/**';

/** A configuration with one of these says what to debug. */
const GUEST_ATTRIBUTES = ['program', 'recording', 'kernel', 'bios', 'guest'];
const PATH_ATTRIBUTES = ['program', 'recording', 'recordTo', 'trace', 'symbols', 'kernel', 'initrd'];
/** Values of `bios` that are no files. */
const BUILT_IN_FIRMWARE: readonly unknown[] = [undefined, 'none', 'default'];

type Folder = vscode.WorkspaceFolder | undefined;

/** 64-bit little-endian RISC-V executable? (System V gABI, figure 4-3; psABI e_machine 243) */
async function isRiscvExecutable(uri: vscode.Uri): Promise<boolean> {
  const stat = await vscode.workspace.fs.stat(uri);
  if (stat.type !== vscode.FileType.File || stat.size < HEADER_SIZE) return false;
  const bytes = await vscode.workspace.fs.readFile(uri);
  const magic = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  return magic && bytes[4] === 2 && bytes[5] === 1 && bytes[16] === 2 && (bytes[18] ?? 0) + (bytes[19] ?? 0) * 256 === MACHINE_RISCV;
}

async function findGuests(folder: Folder): Promise<vscode.Uri[]> {
  if (folder === undefined) return [];
  const found = async (pattern: string): Promise<vscode.Uri[]> => {
    const files = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, pattern), NOT_GUESTS, CANDIDATES_MAX);
    const checked = await Promise.all(files.map(async (uri) => ({ uri, good: await isRiscvExecutable(uri).catch(() => false) })));
    return checked.filter(({ good }) => good).map(({ uri }) => uri).sort((a, b) => a.fsPath.localeCompare(b.fsPath));
  };
  const usual = await found('**/*.{elf,out,axf,bin}');
  return usual.length > 0 ? usual : found('**/*');
}

function configurationFor(uri: vscode.Uri, folder: Folder): vscode.DebugConfiguration {
  const program = folder === undefined ? uri.fsPath : `\${workspaceFolder}/${vscode.workspace.asRelativePath(uri, false)}`;
  return { type: DEBUG_TYPE, request: 'launch', name: `Boot and record ${basename(uri.fsPath)}`, program };
}

/** What any folder can boot, once `npm run guest:linux` has brought it. */
const linux: vscode.DebugConfiguration = { type: DEBUG_TYPE, request: 'launch', name: 'Boot Linux', guest: 'linux', stopOnEntry: false };

/** The guest of a folder; the user chooses among several. Undefined: there is none (which is said), or he chose none. */
async function chooseGuest(folder: Folder): Promise<vscode.Uri | undefined> {
  const guests = await findGuests(folder);
  if (guests.length === 1) return guests[0];
  if (guests.length === 0) {
    void vscode.window.showErrorMessage('No 64-bit RISC-V ELF executable was found in this folder: build your guest first, or name it as "program" in .vscode/launch.json.');
    return undefined;
  }
  const items = guests.map((uri) => ({ label: vscode.workspace.asRelativePath(uri, false), uri }));
  return (await vscode.window.showQuickPick(items, { title: 'Which guest should boot?' }))?.uri;
}

/** Relative paths in a configuration mean the workspace folder. */
function absolute(value: unknown, folder: Folder): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => absolute(each, folder));
  return typeof value === 'string' && value !== '' && folder !== undefined && !isAbsolute(value) ? join(folder.uri.fsPath, value) : value;
}

/** `file=disk.img,format=raw`, or a file alone. */
function absoluteDrive(drive: unknown, folder: Folder): unknown {
  const [, before = '', file, after = ''] = typeof drive === 'string' ? (/^(.*?\bfile=|)([^,=]+)((?:,.*)?)$/.exec(drive) ?? []) : [];
  return file === undefined ? drive : `${before}${String(absolute(file, folder))}${after}`;
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(folder: Folder): Promise<vscode.DebugConfiguration[]> {
    const guests = await findGuests(folder);
    const own = guests.length > 0
      ? guests.map((uri) => configurationFor(uri, folder))
      : [{ type: DEBUG_TYPE, request: 'launch', name: 'Boot and record', program: '${workspaceFolder}/kernel.elf' }];
    return [...own, linux];
  }

  /** F5 without launch.json arrives here with an empty configuration. Returning undefined starts nothing. */
  async resolveDebugConfiguration(folder: Folder, configuration: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
    if (GUEST_ATTRIBUTES.some((name) => configuration[name] !== undefined)) return configuration;
    const where = folder ?? vscode.workspace.workspaceFolders?.[0];
    const guest = await chooseGuest(where);
    if (guest === undefined) return undefined;
    const given = Object.entries(configuration).filter(([, value]) => value !== '' && value !== undefined);
    return { ...configurationFor(guest, where), ...Object.fromEntries(given) };
  }

  resolveDebugConfigurationWithSubstitutedVariables(folder: Folder, configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
    const where = folder ?? vscode.workspace.workspaceFolders?.[0];
    // The debug console would cover the terminal, where the guest is.
    const resolved: vscode.DebugConfiguration = { internalConsoleOptions: 'neverOpen', ...configuration, [TERMINAL_ATTRIBUTE]: true };
    for (const name of PATH_ATTRIBUTES) {
      if (configuration[name] !== undefined) resolved[name] = absolute(configuration[name], where);
    }
    if (!BUILT_IN_FIRMWARE.includes(configuration['bios'])) resolved['bios'] = absolute(configuration['bios'], where);
    if (Array.isArray(configuration['drives'])) resolved['drives'] = configuration['drives'].map((drive: unknown) => absoluteDrive(drive, where));
    return resolved;
  }
}
