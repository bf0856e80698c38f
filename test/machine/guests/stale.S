# Changes page tables without sfence.vma and prints what it sees, in S-mode with Sv39. In each of ROUNDS rounds the page at
# WINDOW is mapped to page A, read, remapped to page B without a fence, touched pages that may or may not evict the old
# translation are read, the window is read again ('A' or 'B' is printed), then a fence, and again.
  .equ UART, 0x10000000
  .equ ROUNDS, 60
  .globl _start, seen, round
_start:
  la sp, stack_top
  la t0, crash
  csrw mtvec, t0
  # all of memory for S-mode
  li t0, -1
  srli t0, t0, 10
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  # root: gigapages 0 (devices) and 2 (DRAM) identity, entry 4 -> middle
  la s0, root
  li t0, 0xcf
  sd t0, 0(s0)
  li t0, (0x80000000 >> 2) | 0xcf
  sd t0, 16(s0)
  la t0, middle
  srli t0, t0, 2
  ori t0, t0, 1
  sd t0, 32(s0)
  # middle entry k -> table k, for 8 tables of 512 pages (window and its rivals)
  la s1, middle
  la t1, tables
  li t2, 8
1:
  srli t0, t1, 2
  ori t0, t0, 1
  sd t0, 0(s1)
  addi s1, s1, 8
  li t3, 4096
  add t1, t1, t3
  addi t2, t2, -1
  bnez t2, 1b
  # every page of the tables -> page_a
  la t1, tables
  la t0, page_a
  srli t0, t0, 2
  ori t0, t0, 0xcf
  li t2, 8 * 512
2:
  sd t0, 0(t1)
  addi t1, t1, 8
  addi t2, t2, -1
  bnez t2, 2b
  la t0, page_a
  li t1, 'A'
  sb t1, 0(t0)
  la t0, page_b
  li t1, 'B'
  sb t1, 0(t0)
  srli s0, s0, 12
  li t0, 8
  slli t0, t0, 60
  or s0, s0, t0
  csrw satp, s0
  la t0, supervisor
  csrw mepc, t0
  li t0, 1 << 11
  csrs mstatus, t0
  li t0, 1 << 12
  csrc mstatus, t0
  mret
supervisor:
  li s2, 0
  # the window: page 256 behind entry 4 of the root, which no other page of this guest meets in a direct-mapped TLB
  li s3, (4 << 30) | (256 << 12)
  la s4, tables + 256 * 8
  la s5, page_a
  srli s5, s5, 2
  ori s5, s5, 0xcf
  la s6, page_b
  srli s6, s6, 2
  ori s6, s6, 0xcf
  li s7, UART
round:
  sd s5, 0(s4)
  sfence.vma
  lbu t0, 0(s3)
  call seen
  sd s6, 0(s4)
  # read s2 * 37 pages from the window's second page on
  li t1, 37
  mul t1, t1, s2
  li t4, 4096
  mv t3, s3
3:
  beqz t1, 4f
  add t3, t3, t4
  lbu t0, 0(t3)
  addi t1, t1, -1
  j 3b
4:
  lbu t0, 0(s3)
  call seen
  andi t1, s2, 1
  beqz t1, 5f
  sfence.vma s3
5:
  lbu t0, 0(s3)
  call seen
  addi s2, s2, 1
  li t0, ROUNDS
  bne s2, t0, round
  li t0, '\n'
  sb t0, 0(s7)
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
6: j 6b
seen:
  sb t0, 0(s7)
  la t1, log
  add t1, t1, s2
  sb t0, 0(t1)
  ret
  .balign 4
crash:
  li t0, 0x100000
  li t1, 0x00623333
  sw t1, 0(t0)
7: j 7b
  .bss
  .balign 4096
root: .space 4096
middle: .space 4096
tables: .space 4096 * 8
page_a: .space 4096
page_b: .space 4096
log: .space 4096
  .balign 16
  .space 256
stack_top:
