# Sets mtime, and reads it back through the CSR and through the device: s0, s1.
  .globl _start
_start:
  li t0, 0x200bff8
  li t1, 1
  slli t1, t1, 40
  sd t1, 0(t0)
  rdtime s0
  ld s1, 0(t0)
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
1:
  j 1b
