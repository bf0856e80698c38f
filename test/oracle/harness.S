/*
 * Runs the cases of a test program one after another and sends what each left behind to the UART.
 *
 * A case is a record (see program.ts) and code that runs in S- or U-mode. The harness stays in M-mode. Traps are logged
 * and the instruction is skipped. A case calls M-mode code of its own, a snippet, by `ecall` with the snippet's address in a7.
 */
#define UART            0x10000000
#define FINISHER        0x100000
#define FINISHER_PASS   0x5555
#define CLINT           0x2000000
#define CLINT_MTIMECMP  0x2004000
/* Timer ticks after which a case that waits or loops is interrupted: 1 ms. */
#define PATIENCE        10000
#define TIMERS_MAX      4
#define TRAPS_MAX       60
#define SUPERVISOR_TRAPS_MAX 40

#define MSTATUS_MPP     0x1800
#define MSTATUS_FS      0x6000
#define MSTATUS_MPRV    0x20000
#define MSTATUS_SUM     0x40000
#define MSTATUS_MXR     0x80000

/* Record of a case, in doublewords. */
#define R_INDEX         0
#define R_ENTRY         8
#define R_END           16
#define R_MODE          24
#define R_ALIAS         32
#define R_MSTATUS       40
#define R_SATP          48
#define R_FCSR          56
#define R_MEDELEG       64
#define R_MIDELEG       72
#define R_MIE           80
#define R_MIP           88
#define R_MTVEC_MODE    96
#define R_STVEC_MODE    104
#define R_MCOUNTEREN    112
#define R_SCOUNTEREN    120
#define R_PMPCFG        128
#define R_PMPADDR       136
#define R_PTE_COUNT     200
#define R_X             208             /* x1.. */
#define R_F             456
#define R_PTES          712             /* pairs of address and value */

/* State of the harness. */
#define S_X             0               /* x0..x31 of the interrupted code */
#define S_NEXT          256             /* into the list of records */
#define S_CASE          264
#define S_LOG           272             /* where the log of M-mode goes on */
#define S_TRAPS         280
#define S_TIMERS        288
#define S_MODE          296             /* to return to */
#define S_INSTRET       304
#define S_MSTATUS       312             /* when the trap came */

/*
 * Log: doublewords. A trap is SOURCE, cause, epc, tval, status and, where it is skipped, the instruction's first halfword
 * and second one; a value that a snippet logs is LOG_VALUE, value.
 */
#define TRAP_SIZE       48
#define SOURCE_DIRECT   63              /* else the number of the vector */
#define SOURCE_NESTED   0x100
#define LOG_VALUE       0x200

/* Supervisor's state. */
#define SS_T            0               /* t0..t4, and sp */
#define SS_LOG          48
#define SS_TRAPS        56

.macro mlog value
  la      s11, state
  ld      s10, S_LOG(s11)
  sd      \value, 8(s10)
  li      s11, LOG_VALUE
  sd      s11, 0(s10)
  addi    s10, s10, 16
  la      s11, state
  sd      s10, S_LOG(s11)
.endm

.option norvc
.option norelax

  .section .machine, "awx"
  .globl _start
_start:
  /*
   * Protection: code of the cases, supervisor and scratch area together, page tables. Excluded: a misaligned access across two
   * entries. QEMU 7.2 refuses it; here its bytes are checked one by one, as the manual allows (privileged ISA, 3.7.1).
   */
  li      t0, (0x80200000 >> 2) | ((0x200000 >> 3) - 1)
  csrw    pmpaddr8, t0
  li      t0, (0x80400000 >> 2) | ((0x400000 >> 3) - 1)
  csrw    pmpaddr9, t0
  li      t0, (0x80800000 >> 2) | ((0x10000 >> 3) - 1)
  csrw    pmpaddr10, t0
  li      t0, 0x191f1d
  csrw    pmpcfg2, t0
  la      t0, state
  la      t1, cases
  sd      t1, S_NEXT(t0)

next_case:
  la      s0, state
  csrw    mscratch, zero
  la      t0, machine_direct
  csrw    mtvec, t0
  ld      t0, S_NEXT(s0)
  ld      s1, 0(t0)
  beqz    s1, finish
  addi    t0, t0, 8
  sd      t0, S_NEXT(s0)
  sd      s1, S_CASE(s0)

  li      t0, 0x80600000
  la      t1, reference
  la      t2, reference_end
1:
  ld      t3, 0(t1)
  sd      t3, 0(t0)
  addi    t0, t0, 8
  addi    t1, t1, 8
  bltu    t1, t2, 1b
  fence.i

  la      t0, machine_log
  sd      t0, S_LOG(s0)
  sd      zero, S_TRAPS(s0)
  sd      zero, S_TIMERS(s0)
  la      t0, supervisor_state
  csrw    sscratch, t0
  la      t1, supervisor_log
  sd      t1, SS_LOG(t0)
  sd      zero, SS_TRAPS(t0)
  li      t0, CLINT
  sw      zero, 0(t0)
  jal     arm_timer

  ld      t0, R_PTE_COUNT(s1)
  li      t1, R_PTES
  add     t1, t1, s1
1:
  beqz    t0, 2f
  ld      t2, 0(t1)
  ld      t3, 8(t1)
  sd      t3, 0(t2)
  addi    t1, t1, 16
  addi    t0, t0, -1
  j       1b
2:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7
  ld      t0, R_PMPADDR + 8 * \n(s1)
  csrw    pmpaddr\n, t0
  .endr
  ld      t0, R_PMPCFG(s1)
  csrw    pmpcfg0, t0
  ld      t0, R_SATP(s1)
  csrw    satp, t0
  sfence.vma

  li      t0, MSTATUS_FS
  csrs    mstatus, t0
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fld     f\n, R_F + 8 * \n(s1)
  .endr
  ld      t0, R_FCSR(s1)
  csrw    fcsr, t0

  .macro  set csr, offset
  ld      t0, \offset(s1)
  csrw    \csr, t0
  .endm
  set     medeleg, R_MEDELEG
  set     mideleg, R_MIDELEG
  set     mie, R_MIE
  set     mip, R_MIP
  set     mcounteren, R_MCOUNTEREN
  set     scounteren, R_SCOUNTEREN
  csrw    sepc, zero
  csrw    scause, zero
  csrw    stval, zero
  csrw    senvcfg, zero
  la      t0, supervisor_direct
  ld      t1, R_STVEC_MODE(s1)
  beqz    t1, 1f
  la      t0, supervisor_vectors + 1
1:
  csrw    stvec, t0
  ld      t1, R_MTVEC_MODE(s1)
  beqz    t1, 1f
  la      t0, machine_vectors + 1
  csrw    mtvec, t0
1:
  li      t0, -1
  csrw    mstatus, zero
  ld      t0, R_MODE(s1)
  sd      t0, S_MODE(s0)
  ld      t1, R_ENTRY(s1)
  bnez    t0, 1f
  ld      t2, R_ALIAS(s1)
  or      t1, t1, t2
1:
  csrw    mepc, t1
  slli    t0, t0, 11
  ld      t1, R_MSTATUS(s1)
  or      t1, t1, t0
  csrw    mstatus, t1
  csrw    mscratch, s0
  csrr    t0, minstret
  sd      t0, S_INSTRET(s0)
  ld      x1, R_X(s1)
  ld      x2, R_X + 8(s1)
  ld      x3, R_X + 16(s1)
  ld      x4, R_X + 24(s1)
  ld      x5, R_X + 32(s1)
  ld      x6, R_X + 40(s1)
  ld      x7, R_X + 48(s1)
  ld      x8, R_X + 56(s1)
  .irp n, 10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld      x\n, R_X + 8 * \n - 8(s1)
  .endr
  ld      s1, R_X + 64(s1)
  mret

arm_timer:
  li      t0, CLINT_MTIMECMP
  csrr    t1, time
  li      t2, PATIENCE
  add     t1, t1, t2
  sd      t1, 0(t0)
  ret

finish:
  li      t0, FINISHER
  li      t1, FINISHER_PASS
  sw      t1, 0(t0)
1:
  j       1b

/* ---- Traps to M-mode. mscratch = state while a case runs, 0 while the harness or a snippet runs. ---- */

  .macro machine_entry source
  csrrw   sp, mscratch, sp
  bnez    sp, 1f
  csrrw   sp, mscratch, sp
  li      s10, \source + SOURCE_NESTED
  j       machine_nested
1:
  sd      t0, 8 * 5(sp)
  li      t0, \source
  j       machine_trap
  .endm

  .align 2
machine_direct:
  machine_entry SOURCE_DIRECT

  .align 8
machine_vectors:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  j       machine_vector_\n
  .endr
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
machine_vector_\n:
  machine_entry \n
  .endr

/* In a snippet: it leaves s10 and s11 alone but for logging, and has 4-byte instructions. */
machine_nested:
  la      s11, state
  ld      s11, S_LOG(s11)
  sd      s10, 0(s11)
  csrr    s10, mcause
  sd      s10, 8(s11)
  csrr    s10, mepc
  sd      s10, 16(s11)
  csrr    s10, mtval
  sd      s10, 24(s11)
  csrr    s10, mstatus
  sd      s10, 32(s11)
  sd      zero, 40(s11)
  addi    s11, s11, TRAP_SIZE
  la      s10, state
  sd      s11, S_LOG(s10)
  csrr    s10, mcause
  bltz    s10, 1f
  csrr    s10, mepc
  addi    s10, s10, 4
  csrw    mepc, s10
  mret
1:
  andi    s10, s10, 63
  addi    s11, s10, -7
  beqz    s11, 2f
  li      s11, 1
  sll     s11, s11, s10
  csrc    mie, s11
  mret
2:
  csrr    s10, time
  li      s11, PATIENCE
  add     s10, s10, s11
  li      s11, CLINT_MTIMECMP
  sd      s10, 0(s11)
  mret

/* t0 = source, sp = state, mscratch = the case's sp. */
machine_trap:
  .irp n, 1,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sd      x\n, 8 * \n(sp)
  .endr
  mv      s0, sp
  csrrw   t1, mscratch, zero
  sd      t1, 8 * 2(s0)
  csrr    s2, mcause
  csrr    s3, mepc
  csrr    s4, mstatus
  sd      s4, S_MSTATUS(s0)
  ld      t1, S_LOG(s0)
  sd      t0, 0(t1)
  sd      s2, 8(t1)
  sd      s3, 16(t1)
  csrr    t2, mtval
  sd      t2, 24(t1)
  sd      s4, 32(t1)
  sd      zero, 40(t1)
  addi    t1, t1, TRAP_SIZE
  sd      t1, S_LOG(s0)
  ld      s1, S_CASE(s0)

  srli    t0, s4, 11
  andi    t0, t0, 3
  sd      t0, S_MODE(s0)
  li      a0, 0
  ld      t0, R_END(s1)
  ld      t1, R_ALIAS(s1)
  not     t1, t1
  and     s5, s3, t1                    /* without the alias of U-mode */
  beq     s5, t0, case_end
  li      a0, 3
  la      t0, supervisor_abort
  beq     s3, t0, case_end
  ld      t0, S_TRAPS(s0)
  addi    t0, t0, 1
  sd      t0, S_TRAPS(s0)

  bltz    s2, interrupt
  li      a0, 1
  li      t0, 0x1003                    /* fetch: misaligned, access, page */
  srl     t0, t0, s2
  andi    t0, t0, 1
  bnez    t0, case_end
  addi    t0, s2, -8
  li      t1, 1
  bgtu    t0, t1, skip
  ld      t0, 8 * 17(s0)
  la      t1, snippets_start
  bltu    t0, t1, skip
  la      t1, snippets_end
  bgeu    t0, t1, skip
  jalr    t0
  la      s0, state
  ld      s1, S_CASE(s0)

  /* A snippet may have changed every field of mstatus but where the trap came from; that may change by S_MODE. */
  li      t0, 0x1880
  csrc    mstatus, t0
  ld      t1, S_MSTATUS(s0)
  andi    t1, t1, 0x80
  ld      t0, S_MODE(s0)
  ld      s3, R_ALIAS(s1)
  bnez    t0, 1f
  or      s5, s5, s3
1:
  slli    t0, t0, 11
  or      t0, t0, t1
  csrs    mstatus, t0
  addi    s5, s5, 4
  csrw    mepc, s5
  j       resume

interrupt:
  slli    t0, s2, 1
  srli    t0, t0, 1
  li      t1, 7
  beq     t0, t1, 1f
  li      t1, 1
  sll     t1, t1, t0
  csrc    mie, t1
  j       resume
1:
  jal     arm_timer
  ld      t0, S_TIMERS(s0)
  addi    t0, t0, 1
  sd      t0, S_TIMERS(s0)
  li      a0, 4
  li      t1, TIMERS_MAX
  beq     t0, t1, case_end
  j       resume

