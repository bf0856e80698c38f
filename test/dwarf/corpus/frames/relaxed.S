# Functions that the linker makes shorter, of every kind that assembly has: with and without a size, tiny, with labels inside, and C behind them.
  .section .text.init, "ax"
  .globl _start
  .type _start, @function
_start:
  la sp, stack_top
  call first
  call second
  call plain
  call tiny
  call main
1:
  j 1b
  .size _start, . - _start

  .globl first
  .type first, @function
first:
  addi sp, sp, -16
  sd ra, 8(sp)
  call second
  call plain
inside:
  ld ra, 8(sp)
  addi sp, sp, 16
  ret
  .size first, . - first

  .type second, @function
second:
  la a0, value
  lw a1, 0(a0)
  call tiny
  tail third
  .size second, . - second

plain:
  mv t0, ra
  call tiny
  jr t0

  .globl third
  .type third, @function
third:
  la a0, value
  ret

  .text
  .globl tiny
  .type tiny, @function
tiny:
  ret
  .size tiny, . - tiny

  .data
value:
  .word 1
  .bss
  .align 4
  .zero 4096
stack_top:
