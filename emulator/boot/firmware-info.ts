/**
 * What the stage before OpenSBI's fw_dynamic tells it through a2: where to go on, and how.
 * OpenSBI include/sbi/fw_dynamic.h, struct fw_dynamic_info; QEMU hw/riscv/boot.c, riscv_rom_copy_firmware_info.
 */
const MAGIC = 0x4942_534fn;
const VERSION = 2n;
const MODE_SUPERVISOR = 1n;
const OPTIONS = 0n;
const BOOT_HART = 0n;

/** `nextStage`: guest-physical address of the kernel; 0 if there is none. */
export function firmwareInfo(nextStage: number): Uint8Array {
  const fields = [MAGIC, VERSION, BigInt(nextStage), MODE_SUPERVISOR, OPTIONS, BOOT_HART];
  const bytes = new Uint8Array(8 * fields.length);
  const view = new DataView(bytes.buffer);
  fields.forEach((field, index) => { view.setBigUint64(8 * index, field, true); });
  return bytes;
}
