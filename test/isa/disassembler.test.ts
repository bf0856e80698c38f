import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csrName, csrNumber } from '../../emulator/isa/csr-names.ts';
import { disassemble } from '../../emulator/isa/disassembler.ts';
import { floatRegisterNumber, integerRegisterNumber } from '../../emulator/isa/registers.ts';

const PC = 0x80000000n;

function check(raw: number, plain: string, withAliases = plain): void {
  test(withAliases, () => {
    assert.equal(disassemble(raw, PC, { aliases: false }), plain);
    assert.equal(disassemble(raw, PC), withAliases);
  });
}

describe('text', () => {
  check(0x00000013, 'addi zero,zero,0', 'nop');
  check(0x0001, 'c.addi zero,0', 'nop');
  check(0x00500513, 'addi a0,zero,5', 'li a0,5');
  check(0x557d, 'c.li a0,-1', 'li a0,-1');
  check(0x852e, 'c.mv a0,a1', 'mv a0,a1');
  check(0x1141, 'c.addi sp,-16', 'addi sp,sp,-16');
  check(0x0808, 'c.addi4spn a0,sp,16', 'addi a0,sp,16');
  check(0x00008067, 'jalr zero,0(ra)', 'ret');
  check(0x8082, 'c.jr ra', 'ret');
  check(0x9502, 'c.jalr a0', 'jalr a0');
  check(0xffdff06f, 'jal zero,0x7ffffffc', 'j 0x7ffffffc');
  check(0xffdff0ef, 'jal ra,0x7ffffffc', 'jal 0x7ffffffc');
  check(0x00050263, 'beq a0,zero,0x80000004', 'beqz a0,0x80000004');
  check(0x06b50263, 'beq a0,a1,0x80000064');
  check(0x8d0d, 'c.sub a0,a1', 'sub a0,a0,a1');
  check(0x6502, 'c.ldsp a0,0(sp)', 'ld a0,0(sp)');
  check(0x03f59513, 'slli a0,a1,0x3f');
  check(0xfffff537, 'lui a0,0xfffff');
  check(0xc0002573, 'csrrs a0,cycle,zero', 'rdcycle a0');
  check(0x30002573, 'csrrs a0,mstatus,zero', 'csrr a0,mstatus');
  check(0x30559073, 'csrrw zero,mtvec,a1', 'csrw mtvec,a1');
  check(0x30445073, 'csrrwi zero,mie,8', 'csrwi mie,8');
  check(0x8005a573, 'csrrs a0,0x800,a1');
  check(0x00351073, 'csrrw zero,fcsr,a0', 'fscsr a0');
  check(0x0100000f, 'fence w,unknown', 'pause');
  check(0x0ff0000f, 'fence iorw,iorw', 'fence');
  check(0x12000073, 'sfence.vma zero,zero', 'sfence.vma');
  check(0x1605a52f, 'lr.w.aqrl a0,(a1)');
  check(0x6ac5b543, 'fmadd.d fa0,fa1,fa2,fa3,rup');
  check(0x00c5f553, 'fadd.s fa0,fa1,fa2');
  check(0x22b5a553, 'fsgnjx.d fa0,fa1,fa1', 'fabs.d fa0,fa1');
  check(0xc0001073, 'csrrw zero,cycle,zero', 'unimp');
  check(0x0000, 'c.unimp', 'unimp');
  check(0x8002, '.2byte 0x8002');
  check(0xffffffff, '.4byte 0xffffffff');
});

test('a symbol follows the target', () => {
  const symbol = (address: bigint): string => `main+0x${(address - PC).toString(16)}`;
  assert.equal(disassemble(0xa011, PC, { symbol }), 'j 0x80000004 <main+0x4>');
});

test('a target wraps around 64 bits', () => {
  assert.equal(disassemble(0xffdff06f, 0n), 'j 0xfffffffffffffffc');
});

test('names and numbers of CSRs and registers', () => {
  assert.equal(csrName(0x3a2), 'pmpcfg2');
  assert.equal(csrName(0x3a1), undefined);
  assert.equal(csrNumber('mhpmcounter31'), 0xb1f);
  assert.equal(csrNumber('hpmcounter3'), 0xc03);
  assert.equal(csrNumber('nonsense'), undefined);
  assert.equal(integerRegisterNumber('a0'), 10);
  assert.equal(integerRegisterNumber('fp'), 8);
  assert.equal(integerRegisterNumber('x31'), 31);
  assert.equal(integerRegisterNumber('x32'), undefined);
  assert.equal(floatRegisterNumber('ft11'), 31);
  assert.equal(floatRegisterNumber('f10'), 10);
});
