# Machine mode with a timer that interrupts all the time, then user mode by mret and back by ecall. All of it has call frame information.
  .option arch, +zicsr
  .section .text.init, "ax"
  .globl _start
  .type _start, @function
_start:
  .cfi_startproc
  .cfi_undefined ra
  la sp, stack_top
  la t0, trap_entry
  csrw mtvec, t0
  li t0, 0x6000          # mstatus.FS: floating point on
  csrs mstatus, t0
  li t0, -1              # user mode may touch all memory
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li t0, 0x80            # MTIE
  csrw mie, t0
  call arm_timer
  csrsi mstatus, 8
  call machine_work
  csrci mstatus, 8
  la t0, user_entry
  csrw mepc, t0
  li t0, 0x1800          # mstatus.MPP: user mode
  csrc mstatus, t0
  li t0, 0x80            # mstatus.MPIE: there the timer interrupts, too
  csrs mstatus, t0
  la sp, user_stack_top
  mret
  .cfi_endproc
  .size _start, . - _start

  .globl user_entry
  .type user_entry, @function
user_entry:
  .cfi_startproc
  .cfi_undefined ra
  call user_work
  li a7, 93              # exit
  ecall
1:
  j 1b
  .cfi_endproc
  .size user_entry, . - user_entry

  .globl system_call
  .type system_call, @function
system_call:
  .cfi_startproc
  mv a7, a0
  mv a0, a1
  ecall
  ret
  .cfi_endproc
  .size system_call, . - system_call

# Calls on_trap(mcause, mepc, registers) on the stack of what was interrupted.
  .balign 4
  .globl trap_entry
  .type trap_entry, @function
trap_entry:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_def_cfa sp, 0
  .cfi_return_column 64
  .cfi_register 64, 4096 + 0x341   # mepc
  addi sp, sp, -288
  .cfi_def_cfa_offset 288
  .macro save number
  sd x\number, (\number * 8)(sp)
  .cfi_offset \number, \number * 8 - 288
  .endm
  .macro restore number
  ld x\number, (\number * 8)(sp)
  .endm
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  save \number
  .endr
  csrr a1, mepc
  sd a1, 256(sp)
  .cfi_offset 64, 256 - 288
  csrr a0, mcause
  mv a2, sp
  call on_trap
  ld t0, 256(sp)
  csrw mepc, t0
  .cfi_register 64, 4096 + 0x341
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  restore \number
  .cfi_restore \number
  .endr
  addi sp, sp, 288
  .cfi_def_cfa_offset 0
  mret
  .cfi_endproc
  .size trap_entry, . - trap_entry

  .bss
  .balign 16
  .zero 32768
stack_top:
  .zero 32768
user_stack_top:
