# Timer and UART interrupts, wfi. Echoes each key with the number of ticks so far (a digit); 'q' powers off with exit
# code 7, 'x' with 0 after printing the sum of all work done. Between interrupts it works, and every 64 rounds it waits.
  .equ UART, 0x10000000
  .equ CLINT_MTIMECMP, 0x2004000
  .equ CLINT_MTIME, 0x200bff8
  .equ PLIC, 0xc000000
  .globl _start, trap, on_timer, on_key, work, done_key
_start:
  la sp, stack_top
  la t0, trap
  csrw mtvec, t0
  li t0, UART
  li t1, 1
  sb t1, 2(t0)
  sb t1, 1(t0)
  li t0, PLIC
  li t1, 1
  sw t1, 40(t0)
  li t0, PLIC + 0x2000
  li t1, 1 << 10
  sw t1, 0(t0)
  call arm_timer
  li t0, (1 << 11) | (1 << 7)
  csrw mie, t0
  csrsi mstatus, 8
  li s0, 0
  la s1, ring
1:
  call work
  addi s0, s0, 1
  andi t0, s0, 63
  bnez t0, 1b
  wfi
  j 1b

work:
  andi t0, s0, 511
  slli t0, t0, 3
  add t0, t0, s1
  ld t1, 0(t0)
  xor t1, t1, s0
  slli t2, t1, 1
  add t1, t1, t2
  sd t1, 0(t0)
  la t3, sum
  ld t2, 0(t3)
  add t2, t2, t1
  sd t2, 0(t3)
  ret

arm_timer:
  li t0, CLINT_MTIME
  ld t1, 0(t0)
  addi t1, t1, 30
  li t0, CLINT_MTIMECMP
  sd t1, 0(t0)
  ret

  .balign 4
trap:
  addi sp, sp, -64
  sd ra, 0(sp)
  sd t0, 8(sp)
  sd t1, 16(sp)
  sd t2, 24(sp)
  sd t3, 32(sp)
  csrr t0, mcause
  bgez t0, exception
  andi t0, t0, 15
  li t1, 7
  beq t0, t1, on_timer
on_external:
  li t0, PLIC + 0x200004
  lw t3, 0(t0)
  li t1, UART
2:
  lbu t2, 5(t1)
  andi t2, t2, 1
  beqz t2, 3f
  lbu t2, 0(t1)
on_key:
  sb t2, 0(t1)
  la t0, key
  sb t2, 0(t0)
  la t0, ticks
  ld t0, 0(t0)
  andi t0, t0, 7
  addi t0, t0, '0'
  sb t0, 0(t1)
  li t0, 'q'
  beq t2, t0, quit
  li t0, 'x'
  beq t2, t0, finish
  j 2b
3:
  li t0, PLIC + 0x200004
  sw t3, 0(t0)
done_key:
  j leave
on_timer:
  la t0, ticks
  ld t1, 0(t0)
  addi t1, t1, 1
  sd t1, 0(t0)
  andi t1, t1, 63
  bnez t1, 4f
  li t0, UART
  li t1, '.'
  sb t1, 0(t0)
4:
  call arm_timer
leave:
  ld ra, 0(sp)
  ld t0, 8(sp)
  ld t1, 16(sp)
  ld t2, 24(sp)
  ld t3, 32(sp)
  addi sp, sp, 64
  mret
exception:
  li t0, 0x100000
  li t1, 0x00633333
  sw t1, 0(t0)
quit:
  li t0, 0x100000
  li t1, 0x00073333
  sw t1, 0(t0)
5: j 5b
finish:
  la t0, sum
  ld t0, 0(t0)
  li t2, 16
6:
  srli t3, t0, 60
  addi t3, t3, 'a'
  sb t3, 0(t1)
  slli t0, t0, 4
  addi t2, t2, -1
  bnez t2, 6b
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
7: j 7b

  .bss
  .balign 4096
ring: .space 4096
  .balign 8
  .globl sum, ticks, key
sum: .space 8
ticks: .space 8
key: .space 8
  .balign 16
  .space 1024
stack_top:
