# Power-on entry, trap entry, switch of contexts, setjmp and longjmp.
  .option arch, +zicsr
  .section .text.start, "ax"
  .globl _start
  .type _start, @function
_start:
  .cfi_startproc
  .cfi_undefined ra
  la sp, stack_top
  la t0, trap_entry
  csrw mtvec, t0
  call main
  li t0, 0x100000        # test finisher: power off
  li t1, 0x5555
  sw t1, 0(t0)
1:
  j 1b
  .cfi_endproc
  .size _start, . - _start

# Saves what a C function may change, calls on_timer, restores, returns.
  .balign 4
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
  call on_timer
  ld ra, 0(sp)
  ld t0, 8(sp)
  ld t1, 16(sp)
  ld t2, 24(sp)
  ld a0, 32(sp)
  ld a1, 40(sp)
  ld a2, 48(sp)
  ld a3, 56(sp)
  ld a4, 64(sp)
  ld a5, 72(sp)
  ld a6, 80(sp)
  ld a7, 88(sp)
  ld t3, 96(sp)
  ld t4, 104(sp)
  ld t5, 112(sp)
  ld t6, 120(sp)
  addi sp, sp, 144
  .cfi_def_cfa_offset 0
  mret
  .cfi_endproc
  .size trap_entry, . - trap_entry

  .macro each op, base
  \op ra, 0(\base)
  \op sp, 8(\base)
  \op s0, 16(\base)
  \op s1, 24(\base)
  \op s2, 32(\base)
  \op s3, 40(\base)
  \op s4, 48(\base)
  \op s5, 56(\base)
  \op s6, 64(\base)
  \op s7, 72(\base)
  \op s8, 80(\base)
  \op s9, 88(\base)
  \op s10, 96(\base)
  \op s11, 104(\base)
  .endm

# switch_context(from, to)
  .globl switch_context
  .type switch_context, @function
switch_context:
  each sd, a0
  each ld, a1
  ret
  .size switch_context, . - switch_context

# Calls s1(s2) at the bottom of a stack.
  .globl thread_begin
  .type thread_begin, @function
thread_begin:
  .cfi_startproc
  .cfi_undefined ra
  mv a0, s2
  jalr s1
1:
  j 1b
  .cfi_endproc
  .size thread_begin, . - thread_begin

# save_place(place): 0, or what return_to was given
  .globl save_place
  .type save_place, @function
save_place:
  each sd, a0
  li a0, 0
  ret
  .size save_place, . - save_place

# return_to(place, value)
  .globl return_to
  .type return_to, @function
return_to:
  each ld, a0
  mv a0, a1
  ret
  .size return_to, . - return_to

  .section .bss
  .balign 16
  .space 32768
stack_top:
