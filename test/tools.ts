/** The programs and files that tests use beside Node, where they are, and why a test has to be skipped without them. */
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { guestFolder, guestLacks } from '../emulator/host/known-guests.ts';

export interface Tool {
  readonly name: string;
  /** Names of the executable, the preferred one first. */
  readonly commands: readonly string[];
  /** What is wanted where it is no program: files, of which one must be there. */
  readonly files?: readonly string[];
  /** Debian packages that bring it. */
  readonly debian: readonly string[];
  /** Environment variable that names the executable and wins over the PATH. */
  readonly variable?: string;
}

export const tools = {
  qemu: { name: 'QEMU', commands: ['qemu-system-riscv64'], debian: ['qemu-system-misc'] },
  gcc: { name: 'RISC-V cross compiler', commands: ['riscv64-unknown-elf-gcc'], debian: ['gcc-riscv64-unknown-elf'] },
  linuxGcc: { name: 'RISC-V cross compiler for Linux', commands: ['riscv64-linux-gnu-gcc'], debian: ['gcc-riscv64-linux-gnu'] },
  linuxLibrary: { name: 'C library for RISC-V Linux', commands: [], files: ['/usr/riscv64-linux-gnu/lib/libc.a'], debian: ['libc6-dev-riscv64-cross'] },
  clang: { name: 'Clang', commands: ['clang', 'clang-19', 'clang-16', 'clang-14'], debian: ['clang'] },
  gdb: { name: 'GDB', commands: ['gdb-multiarch'], debian: ['gdb-multiarch'] },
  opensbi: { name: 'OpenSBI', commands: [], files: ['/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin'], debian: ['opensbi'] },
  uBoot: { name: 'U-Boot', commands: [], files: ['/usr/lib/u-boot/qemu-riscv64/u-boot.bin'], debian: ['u-boot-qemu'] },
  fileSystem: { name: 'ext4 tools', commands: ['mke2fs'], files: ['/usr/sbin/mke2fs', '/sbin/mke2fs'], debian: ['e2fsprogs'] },
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
  const present = tool.files?.find(existsSync);
  if (present !== undefined) return present;
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
  return missing.map(tool => `${tool.name} (${tool.commands[0] ?? tool.files?.[0] ?? ''}) is not installed; on Debian: apt-get install ${tool.debian.join(' ')}`).join('. ');
}

/** One sentence for `skip` when the Linux guest was not brought; tests never download it by themselves. */
export function missingLinuxGuest(): string | false {
  const folder = guestFolder('linux');
  return guestLacks('linux').length === 0 ? false : `the Linux guest is not in ${folder}, or not of this version; npm run guest:linux brings it (118 MB)`;
}
