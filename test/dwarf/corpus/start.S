  .section .text.init, "ax"
  .globl _start
_start:
  la sp, stack_top
  call main
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
forever:
  j forever

  .bss
  .align 4
stack:
  .zero 65536
stack_top:
