# Power-on entry and the trap entry.
  .section .text.start
  .globl _start
  .type _start, @function
_start:
  .cfi_startproc
  .cfi_undefined ra
  la sp, stack_top
  la t0, trap_entry
  csrw mtvec, t0
  call main
1:
  wfi
  j 1b
  .cfi_endproc
  .size _start, . - _start

# Saves what a C function may change, calls on_trap(mcause, mepc, mtval), restores, returns.
# The unwind information says that the frame below is the interrupted code.
  .balign 4
  .globl trap_entry
  .type trap_entry, @function
trap_entry:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_def_cfa sp, 0
  .cfi_return_column 64
  addi sp, sp, -144
  .cfi_def_cfa_offset 144
  .macro save reg, number, slot
  sd \reg, \slot * 8(sp)
  .cfi_offset \number, \slot * 8 - 144
  .endm
  .macro restore reg, slot
  ld \reg, \slot * 8(sp)
  .endm
  save ra, 1, 0
  save t0, 5, 1
  save t1, 6, 2
  save t2, 7, 3
  save a0, 10, 4
  save a1, 11, 5
  save a2, 12, 6
  save a3, 13, 7
  save a4, 14, 8
  save a5, 15, 9
  save a6, 16, 10
  save a7, 17, 11
  save t3, 28, 12
  save t4, 29, 13
  save t5, 30, 14
  save t6, 31, 15
  csrr a1, mepc
  sd a1, 128(sp)
  .cfi_offset 64, 128 - 144
  csrr a0, mcause
  csrr a2, mtval
  call on_trap
  restore ra, 0
  restore t0, 1
  restore t1, 2
  restore t2, 3
  restore a0, 4
  restore a1, 5
  restore a2, 6
  restore a3, 7
  restore a4, 8
  restore a5, 9
  restore a6, 10
  restore a7, 11
  restore t3, 12
  restore t4, 13
  restore t5, 14
  restore t6, 15
  addi sp, sp, 144
  .cfi_def_cfa_offset 0
  mret
  .cfi_endproc
  .size trap_entry, . - trap_entry

  .section .bss
  .balign 16
  .space 8192
stack_top:
