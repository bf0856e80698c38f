/** Brings images and device tree into guest memory, and the registers to where firmware expects them. */
import { assert } from '../assert.ts';
import type { LoadedImages } from '../boot/load-images.ts';
import { DRAM_BASE, PAGE_SHIFT, PAGE_SIZE } from '../core/layout.ts';
import type { EnginePort } from './engine-port.ts';
import type { HartView } from './hart-view.ts';

const A0 = 10;
const A1 = 11;
const A2 = 12;

/** Returns false if the frame pool is full. */
export function powerOn(engine: EnginePort, vm: number, hart: HartView, loaded: LoadedImages): boolean {
  for (const segment of loaded.segments) {
    if (!writePhysical(engine, vm, hart, segment.gpa, segment.bytes)) return false;
  }
  hart.pc = BigInt(loaded.entry);
  hart.setRegister(A0, 0n);
  hart.setRegister(A1, BigInt(loaded.deviceTree));
  hart.setRegister(A2, BigInt(loaded.firmwareInfo));
  return true;
}

function writePhysical(engine: EnginePort, vm: number, hart: HartView, gpa: number, bytes: Uint8Array): boolean {
  assert(gpa >= DRAM_BASE, `a segment at ${gpa.toString(16)} is outside DRAM`);
  let at = 0;
  while (at < bytes.length) {
    const offset = (gpa + at) % PAGE_SIZE;
    const chunk = bytes.subarray(at, at + PAGE_SIZE - offset);
    const address = engine.core.pageOpenForWrite(vm, (gpa + at - DRAM_BASE) >>> PAGE_SHIFT);
    if (address === 0) return false;
    hart.bytes(address + offset, chunk.length).set(chunk);
    at += chunk.length;
  }
  return true;
}