/* The instruction, read as its mode would; if that traps, it has 4 bytes. The trap's log entry gets what was read. */
skip:
  ld      s6, S_LOG(s0)
  li      t2, 3
  li      t3, 0
  li      t0, MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR
  csrs    mstatus, t0
  lhu     t2, 0(s3)
  csrw    mstatus, s4
  andi    t4, t2, 3
  addi    t4, t4, -3
  bnez    t4, 1f
  csrs    mstatus, t0
  lhu     t3, 2(s3)
  csrw    mstatus, s4
1:
  sh      t2, -8(s6)
  sh      t3, -6(s6)
  andi    t2, t2, 3
  addi    t2, t2, -3
  addi    s3, s3, 2
  bnez    t2, 1f
  addi    s3, s3, 2
1:
  csrw    mepc, s3

resume:
  li      a0, 2
  ld      t0, S_TRAPS(s0)
  li      t1, TRAPS_MAX
  bgeu    t0, t1, case_end
  csrw    mscratch, s0
  mv      sp, s0
  .irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld      x\n, 8 * \n(sp)
  .endr
  ld      sp, 8 * 2(sp)
  mret

/* ---- What a case left behind. s0 = state, s1 = record, a0 = why it ended ---- */

case_end:
  la      s2, dump
  .macro  put value
  sd      \value, 0(s2)
  addi    s2, s2, 8
  .endm
  .macro  put_csr csr
  csrr    t0, \csr
  put     t0
  .endm
  li      t0, 0x45534143                /* CASE */
  put     t0
  ld      t0, R_INDEX(s1)
  put     t0
  put     a0
  /*
   * Instructions of a case that its ecall ends, without other traps: QEMU does not count all that trap, and counts while it waits
   * for an interrupt.
   */
  csrr    t1, minstret
  ld      t0, S_INSTRET(s0)
  sub     t1, t1, t0
  ld      t0, S_LOG(s0)
  la      t2, machine_log + TRAP_SIZE
  bne     t0, t2, 1f
  bnez    a0, 1f
  csrr    t0, mcause
  bltz    t0, 1f
  la      t0, supervisor_state
  ld      t0, SS_TRAPS(t0)
  beqz    t0, 2f
1:
  li      t1, -1
2:
  put     t1
  li      t1, 8
1:
  add     t2, s0, t1
  ld      t0, 0(t2)
  put     t0
  addi    t1, t1, 8
  li      t2, 256
  bne     t1, t2, 1b
  li      t0, MSTATUS_FS
  csrs    mstatus, t0
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fsd     f\n, 8 * \n(s2)
  .endr
  addi    s2, s2, 256
  put_csr fcsr
  ld      t0, S_MSTATUS(s0)
  put     t0
  put_csr medeleg
  put_csr mideleg
  put_csr mie
  put_csr mip
  put_csr stvec
  put_csr sscratch
  put_csr sepc
  put_csr scause
  put_csr stval
  put_csr satp
  put_csr mcounteren
  put_csr scounteren
  put_csr senvcfg
  put_csr pmpcfg0

  la      t0, machine_log
  ld      t1, S_LOG(s0)
  jal     put_range
  la      t0, supervisor_log
  la      t1, supervisor_state
  ld      t1, SS_LOG(t1)
  jal     put_range

  ld      t0, R_PTE_COUNT(s1)
  li      t1, R_PTES
  add     t1, t1, s1
  put     t0
1:
  beqz    t0, 2f
  ld      t2, 0(t1)
  ld      t3, 0(t2)
  put     t3
  addi    t1, t1, 16
  addi    t0, t0, -1
  j       1b
2:
  /* Doublewords of scratch that changed: index, value. */
  li      t0, 0x80600000
  la      t1, reference
  la      t2, reference_end
1:
  ld      t3, 0(t0)
  ld      t4, 0(t1)
  beq     t3, t4, 2f
  li      t5, 0x7fff
  and     t5, t5, t0
  srli    t5, t5, 3
  put     t5
  put     t3
2:
  addi    t0, t0, 8
  addi    t1, t1, 8
  bltu    t1, t2, 1b
  li      t0, -1
  put     t0

  la      t0, dump
  li      t1, UART
1:
  lbu     t2, 0(t0)
  sb      t2, 0(t1)
  addi    t0, t0, 1
  bltu    t0, s2, 1b
  j       next_case

