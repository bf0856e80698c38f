# Trap handlers in assembly without call frame information: VECTORED, SWAP (a stack of their own by mscratch), SUPERVISOR (S mode with its own
# handler, on a stack at another virtual address with PAGED).
  .option arch, +zicsr
  .option norvc
  .section .text.init, "ax"
  .globl _start, vector
_start:
  la sp, stack_top
  li t0, 0x6000          # mstatus.FS: handlers save floating-point registers too
  csrs mstatus, t0
#ifdef SWAP
  la t0, handler_stack_top
  csrw mscratch, t0
#endif
#ifdef VECTORED
  la t0, table
  ori t0, t0, 1
#else
  la t0, vector
#endif
  csrw mtvec, t0
#ifdef SUPERVISOR
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li t0, 0xb100          # page faults and ecall from U, illegal instructions not
  csrw medeleg, t0
  li t0, 0x2             # supervisor software interrupts
  csrw mideleg, t0
  la t0, svector
  csrw stvec, t0
  li t0, 0x80            # MTIE
  csrw mie, t0
#ifdef PAGED
  la t0, page_table
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  sfence.vma
  li t0, 0x40000000
  add sp, sp, t0
#endif
  la t0, supervisor
  csrw mepc, t0
  li t0, 0x1800
  csrc mstatus, t0
  li t0, 0x0800
  csrs mstatus, t0
  mret
supervisor:
  li t0, 2
  csrs sie, t0
  csrsi sstatus, 2
#else
  li t0, 0x88            # MTIE, MSIE
  csrw mie, t0
  csrsi mstatus, 8
#endif
  call main
  csrci sstatus, 2
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
forever:
  j forever

  .align 6
table:
  j vector
  .rept 6
  j vector
  .endr
  j on_timer
  .rept 8
  j vector
  .endr

  .macro save number
  sd x\number, (\number * 8)(sp)
  .endm
  .macro restore number
  ld x\number, (\number * 8)(sp)
  .endm

  .align 2
vector:
#ifdef SWAP
  csrrw sp, mscratch, sp
#endif
  addi sp, sp, -288
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  save \number
  .endr
  csrr a0, mcause
  csrr a1, mepc
  sd a1, 256(sp)
  csrr a2, mstatus
  sd a2, 264(sp)
  mv a2, sp
  call handle
  ld t0, 264(sp)
  csrw mstatus, t0
leave:
  ld t0, 256(sp)
  csrw mepc, t0
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  restore \number
  .endr
  addi sp, sp, 288
#ifdef SWAP
  csrrw sp, mscratch, sp
#endif
  mret

#ifdef SUPERVISOR
  .align 2
svector:
  addi sp, sp, -288
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  save \number
  .endr
  csrr a0, scause
  csrr a1, sepc
  sd a1, 256(sp)
  bltz a0, interrupt
  mv a2, sp
  call handle
  j sleave
interrupt:
  call on_software
sleave:
  ld t0, 256(sp)
  csrw sepc, t0
  .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  restore \number
  .endr
  addi sp, sp, 288
  sret

  .data
  .align 12
page_table:              # gigapages: devices, devices, DRAM where it is and a gigabyte above
  .dword 0x00000000000000cf
  .dword 0x00000000100000cf
  .dword 0x00000000200000cf
  .dword 0x00000000200000cf
  .zero 4064
#endif

  .bss
  .align 4
  .zero 16384
stack_top:
  .zero 8192
handler_stack_top:
