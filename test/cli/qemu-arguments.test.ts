import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseArguments } from '../../emulator/cli/qemu-arguments.ts';
import { UserError } from '../../emulator/user-error.ts';

const rows: readonly (readonly [given: readonly string[], expected: readonly string[] | RegExp])[] = [
  [['run', 'x.elf'], ['run', 'x.elf']],
  [['run', '-kernel', 'Image', '-append', 'console=ttyS0 -x'], ['run', '--kernel=Image', '--append=console=ttyS0 -x']],
  [['record', '-o', 'x', '-bios', 'fw.bin', '-initrd', 'i', '-drive', 'file=a,format=raw'], ['record', '-o', 'x', '--bios=fw.bin', '--initrd=i', '--drive=file=a,format=raw']],
  [['run', '-m', '512'], ['run', '--memory=512']],
  [['run', '-m', 'size=1G'], ['run', '--memory=1G']],
  [['run', '--memory', '1G', '--guest', 'linux'], ['run', '--memory', '1G', '--guest', 'linux']],
  [['run', '-M', 'virt', '-machine', 'virt,aclint=off', '-nographic', '-no-reboot', '-cpu', 'rv64', '-smp', '1', '-kernel', 'k'], ['run', '--kernel=k']],
  [['run', '-serial', 'mon:stdio', '-display', 'none', '-monitor', 'none', '-icount', 'shift=0,sleep=off', '-net', 'none'], ['run']],
  [['run', '-device', 'virtio-blk-device,drive=hd0', '-device', 'virtio-rng-device'], ['run', '--entropy']],
  [['run', '-append', '-kernel', '-kernel', '-append'], ['run', '--append=-kernel', '--kernel=-append']],
  [['run', '--append', '-kernel', 'x.elf'], ['run', '--append', '-kernel', 'x.elf']],
  [['run', '--', '-kernel', 'x'], ['run', '--', '-kernel', 'x']],
  [['verify', '-kernel'], ['verify', '-kernel']],
  [['--help'], ['--help']],
  [[], []],
  [['run', '-snapshot', 'x.elf'], ['run', 'x.elf']],
  [['record', '-fo', 'x', 'y.elf'], ['record', '-fo', 'x', 'y.elf']],
  [['record', '-f', '-o', 'x', 'y.elf'], ['record', '-f', '-o', 'x', 'y.elf']],
  [['run', '-kernelx', 'y'], /^-kernelx is not understood here; leave it out \(of QEMU's options there are -bios, -kernel, -initrd, -append, -drive and -m; see chronovisor run --help\)\.$/],
  [['run', '-hda', 'disk.img'], /^-hda is not understood here; give a disk with -drive file=disk\.img,format=raw\.$/],
  [['run', '-enable-kvm'], /^-enable-kvm is not understood here; leave it out: there is no accelerator/],
  [['run', '-vga', 'std'], /no display/],
  [['run', '-netdev', 'user,id=n'], /no network/],
  [['run', '-s', '-S'], /^-s is not understood here; leave it out: VS Code is the debugger here/],
  [['run', '-S'], /VS Code is the debugger/],
  [['run', '-gdb', 'tcp::1234'], /chronovisor debug/],
  [['run', '-dtb', 'x.dtb'], /describes itself/],
  [['run', '-constructor', 'x'], /^-constructor is not understood here; leave it out \(/],
  [['run', '-h'], ['run', '-h']],
  [['run', '-smp', '4'], /^-smp 4: this machine has one hart; leave the option out\.$/],
  [['run', '-M', 'sifive_u'], /virt/],
  [['run', '-device', 'virtio-gpu-pci'], /no such device/],
  [['run', '-nic', 'user'], /no network/],
  [['run', '-kernel'], /^-kernel needs a value/],
  [['run', '-m'], /^-m needs a value/],
  [['run', '-cpu'], /RV64GC/],
];

for (const [given, expected] of rows) {
  test(given.join(' '), () => {
    if (!(expected instanceof RegExp)) assert.deepEqual(normaliseArguments(given), expected);
    else assert.throws(() => normaliseArguments(given), (error) => error instanceof UserError && expected.test(error.message));
  });
}
