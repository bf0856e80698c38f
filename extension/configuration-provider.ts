/** Launch configurations: F5 without launch.json finds the guest by itself; mistakes are told before anything starts. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../debug-adapter/protocol.ts';

const HEADER_SIZE = 20;
const MACHINE_RISCV = 243;
const CANDIDATES_MAX = 400;
/** ELF files carry any extension or none; sources and documents are not worth opening. */
const NOT_GUESTS = '**/{node_modules,.git}/**';

/** 64-bit little-endian RISC-V executable? (System V gABI, figure 4-3; psABI e_machine 243) */
async function isRiscvExecutable(uri: vscode.Uri): Promise<boolean> {
  const stat = await vscode.workspace.fs.stat(uri);
  if (stat.type !== vscode.FileType.File || stat.size < HEADER_SIZE) return false;
  const bytes = await vscode.workspace.fs.readFile(uri);
  const magic = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  return magic && bytes[4] === 2 && bytes[5] === 1 && bytes[16] === 2 && (bytes[18] ?? 0) + (bytes[19] ?? 0) * 256 === MACHINE_RISCV;
}

async function findGuests(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Uri[]> {
  if (folder === undefined) return [];
  const withExtension = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, '**/*.{elf,out,axf,bin}'), NOT_GUESTS, CANDIDATES_MAX);
  const all = withExtension.length > 0 ? withExtension : await vscode.workspace.findFiles(new vscode.RelativePattern(folder, '**/*'), NOT_GUESTS, CANDIDATES_MAX);
  const checked = await Promise.all(all.map(async (uri) => ({ uri, good: await isRiscvExecutable(uri).catch(() => false) })));
  return checked.filter(({ good }) => good).map(({ uri }) => uri).sort((a, b) => a.fsPath.localeCompare(b.fsPath));
}

function configurationFor(uri: vscode.Uri, folder: vscode.WorkspaceFolder | undefined): vscode.DebugConfiguration {
  const relative = folder === undefined ? uri.fsPath : `\${workspaceFolder}/${vscode.workspace.asRelativePath(uri, false)}`;
  return { type: DEBUG_TYPE, request: 'launch', name: `Boot and record ${basename(uri.fsPath)}`, program: relative };
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    const guests = await findGuests(folder);
    if (guests.length > 0) return guests.map((uri) => configurationFor(uri, folder));
    return [{ type: DEBUG_TYPE, request: 'launch', name: 'Boot and record', program: '${workspaceFolder}/kernel.elf' }];
  }

  /** F5 without launch.json arrives here with an empty configuration. Returning undefined starts nothing. */
  async resolveDebugConfiguration(folder: vscode.WorkspaceFolder | undefined, configuration: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
    const given = configuration as Partial<vscode.DebugConfiguration>;
    if (given.type !== undefined && given.type !== '') return this.complete(folder, configuration);
    const where = folder ?? vscode.workspace.workspaceFolders?.[0];
    const guests = await findGuests(where);
    const [only] = guests;
    if (only === undefined) {
      void vscode.window.showErrorMessage('No 64-bit RISC-V ELF executable was found in this folder: build your guest first, or name it as "program" in .vscode/launch.json.');
      return undefined;
    }
    if (guests.length === 1) return { ...given, ...configurationFor(only, where) };
    const items = guests.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
    const picked = await vscode.window.showQuickPick(items, { title: 'Which guest should boot?' });
    return picked && { ...given, ...configurationFor(picked.uri, where) };
  }

  private async complete(folder: vscode.WorkspaceFolder | undefined, configuration: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
    if (configuration['program'] !== undefined || configuration['recording'] !== undefined) return configuration;
    const [guest] = await findGuests(folder);
    if (guest !== undefined) return { ...configuration, program: configurationFor(guest, folder)['program'] as unknown };
    void vscode.window.showErrorMessage('The launch configuration names no "program" and no "recording", and no RISC-V ELF executable was found in this folder.');
    return undefined;
  }
}
