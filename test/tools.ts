/** The programs that tests use beside Node, where they are, and why a test has to be skipped without them. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface Tool {
  readonly name: string;
  /** Names of the executable, the preferred one first. */
  readonly commands: readonly string[];
  /** Debian packages that bring it. */
  readonly debian: readonly string[];
  /** Environment variable that names the executable and wins over the PATH. */
  readonly variable?: string;
}

export const tools = {
  qemu: { name: 'QEMU', commands: ['qemu-system-riscv64'], debian: ['qemu-system-misc'] },
  gcc: { name: 'RISC-V cross compiler', commands: ['riscv64-unknown-elf-gcc'], debian: ['gcc-riscv64-unknown-elf'] },
  gdb: { name: 'GDB', commands: ['gdb-multiarch'], debian: ['gdb-multiarch'] },
  deviceTreeCompiler: { name: 'device tree compiler', commands: ['dtc'], debian: ['device-tree-compiler'] },
  chromium: {
    name: 'Chromium', commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debian: ['chromium', 'fonts-dejavu-core'], variable: 'CHROMIUM',
  },
} as const satisfies Record<string, Tool>;

/** The executable of that name on the PATH. */
export function onPath(command: string): string | undefined {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)) {
    for (const extension of extensions) {
      const file = path.join(folder, command + extension);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not here: next
      }
    }
  }
  return undefined;
}

export function findTool(tool: Tool): string | undefined {
  const given = tool.variable === undefined ? undefined : process.env[tool.variable];
  if (given !== undefined && given !== '') return given;
  for (const command of tool.commands) {
    const file = onPath(command);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** One sentence for `skip` when one of the tools is missing; `false` when all are there. Made for `test(name, { skip: missingTools(tools.qemu) }, ...)`. */
export function missingTools(...needed: readonly Tool[]): string | false {
  const missing = needed.filter(tool => findTool(tool) === undefined);
  if (missing.length === 0) return false;
  return missing.map(tool => `${tool.name} (${tool.commands[0] ?? ''}) is not installed; on Debian: apt-get install ${tool.debian.join(' ')}`).join('. ');
}
