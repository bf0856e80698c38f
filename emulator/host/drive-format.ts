/**
 * Formats of disk images that hold a disk in a container. A guest would see the container; QEMU recognises them by the same
 * signatures (block/qcow2.c, qed.c, vmdk.c, vdi.c, vhdx.c, vpc.c, parallels.c).
 */
interface Signature {
  readonly format: string;
  readonly offset: number;
  /** Bytes as characters of Latin-1. */
  readonly text: string;
}

const SIGNATURES: readonly Signature[] = [
  { format: 'qcow2', offset: 0, text: 'QFI\xfb' },
  { format: 'qed', offset: 0, text: 'QED\0' },
  { format: 'vmdk', offset: 0, text: 'KDMV' },
  { format: 'vmdk', offset: 0, text: 'COWD' },
  { format: 'vmdk', offset: 0, text: '# Disk DescriptorFile' },
  { format: 'vdi', offset: 0x40, text: '\x7f\x10\xda\xbe' },
  { format: 'vhdx', offset: 0, text: 'vhdxfile' },
  { format: 'vpc', offset: 0, text: 'conectix' },
  { format: 'parallels', offset: 0, text: 'WithoutFreeSpace' },
  { format: 'parallels', offset: 0, text: 'WithouFreSpacExt' },
];

/** QEMU's name of the container's format; undefined for a raw image. `header`: the first bytes, up to 512. */
export function containerFormat(header: Uint8Array): string | undefined {
  const start = Buffer.from(header).toString('latin1');
  return SIGNATURES.find(({ offset, text }) => start.startsWith(text, offset))?.format;
}
