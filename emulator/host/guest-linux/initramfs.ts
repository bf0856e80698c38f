/** The Linux guest's initial RAM disk: BusyBox, the modules for this machine's devices, and a shell on the console. */
import { writeCpio, type CpioEntry } from './cpio.ts';
import { moduleInfo, stripModule } from './kernel-module.ts';

/** Linux device numbers (Documentation/admin-guide/devices.txt). */
const CONSOLE = { major: 5, minor: 1 };

const DIRECTORIES = ['bin', 'dev', 'etc', 'lib', 'lib/modules', 'mnt', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp', 'usr', 'usr/bin', 'usr/sbin'];

/** BusyBox's own would ask the first process, which is a script here. */
const powerCommand = (name: string): string => `#!/bin/sh
sync
exec /bin/busybox ${name} -f
`;

const INIT = `#!/bin/busybox sh
export PATH=/sbin:/usr/sbin:/bin:/usr/bin HOME=/root TERM=vt100
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
hostname chronovisor
modprobe -q virtio_mmio
for device in /sys/bus/virtio/devices/*; do
  [ -e "$device/modalias" ] && modprobe -q "$(cat "$device/modalias")"
done
cat /etc/motd
cd /root
ENV=/etc/profile setsid cttyhack sh
poweroff
`;

const PROFILE = `PS1='\\h:\\w\\$ '
alias ll='ls -l'
alias poweroff=/sbin/poweroff reboot=/sbin/reboot halt=/sbin/halt
`;

const motd = (release: string): string => `
Linux ${release} with BusyBox. Leave with: poweroff

`;

export interface InitramfsParts {
  readonly busybox: Uint8Array;
  /** As \`uname -r\` prints it. */
  readonly kernelRelease: string;
  /** Kernel modules in the order of their loading, with all that they depend on. */
  readonly modules: readonly Uint8Array[];
}

export function buildInitramfs({ busybox, kernelRelease, modules }: InitramfsParts): Uint8Array {
  const directory = (path: string): CpioEntry => ({ kind: 'directory', path, mode: 0o755 });
  const file = (path: string, contents: string | Uint8Array, mode = 0o644): CpioEntry =>
    ({ kind: 'file', path, mode, bytes: typeof contents === 'string' ? Buffer.from(contents) : contents });
  const folder = `lib/modules/${kernelRelease}`;
  const infos = modules.map(moduleInfo);
  return writeCpio([
    ...DIRECTORIES.map(directory),
    directory(folder),
    { kind: 'character device', path: 'dev/console', mode: 0o600, ...CONSOLE },
    file('init', INIT, 0o755),
    file('bin/busybox', busybox, 0o755),
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    ...['poweroff', 'reboot', 'halt'].map((name) => file(`sbin/${name}`, powerCommand(name), 0o755)),
    file('etc/profile', PROFILE),
    file('etc/motd', motd(kernelRelease)),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
    file('etc/group', 'root:x:0:\n'),
    ...modules.map((bytes, index) => file(`${folder}/${infos[index]?.name ?? ''}.ko`, stripModule(bytes))),
    // What depmod writes; modprobe reads it.
    file(`${folder}/modules.dep`, infos.map(({ name }) => `${name}.ko:${closure(name, infos).map((other) => ` ${other}.ko`).join('')}\n`).join('')),
    file(`${folder}/modules.alias`, infos.flatMap(({ name, aliases }) => aliases.map((alias) => `alias ${alias} ${name}\n`)).join('')),
  ]);
}

/** All that a module needs, what is needed last first, as depmod orders it. */
function closure(name: string, infos: readonly { readonly name: string; readonly dependencies: readonly string[] }[]): string[] {
  const direct = infos.find((info) => info.name === name)?.dependencies ?? [];
  return [...new Set(direct.flatMap((dependency) => [dependency, ...closure(dependency, infos)]))];
}
