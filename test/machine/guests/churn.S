# Writes all over 8 MiB in a pseudo-random order, rewrites its own code (with fence.i), takes exceptions, uses lr/sc and amo.
# `spot` is written once every 512 rounds. Powers off after ROUNDS rounds.
  .equ ROUNDS, 30000
  .globl _start, trap, patched, spot, round, heap
_start:
  la sp, stack_top
  la t0, trap
  csrw mtvec, t0
  li s0, 0
  li s1, 12345
  la s2, heap
  li s3, 6364136223846793005
  li s4, 1442695040888963407
  la s5, spot
  li s8, ROUNDS
round:
  mul s1, s1, s3
  add s1, s1, s4
  srli t0, s1, 41
  andi t0, t0, -8
  add t0, t0, s2
  ld t1, 0(t0)
  add t1, t1, s1
  sd t1, 0(t0)
  andi t2, s0, 127
  bnez t2, 1f
  # patched: addi a0, a0, imm with another immediate
  la t3, patched
  andi t4, s0, 2047
  slli t4, t4, 20
  li t5, 0x00050513
  or t4, t4, t5
  sw t4, 0(t3)
  fence.i
1:
  call call_patched
  andi t2, s0, 255
  bnez t2, 2f
  .word 0xffffffff
2:
  andi t2, s0, 511
  bnez t2, 3f
  sd s0, 0(s5)
3:
  addi t3, s5, 8
  amoadd.d t4, s0, (t3)
4:
  lr.d t5, (t3)
  xor t5, t5, s1
  sc.d t6, t5, (t3)
  bnez t6, 4b
  addi s0, s0, 1
  bne s0, s8, round
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
5: j 5b
  .option norvc
call_patched:
patched:
  addi a0, a0, 0
  ret
  .option rvc
  .balign 4
trap:
  csrrw t0, mscratch, t0
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  csrrw t0, mscratch, t0
  mret
  .bss
  .balign 4096
spot: .space 64
  .balign 16
  .space 256
stack_top:
  .balign 4096
heap: .space 8 << 20