/* Doublewords from t0 to t1, their number first. */
put_range:
  sub     t2, t1, t0
  srli    t2, t2, 3
  put     t2
1:
  beq     t0, t1, 2f
  ld      t2, 0(t0)
  put     t2
  addi    t0, t0, 8
  j       1b
2:
  ret

  .align 3
state:
  .zero   512
reference:
  .incbin "scratch.bin"
reference_end:
  .align 3
machine_log:
  .zero   65536
dump:
  .zero   262144

/* ---- Traps to S-mode, where a case delegates them ---- */

  .section .supervisor, "awx"
  .macro supervisor_entry source
  csrrw   sp, sscratch, sp
  beqz    sp, supervisor_abort
  sd      t0, SS_T(sp)
  li      t0, \source
  j       supervisor_trap
  .endm

  .align 2
supervisor_direct:
  supervisor_entry SOURCE_DIRECT

  .align 8
supervisor_vectors:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  j       supervisor_vector_\n
  .endr
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
supervisor_vector_\n:
  supervisor_entry \n
  .endr

supervisor_trap:
  sd      t1, SS_T + 8(sp)
  sd      t2, SS_T + 16(sp)
  sd      t3, SS_T + 24(sp)
  sd      t4, SS_T + 32(sp)
  csrrw   t1, sscratch, zero
  sd      t1, SS_T + 40(sp)
  ld      t1, SS_LOG(sp)
  csrr    t2, scause
  csrr    t3, sepc
  csrr    t4, sstatus
  sd      t0, 0(t1)
  sd      t2, 8(t1)
  sd      t3, 16(t1)
  csrr    t0, stval
  sd      t0, 24(t1)
  sd      t4, 32(t1)
  sd      zero, 40(t1)
  addi    t1, t1, TRAP_SIZE
  sd      t1, SS_LOG(sp)
  ld      t0, SS_TRAPS(sp)
  addi    t0, t0, 1
  sd      t0, SS_TRAPS(sp)
  bltz    t2, 1f
  li      t0, 0x1003
  srl     t0, t0, t2
  andi    t0, t0, 1
  bnez    t0, supervisor_abort
  li      t0, MSTATUS_SUM | MSTATUS_MXR
  csrs    sstatus, t0
  ld      t1, SS_LOG(sp)
  li      t0, 3                         /* as in `skip`, if it cannot be read */
  lhu     t0, 0(t3)
  sh      t0, -8(t1)
  addi    t3, t3, 2
  andi    t2, t0, 3
  addi    t2, t2, -3
  bnez    t2, 2f
  lhu     t2, 0(t3)
  sh      t2, -6(t1)
  addi    t3, t3, 2
2:
  csrw    sstatus, t4
  csrw    sepc, t3
  /*
   * Which exception an atomic that writes has differs in QEMU 7.2: dump.ts says how. The case may read scause, so it gets 6 or 7
   * there, and where it may have been an atomic 7.
   */
  csrr    t1, scause
  addi    t3, t1, -4
  li      t4, 11
  bgtu    t3, t4, 3f
  li      t4, 0xa0f                     /* 4 to 7, 13, 15 */
  srl     t4, t4, t3
  andi    t4, t4, 1
  beqz    t4, 3f
  addi    t4, t0, -3
  beqz    t4, 2f
  andi    t0, t0, 0x7f
  addi    t0, t0, -0x2f
  bnez    t0, 3f
  srli    t2, t2, 11
  addi    t2, t2, -2
  beqz    t2, 3f                        /* lr */
  andi    t3, t1, -3                    /* 4 or 6 */
  addi    t3, t3, -4
  bnez    t3, 2f
  csrwi   scause, 6
  j       3f
2:
  csrwi   scause, 7
  j       3f
1:
  li      t1, 1
  sll     t1, t1, t2
  csrc    sie, t1
3:
  ld      t0, SS_TRAPS(sp)
  li      t1, SUPERVISOR_TRAPS_MAX
  bgeu    t0, t1, supervisor_abort
  ld      t0, SS_T(sp)
  ld      t1, SS_T + 8(sp)
  ld      t2, SS_T + 16(sp)
  ld      t3, SS_T + 24(sp)
  ld      t4, SS_T + 32(sp)
  csrw    sscratch, sp
  ld      sp, SS_T + 40(sp)
  sret
supervisor_abort:
  ecall

  .align 12
supervisor_state:
  .zero   64
supervisor_log:
  .zero   4032
