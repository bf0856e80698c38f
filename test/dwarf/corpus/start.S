  .option arch, +zicsr
  .section .text.init, "ax"
  .globl _start
_start:
  la sp, stack_top
  li t0, 0x6000          # mstatus.FS: floating point on
  csrs mstatus, t0
  call main
  li t0, 0x100000        # test finisher: power off
  li t1, 0x5555
  sw t1, 0(t0)
forever:
  j forever

  .bss
  .align 4
stack:
  .zero 16384
stack_top:
