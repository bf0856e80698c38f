import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { buildDeviceTree, deviceTreeAddress } from '../../emulator/boot/device-tree.ts';
import { cells, flag, strings, writeDeviceTree } from '../../emulator/boot/flattened-device-tree.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { readDeviceTree, type DeviceTree } from './device-tree-reader.ts';

const MIB = 1024 * 1024;
const SIZES = [64 * MIB, 128 * MIB, 512 * MIB, 1024 * MIB, 2048 * MIB];

test('writer', () => {
  const tree = writeDeviceTree({
    name: '', properties: [cells('a', 1, 0xffffffff), strings('text', 'x', 'yz'), flag('here')],
    children: [{ name: 'child@1', properties: [cells('a', 2)], children: [{ name: 'empty', properties: [], children: [] }] }],
  });
  assert.deepEqual([...readDeviceTree(tree)].map(([node, properties]) => [node, Object.fromEntries(properties)]), [
    ['/', { a: '00000001ffffffff', text: '7800797a00', here: '' }],
    ['/child@1', { a: '00000002' }],
    ['/child@1/empty', {}],
  ]);
});

test('dtc accepts it', { skip: missingTools(tools.deviceTreeCompiler) }, () => {
  for (const options of [{ memorySizeBytes: 128 * MIB }, { memorySizeBytes: 2048 * MIB, bootArguments: 'console=ttyS0 earlycon' }]) {
    const run = spawnSync(findTool(tools.deviceTreeCompiler) ?? '', ['-I', 'dtb', '-O', 'dts', '-'], { input: buildDeviceTree(options), encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.doesNotMatch(run.stderr, /error/i);
    assert.match(run.stdout, /serial@10000000/);
    if (options.bootArguments !== undefined) assert.match(run.stdout, /bootargs = "console=ttyS0 earlycon"/);
  }
});

/** Nodes of QEMU's board that this machine does not have. */
const ABSENT_NODES = /^\/(pmu|fw-cfg|flash|platform-bus|soc\/pci)/;
/** Properties that differ on purpose: node and name, value here or undefined. */
const DIFFERENCES = new Map([
  ['/chosen rng-seed', undefined],
  // QEMU's default hart has extensions and a translation mode that this one lacks.
  ['/cpus/cpu@0 riscv,isa', 'rv64imafdc'],
  ['/cpus/cpu@0 mmu-type', 'riscv,sv39'],
]);

function comparable(tree: DeviceTree): Map<string, string> {
  const properties = new Map<string, string>();
  for (const [node, values] of tree) {
    if (ABSENT_NODES.test(node)) continue;
    properties.set(node, '');
    for (const [name, value] of values) {
      if (!DIFFERENCES.has(`${node} ${name}`)) properties.set(`${node} ${name}`, value);
    }
  }
  return new Map([...properties].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('equals the tree of QEMU', { skip: missingTools(tools.qemu) }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'device-tree-'));
  try {
    for (const memorySizeBytes of SIZES) {
      const file = path.join(folder, 'qemu.dtb');
      spawnSync(findTool(tools.qemu) ?? '', ['-M', `virt,dumpdtb=${file}`, '-m', `${memorySizeBytes / MIB}`, '-bios', 'none', '-display', 'none']);
      const here = readDeviceTree(buildDeviceTree({ memorySizeBytes, virtioTransports: true }));
      assert.deepEqual(comparable(here), comparable(readDeviceTree(readFileSync(file))));
      for (const [key, value] of DIFFERENCES) {
        const [node = '', name = ''] = key.split(' ');
        assert.equal(here.get(node)?.get(name), value === undefined ? undefined : Buffer.from(`${value}\0`).toString('hex'), key);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** QEMU's boot ROM at 0x1000 keeps the address that it puts into a1 at 0x1020. */
async function addressInQemu(memorySizeBytes: number): Promise<number> {
  const qemu = spawn(findTool(tools.qemu) ?? '', [
    '-M', 'virt', '-m', `${memorySizeBytes / MIB}`, '-bios', 'none', '-S', '-display', 'none', '-serial', 'null', '-monitor', 'none',
    '-qtest', 'stdio', '-qtest-log', '/dev/null',
  ], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    qemu.stdin.write('readq 0x1020\n');
    for await (const line of createInterface(qemu.stdout)) {
      if (line.startsWith('OK ')) return Number(line.slice(3));
    }
    throw new Error('QEMU did not answer');
  } finally {
    qemu.kill('SIGKILL');
  }
}

test('without virtio devices there are no transports', () => {
  const transports = (virtioTransports: boolean): number =>
    [...readDeviceTree(buildDeviceTree({ memorySizeBytes: 16 * MIB, virtioTransports })).keys()].filter((node) => node.includes('virtio')).length;
  assert.equal(transports(false), 0);
  assert.equal(transports(true), 8);
});

test('is placed where QEMU places it', { skip: missingTools(tools.qemu) }, async () => {
  for (const memorySizeBytes of SIZES) {
    const sizeBytes = buildDeviceTree({ memorySizeBytes }).length;
    assert.equal(deviceTreeAddress(memorySizeBytes, sizeBytes), await addressInQemu(memorySizeBytes), `${memorySizeBytes / MIB} MiB`);
  }
});

test('placement', () => {
  const check = (memorySizeBytes: number, sizeBytes: number, expect: number): void => {
    assert.equal(deviceTreeAddress(memorySizeBytes, sizeBytes), expect);
  };
  check(128 * MIB, 4000, 0x87e0_0000);
  check(4 * MIB, 2 * MIB, 0x8020_0000);
  check(4 * MIB, 2 * MIB + 1, 0x8000_0000);
  check(2 * MIB, 4000, 0x801f_f000);
  check(2048 * MIB, 4000, 0xbfe0_0000);
  assert.throws(() => deviceTreeAddress(4096, 4097), /does not fit the guest's memory of 4096 bytes; give the machine more memory\.$/);
});
