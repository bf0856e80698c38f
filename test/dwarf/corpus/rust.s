# Made of rust.rs: RUSTC_BOOTSTRAP=1 rustc --target riscv64gc-unknown-none-elf -g --emit=asm -C overflow-checks=off; without .attribute and .ident.
	.file	"rs.2c47617963047d9a-cgu.0"
	.file	1 "rust.rs"
	.section	.text._RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg,"ax",@progbits
	.globl	_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg
	.p2align	1
	.type	_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg,@function
_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg:
.Lfunc_begin0:
	.loc	1 14 0
	.cfi_sections .debug_frame
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	mv	a1, a0
	sd	a1, 8(sp)
	li	a0, 0
.Ltmp0:
	.loc	1 14 61 prologue_end
	sub	a0, a0, a1
	.loc	1 14 68 epilogue_begin is_stmt 0
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
.Ltmp1:
.Lfunc_end0:
	.size	_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg, .Lfunc_end0-_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg
	.cfi_endproc

	.section	.text._RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg,"ax",@progbits
	.globl	_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg
	.p2align	1
	.type	_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg,@function
_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg:
.Lfunc_begin1:
	.loc	1 15 0 is_stmt 1
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	mv	a1, a0
	sb	a1, 15(sp)
	li	a0, 0
.Ltmp2:
	.loc	1 15 58 prologue_end
	sub	a0, a0, a1
	.loc	1 15 65 epilogue_begin is_stmt 0
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
.Ltmp3:
.Lfunc_end1:
	.size	_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg, .Lfunc_end1-_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg
	.cfi_endproc

	.section	.text._RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg,"ax",@progbits
	.globl	_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg
	.p2align	1
	.type	_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg,@function
_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg:
.Lfunc_begin2:
	.loc	1 16 0 is_stmt 1
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	fsd	fa0, 8(sp)
.Ltmp4:
	.loc	1 16 61 prologue_end
	fneg.d	fa0, fa0
	.loc	1 16 68 epilogue_begin is_stmt 0
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
.Ltmp5:
.Lfunc_end2:
	.size	_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg, .Lfunc_end2-_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg
	.cfi_endproc

	.section	.text._RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg,"ax",@progbits
	.globl	_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg
	.p2align	1
	.type	_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg,@function
_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg:
.Lfunc_begin3:
	.loc	1 13 0 is_stmt 1
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	mv	a1, a0
	sw	a1, 12(sp)
	li	a0, 0
.Ltmp6:
	.loc	1 13 61 prologue_end
	subw	a0, a0, a1
	.loc	1 13 68 epilogue_begin is_stmt 0
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
.Ltmp7:
.Lfunc_end3:
	.size	_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg, .Lfunc_end3-_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg
	.cfi_endproc

	.section	.text.twice,"ax",@progbits
	.globl	twice
	.p2align	1
	.type	twice,@function
twice:
.Lfunc_begin4:
	.loc	1 55 0 is_stmt 1
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	sw	a0, 12(sp)
.Ltmp8:
	.loc	1 55 58 prologue_end epilogue_begin
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
.Ltmp9:
.Lfunc_end4:
	.size	twice, .Lfunc_end4-twice
	.cfi_endproc

	.type	FUNCTION,@object
	.section	.rodata.FUNCTION,"a",@progbits
	.globl	FUNCTION
	.p2align	3, 0x0
FUNCTION:
	.quad	twice
	.size	FUNCTION, 8

	.type	REFERENCE,@object
	.section	.rodata.REFERENCE,"a",@progbits
	.globl	REFERENCE
	.p2align	3, 0x0
REFERENCE:
	.quad	POINT
	.size	REFERENCE, 8

	.type	SOME_REF,@object
	.section	.rodata.SOME_REF,"a",@progbits
	.globl	SOME_REF
	.p2align	3, 0x0
SOME_REF:
	.quad	NUMBER
	.size	SOME_REF, 8

	.type	ARRAY,@object
	.section	.rodata.ARRAY,"a",@progbits
	.globl	ARRAY
	.p2align	1, 0x0
ARRAY:
	.ascii	"\001\000\002\000\003\000\377\377"
	.size	ARRAY, 8

	.type	BITS,@object
	.section	.rodata.BITS,"a",@progbits
	.globl	BITS
	.p2align	2, 0x0
BITS:
	.ascii	"\000\000\200?"
	.size	BITS, 4

	.type	CIRCLE,@object
	.section	.rodata.CIRCLE,"a",@progbits
	.globl	CIRCLE
	.p2align	2, 0x0
CIRCLE:
	.zero	2
	.zero	2
	.asciz	"\003\000\000"
	.size	CIRCLE, 8

	.type	COLOR,@object
	.section	.rodata.COLOR,"a",@progbits
	.globl	COLOR
COLOR:
	.byte	5
	.size	COLOR, 1

	.type	FLOATS,@object
	.section	.rodata.FLOATS,"a",@progbits
	.globl	FLOATS
	.p2align	3, 0x0
FLOATS:
	.ascii	"\000\000\300?"
	.zero	4
	.ascii	"\232\231\231\231\231\231\271\277"
	.size	FLOATS, 16

	.type	NESTED,@object
	.section	.rodata.NESTED,"a",@progbits
	.globl	NESTED
NESTED:
	.ascii	"\001\002\003\004"
	.size	NESTED, 4

	.type	NOTHING,@object
	.section	.rodata.NOTHING,"a",@progbits
	.globl	NOTHING
	.p2align	2, 0x0
NOTHING:
	.asciz	"\002"
	.zero	6
	.size	NOTHING, 8

	.type	NO_REF,@object
	.section	.rodata.NO_REF,"a",@progbits
	.globl	NO_REF
	.p2align	3, 0x0
NO_REF:
	.zero	8
	.size	NO_REF, 8

	.type	NUMBER,@object
	.section	.rodata.NUMBER,"a",@progbits
	.globl	NUMBER
	.p2align	2, 0x0
NUMBER:
	.ascii	"\373\377\377\377"
	.size	NUMBER, 4

	.type	PAIR,@object
	.section	.rodata.PAIR,"a",@progbits
	.globl	PAIR
	.p2align	3, 0x0
PAIR:
	.ascii	"\367\377\377\377\377\377\377\377\007"
	.zero	7
	.size	PAIR, 16

	.type	POINT,@object
	.section	.rodata.POINT,"a",@progbits
	.globl	POINT
	.p2align	2, 0x0
POINT:
	.ascii	"\001\000\000\000\376\377\377\377"
	.size	POINT, 8

	.type	RECT,@object
	.section	.rodata.RECT,"a",@progbits
	.globl	RECT
	.p2align	2, 0x0
RECT:
	.asciz	"\001\000\004\000\005"
	.zero	2
	.size	RECT, 8

	.type	.Lanon.5a515f968b0a00be00cf15a64bae3f68.0,@object
	.section	.rodata..Lanon.5a515f968b0a00be00cf15a64bae3f68.0,"a",@progbits
	.p2align	2, 0x0
.Lanon.5a515f968b0a00be00cf15a64bae3f68.0:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000"
	.size	.Lanon.5a515f968b0a00be00cf15a64bae3f68.0, 12

	.type	SLICE,@object
	.section	.rodata.SLICE,"a",@progbits
	.globl	SLICE
	.p2align	3, 0x0
SLICE:
	.quad	.Lanon.5a515f968b0a00be00cf15a64bae3f68.0
	.asciz	"\003\000\000\000\000\000\000"
	.size	SLICE, 16

	.type	SOME,@object
	.section	.rodata.SOME,"a",@progbits
	.globl	SOME
	.p2align	2, 0x0
SOME:
	.asciz	"\000\000\000\000*\000\000"
	.size	SOME, 8

	.type	.Lanon.5a515f968b0a00be00cf15a64bae3f68.1,@object
	.section	.rodata..Lanon.5a515f968b0a00be00cf15a64bae3f68.1,"a",@progbits
.Lanon.5a515f968b0a00be00cf15a64bae3f68.1:
	.ascii	"hello \"rust\""
	.size	.Lanon.5a515f968b0a00be00cf15a64bae3f68.1, 12

	.type	TEXT,@object
	.section	.rodata.TEXT,"a",@progbits
	.globl	TEXT
	.p2align	3, 0x0
TEXT:
	.quad	.Lanon.5a515f968b0a00be00cf15a64bae3f68.1
	.asciz	"\f\000\000\000\000\000\000"
	.size	TEXT, 16

	.type	TUPLE,@object
	.section	.rodata.TUPLE,"a",@progbits
	.globl	TUPLE
	.p2align	2, 0x0
TUPLE:
	.ascii	"\001\377"
	.zero	2
	.asciz	"\254 \000"
	.size	TUPLE, 8

	.type	UNIT,@object
	.section	.rodata.UNIT,"a",@progbits
	.globl	UNIT
UNIT:
	.size	UNIT, 0

	.type	WIDE,@object
	.section	.rodata.WIDE,"a",@progbits
	.globl	WIDE
	.p2align	4, 0x0
WIDE:
	.asciz	"\000\000\000\000\000\000\000\000\000\020\000\000\000\000\000"
	.size	WIDE, 16

	.section	.debug_abbrev,"",@progbits
	.byte	1
	.byte	17
	.byte	1
	.byte	37
	.byte	14
	.byte	19
	.byte	5
	.byte	3
	.byte	14
	.byte	16
	.byte	23
	.byte	27
	.byte	14
	.byte	17
	.byte	1
	.byte	85
	.byte	23
	.byte	0
	.byte	0
	.byte	2
	.byte	57
	.byte	1
	.byte	3
	.byte	14
	.byte	0
	.byte	0
	.byte	3
	.byte	52
	.byte	0
	.byte	3
	.byte	14
	.byte	73
	.byte	19
	.byte	63
	.byte	25
	.byte	58
	.byte	11
	.byte	59
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	2
	.byte	24
	.byte	0
	.byte	0
	.byte	4
	.byte	23
	.byte	1
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	0
	.byte	0
	.byte	5
	.byte	13
	.byte	0
	.byte	3
	.byte	14
	.byte	73
	.byte	19
	.ascii	"\210\001"
	.byte	15
	.byte	56
	.byte	11
	.byte	0
	.byte	0
	.byte	6
	.byte	19
	.byte	1
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.byte	50
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	0
	.byte	0
	.byte	7
	.byte	51
	.byte	1
	.byte	21
	.byte	19
	.byte	0
	.byte	0
	.byte	8
	.byte	13
	.byte	0
	.byte	73
	.byte	19
	.ascii	"\210\001"
	.byte	15
	.byte	56
	.byte	11
	.byte	52
	.byte	25
	.byte	0
	.byte	0
	.byte	9
	.byte	25
	.byte	1
	.byte	22
	.byte	11
	.byte	0
	.byte	0
	.byte	10
	.byte	13
	.byte	0
	.byte	3
	.byte	14
	.byte	73
	.byte	19
	.ascii	"\210\001"
	.byte	15
	.byte	56
	.byte	11
	.byte	50
	.byte	11
	.byte	0
	.byte	0
	.byte	11
	.byte	19
	.byte	0
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.byte	50
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	0
	.byte	0
	.byte	12
	.byte	4
	.byte	1
	.byte	73
	.byte	19
	.byte	109
	.byte	25
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	0
	.byte	0
	.byte	13
	.byte	40
	.byte	0
	.byte	3
	.byte	14
	.byte	28
	.byte	15
	.byte	0
	.byte	0
	.byte	14
	.byte	25
	.byte	1
	.byte	0
	.byte	0
	.byte	15
	.byte	47
	.byte	0
	.byte	73
	.byte	19
	.byte	3
	.byte	14
	.byte	0
	.byte	0
	.byte	16
	.byte	46
	.byte	1
	.byte	17
	.byte	1
	.byte	18
	.byte	6
	.byte	64
	.byte	24
	.byte	110
	.byte	14
	.byte	3
	.byte	14
	.byte	58
	.byte	11
	.byte	59
	.byte	11
	.byte	73
	.byte	19
	.byte	63
	.byte	25
	.byte	0
	.byte	0
	.byte	17
	.byte	5
	.byte	0
	.byte	2
	.byte	24
	.byte	3
	.byte	14
	.byte	58
	.byte	11
	.byte	59
	.byte	11
	.byte	73
	.byte	19
	.byte	0
	.byte	0
	.byte	18
	.byte	46
	.byte	1
	.byte	17
	.byte	1
	.byte	18
	.byte	6
	.byte	64
	.byte	24
	.byte	3
	.byte	14
	.byte	58
	.byte	11
	.byte	59
	.byte	11
	.byte	73
	.byte	19
	.byte	63
	.byte	25
	.byte	0
	.byte	0
	.byte	19
	.byte	1
	.byte	1
	.byte	73
	.byte	19
	.byte	0
	.byte	0
	.byte	20
	.byte	33
	.byte	0
	.byte	73
	.byte	19
	.byte	34
	.byte	13
	.byte	55
	.byte	11
	.byte	0
	.byte	0
	.byte	21
	.byte	36
	.byte	0
	.byte	3
	.byte	14
	.byte	62
	.byte	11
	.byte	11
	.byte	11
	.byte	0
	.byte	0
	.byte	22
	.byte	36
	.byte	0
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.byte	62
	.byte	11
	.byte	0
	.byte	0
	.byte	23
	.byte	19
	.byte	1
	.byte	3
	.byte	14
	.byte	11
	.byte	11
	.ascii	"\210\001"
	.byte	15
	.byte	0
	.byte	0
	.byte	24
	.byte	15
	.byte	0
	.byte	73
	.byte	19
	.byte	3
	.byte	14
	.byte	51
	.byte	6
	.byte	0
	.byte	0
	.byte	25
	.byte	21
	.byte	1
	.byte	73
	.byte	19
	.byte	0
	.byte	0
	.byte	26
	.byte	5
	.byte	0
	.byte	73
	.byte	19
	.byte	0
	.byte	0
	.byte	27
	.byte	15
	.byte	0
	.byte	73
	.byte	19
	.byte	51
	.byte	6
	.byte	0
	.byte	0
	.byte	0
	.section	.debug_info,"",@progbits
.Lcu_begin0:
	.word	.Ldebug_info_end0-.Ldebug_info_start0
.Ldebug_info_start0:
	.half	4
	.word	.debug_abbrev
	.byte	8
	.byte	1
	.word	.Linfo_string0
	.half	28
	.word	.Linfo_string1
	.word	.Lline_table_start0
	.word	.Linfo_string2
	.quad	0
	.word	.Ldebug_ranges0
	.byte	2
	.word	.Linfo_string3
	.byte	3
	.word	.Linfo_string4
	.word	1211

	.byte	1
	.byte	47
	.byte	2
	.byte	9
	.byte	3
	.quad	ARRAY
	.byte	3
	.word	.Linfo_string7
	.word	96

	.byte	1
	.byte	52
	.byte	4
	.byte	9
	.byte	3
	.quad	BITS
	.byte	2
	.word	.Linfo_string8
	.byte	4
	.word	.Linfo_string13
	.byte	4
	.byte	4
	.byte	5
	.word	.Linfo_string9
	.word	1238
	.byte	4
	.byte	0
	.byte	5
	.word	.Linfo_string11
	.word	1245
	.byte	4
	.byte	0
	.byte	0
	.byte	6
	.word	.Linfo_string21
	.byte	8
	.byte	1
	.byte	4
	.byte	7
	.word	139
	.byte	8
	.word	1224
	.byte	2
	.byte	0

	.byte	9
	.byte	0
	.byte	5
	.word	.Linfo_string15
	.word	189
	.byte	4
	.byte	0
	.byte	0
	.byte	9
	.byte	1
	.byte	5
	.word	.Linfo_string17
	.word	210
	.byte	4
	.byte	0
	.byte	0
	.byte	9
	.byte	2
	.byte	5
	.word	.Linfo_string20
	.word	243
	.byte	4
	.byte	0
	.byte	0
	.byte	0
	.byte	6
	.word	.Linfo_string15
	.byte	8
	.byte	1
	.byte	4
	.byte	10
	.word	.Linfo_string16
	.word	1245
	.byte	4
	.byte	4
	.byte	1
	.byte	0
	.byte	6
	.word	.Linfo_string17
	.byte	8
	.byte	1
	.byte	4
	.byte	10
	.word	.Linfo_string18
	.word	1224
	.byte	2
	.byte	2
	.byte	1
	.byte	10
	.word	.Linfo_string19
	.word	1224
	.byte	2
	.byte	4
	.byte	1
	.byte	0
	.byte	11
	.word	.Linfo_string20
	.byte	8
	.byte	1
	.byte	4
	.byte	0
	.byte	12
	.word	1252

	.word	.Linfo_string27
	.byte	1
	.byte	1
	.byte	13
	.word	.Linfo_string24
	.byte	0
	.byte	13
	.word	.Linfo_string25
	.byte	5
	.byte	13
	.word	.Linfo_string26
	.byte	6
	.byte	0
	.byte	6
	.word	.Linfo_string43
	.byte	8
	.byte	1
	.byte	8
	.byte	7
	.word	295
	.byte	8
	.word	1353
	.byte	8
	.byte	0

	.byte	14
	.byte	5
	.word	.Linfo_string39
	.word	330
	.byte	8
	.byte	0
	.byte	0
	.byte	9
	.byte	0
	.byte	5
	.word	.Linfo_string42
	.word	360
	.byte	8
	.byte	0
	.byte	0
	.byte	0
	.byte	6
	.word	.Linfo_string39
	.byte	8
	.byte	1
	.byte	8
	.byte	15
	.word	1360
	.word	.Linfo_string41
	.byte	10
	.word	.Linfo_string16
	.word	1360
	.byte	8
	.byte	0
	.byte	1
	.byte	0
	.byte	6
	.word	.Linfo_string42
	.byte	8
	.byte	1
	.byte	8
	.byte	15
	.word	1360
	.word	.Linfo_string41
	.byte	0
	.byte	0
	.byte	6
	.word	.Linfo_string47
	.byte	16
	.byte	1
	.byte	8
	.byte	10
	.word	.Linfo_string16
	.word	1252
	.byte	1
	.byte	8
	.byte	1
	.byte	10
	.word	.Linfo_string29
	.word	1373
	.byte	8
	.byte	0
	.byte	1
	.byte	0
	.byte	6
	.word	.Linfo_string51
	.byte	8
	.byte	1
	.byte	4
	.byte	10
	.word	.Linfo_string49
	.word	1320
	.byte	4
	.byte	0
	.byte	1
	.byte	10
	.word	.Linfo_string50
	.word	1320
	.byte	4
	.byte	4
	.byte	1
	.byte	0
	.byte	6
	.word	.Linfo_string61
	.byte	8
	.byte	1
	.byte	4
	.byte	7
	.word	458
	.byte	8
	.word	1245
	.byte	4
	.byte	0

	.byte	9
	.byte	0
	.byte	5
	.word	.Linfo_string39
	.word	494
	.byte	4
	.byte	0
	.byte	0
	.byte	9
	.byte	1
	.byte	5
	.word	.Linfo_string42
	.word	524
	.byte	4
	.byte	0
	.byte	0
	.byte	0
	.byte	6
	.word	.Linfo_string39
	.byte	8
	.byte	1
	.byte	4
	.byte	15
	.word	1320
	.word	.Linfo_string41
	.byte	10
	.word	.Linfo_string16
	.word	1320
	.byte	4
	.byte	4
	.byte	1
	.byte	0
	.byte	6
	.word	.Linfo_string42
	.byte	8
	.byte	1
	.byte	4
	.byte	15
	.word	1320
	.word	.Linfo_string41
	.byte	0
	.byte	0
	.byte	11
	.word	.Linfo_string72
	.byte	0
	.byte	1
	.byte	1
	.byte	0
	.byte	3
	.word	.Linfo_string14
	.word	126

	.byte	1
	.byte	38
	.byte	4
	.byte	9
	.byte	3
	.quad	CIRCLE
	.byte	3
	.word	.Linfo_string22
	.word	252

	.byte	1
	.byte	37
	.byte	1
	.byte	9
	.byte	3
	.quad	COLOR
	.byte	3
	.word	.Linfo_string28
	.word	1259

	.byte	1
	.byte	50
	.byte	8
	.byte	9
	.byte	3
	.quad	FLOATS
	.byte	3
	.word	.Linfo_string32
	.word	1296

	.byte	1
	.byte	53
	.byte	8
	.byte	9
	.byte	3
	.quad	FUNCTION
	.byte	3
	.word	.Linfo_string35
	.word	1327

	.byte	1
	.byte	48
	.byte	1
	.byte	9
	.byte	3
	.quad	NESTED
	.byte	3
	.word	.Linfo_string36
	.word	126

	.byte	1
	.byte	40
	.byte	4
	.byte	9
	.byte	3
	.quad	NOTHING
	.byte	3
	.word	.Linfo_string37
	.word	282

	.byte	1
	.byte	43
	.byte	8
	.byte	9
	.byte	3
	.quad	NO_REF
	.byte	3
	.word	.Linfo_string44
	.word	1320

	.byte	1
	.byte	44
	.byte	4
	.byte	9
	.byte	3
	.quad	NUMBER
	.byte	3
	.word	.Linfo_string45
	.word	379

	.byte	1
	.byte	35
	.byte	8
	.byte	9
	.byte	3
	.quad	PAIR
	.byte	3
	.word	.Linfo_string48
	.word	412

	.byte	1
	.byte	34
	.byte	4
	.byte	9
	.byte	3
	.quad	POINT
	.byte	3
	.word	.Linfo_string52
	.word	126

	.byte	1
	.byte	39
	.byte	4
	.byte	9
	.byte	3
	.quad	RECT
	.byte	3
	.word	.Linfo_string53
	.word	1380

	.byte	1
	.byte	54
	.byte	8
	.byte	9
	.byte	3
	.quad	REFERENCE
	.byte	3
	.word	.Linfo_string55
	.word	1393

	.byte	1
	.byte	46
	.byte	8
	.byte	9
	.byte	3
	.quad	SLICE
	.byte	3
	.word	.Linfo_string60
	.word	445

	.byte	1
	.byte	41
	.byte	4
	.byte	9
	.byte	3
	.quad	SOME
	.byte	3
	.word	.Linfo_string62
	.word	282

	.byte	1
	.byte	42
	.byte	8
	.byte	9
	.byte	3
	.quad	SOME_REF
	.byte	3
	.word	.Linfo_string63
	.word	1439

	.byte	1
	.byte	45
	.byte	8
	.byte	9
	.byte	3
	.quad	TEXT
	.byte	3
	.word	.Linfo_string65
	.word	1478

	.byte	1
	.byte	49
	.byte	4
	.byte	9
	.byte	3
	.quad	TUPLE
	.byte	3
	.word	.Linfo_string71
	.word	543

	.byte	1
	.byte	36
	.byte	1
	.byte	9
	.byte	3
	.quad	UNIT
	.byte	3
	.word	.Linfo_string73
	.word	1540

	.byte	1
	.byte	51
	.byte	16
	.byte	9
	.byte	3
	.quad	WIDE
	.byte	2
	.word	.Linfo_string75
	.byte	16
	.quad	.Lfunc_begin0
	.word	.Lfunc_end0-.Lfunc_begin0
	.byte	1
	.byte	82
	.word	.Linfo_string79
	.word	.Linfo_string80
	.byte	1
	.byte	14
	.word	1373

	.byte	17
	.byte	2
	.byte	145
	.byte	8
	.word	.Linfo_string85
	.byte	1
	.byte	14
	.word	1373
	.byte	0
	.byte	0
	.byte	2
	.word	.Linfo_string76
	.byte	16
	.quad	.Lfunc_begin1
	.word	.Lfunc_end1-.Lfunc_begin1
	.byte	1
	.byte	82
	.word	.Linfo_string81
	.word	.Linfo_string80
	.byte	1
	.byte	15
	.word	1519

	.byte	17
	.byte	2
	.byte	145
	.byte	15
	.word	.Linfo_string85
	.byte	1
	.byte	15
	.word	1519
	.byte	0
	.byte	0
	.byte	2
	.word	.Linfo_string77
	.byte	16
	.quad	.Lfunc_begin2
	.word	.Lfunc_end2-.Lfunc_begin2
	.byte	1
	.byte	82
	.word	.Linfo_string82
	.word	.Linfo_string80
	.byte	1
	.byte	16
	.word	1289

	.byte	17
	.byte	2
	.byte	145
	.byte	8
	.word	.Linfo_string85
	.byte	1
	.byte	16
	.word	1289
	.byte	0
	.byte	0
	.byte	2
	.word	.Linfo_string78
	.byte	16
	.quad	.Lfunc_begin3
	.word	.Lfunc_end3-.Lfunc_begin3
	.byte	1
	.byte	82
	.word	.Linfo_string83
	.word	.Linfo_string80
	.byte	1
	.byte	13
	.word	1320

	.byte	17
	.byte	2
	.byte	145
	.byte	12
	.word	.Linfo_string85
	.byte	1
	.byte	13
	.word	1320
	.byte	0
	.byte	0
	.byte	18
	.quad	.Lfunc_begin4
	.word	.Lfunc_end4-.Lfunc_begin4
	.byte	1
	.byte	82
	.word	.Linfo_string84
	.byte	1
	.byte	55
	.word	1320

	.byte	17
	.byte	2
	.byte	145
	.byte	12
	.word	.Linfo_string86
	.byte	1
	.byte	55
	.word	1320
	.byte	0
	.byte	0
	.byte	19
	.word	1224
	.byte	20
	.word	1231
	.byte	0
	.byte	4
	.byte	0
	.byte	21
	.word	.Linfo_string5
	.byte	7
	.byte	2
	.byte	22
	.word	.Linfo_string6
	.byte	8
	.byte	7
	.byte	21
	.word	.Linfo_string10
	.byte	4
	.byte	4
	.byte	21
	.word	.Linfo_string12
	.byte	7
	.byte	4
	.byte	21
	.word	.Linfo_string23
	.byte	7
	.byte	1
	.byte	23
	.word	.Linfo_string31
	.byte	16
	.byte	8
	.byte	5
	.word	.Linfo_string16
	.word	1238
	.byte	4
	.byte	0
	.byte	5
	.word	.Linfo_string29
	.word	1289
	.byte	8
	.byte	8
	.byte	0
	.byte	21
	.word	.Linfo_string30
	.byte	4
	.byte	8
	.byte	24
	.word	1309
	.word	.Linfo_string34
	.word	0
	.byte	25
	.word	1320
	.byte	26
	.word	1320
	.byte	0
	.byte	21
	.word	.Linfo_string33
	.byte	5
	.byte	4
	.byte	19
	.word	1340
	.byte	20
	.word	1231
	.byte	0
	.byte	2
	.byte	0
	.byte	19
	.word	1252
	.byte	20
	.word	1231
	.byte	0
	.byte	2
	.byte	0
	.byte	21
	.word	.Linfo_string38
	.byte	7
	.byte	8
	.byte	24
	.word	1320
	.word	.Linfo_string40
	.word	0
	.byte	21
	.word	.Linfo_string46
	.byte	5
	.byte	8
	.byte	24
	.word	412
	.word	.Linfo_string54
	.word	0
	.byte	23
	.word	.Linfo_string59
	.byte	16
	.byte	8
	.byte	5
	.word	.Linfo_string56
	.word	1423
	.byte	8
	.byte	0
	.byte	5
	.word	.Linfo_string57
	.word	1432
	.byte	8
	.byte	8
	.byte	0
	.byte	27
	.word	1320
	.word	0
	.byte	21
	.word	.Linfo_string58
	.byte	7
	.byte	8
	.byte	23
	.word	.Linfo_string64
	.byte	16
	.byte	8
	.byte	5
	.word	.Linfo_string56
	.word	1469
	.byte	8
	.byte	0
	.byte	5
	.word	.Linfo_string57
	.word	1432
	.byte	8
	.byte	8
	.byte	0
	.byte	27
	.word	1252
	.word	0
	.byte	23
	.word	.Linfo_string70
	.byte	8
	.byte	4
	.byte	5
	.word	.Linfo_string16
	.word	1519
	.byte	1
	.byte	1
	.byte	5
	.word	.Linfo_string29
	.word	1526
	.byte	1
	.byte	0
	.byte	5
	.word	.Linfo_string68
	.word	1533
	.byte	4
	.byte	4
	.byte	0
	.byte	21
	.word	.Linfo_string66
	.byte	5
	.byte	1
	.byte	21
	.word	.Linfo_string67
	.byte	2
	.byte	1
	.byte	21
	.word	.Linfo_string69
	.byte	16
	.byte	4
	.byte	21
	.word	.Linfo_string74
	.byte	7
	.byte	16
	.byte	0
.Ldebug_info_end0:
	.section	.rodata.ARRAY,"a",@progbits
.Lsec_end0:
	.section	.rodata.BITS,"a",@progbits
.Lsec_end1:
	.section	.rodata.CIRCLE,"a",@progbits
.Lsec_end2:
	.section	.rodata.COLOR,"a",@progbits
.Lsec_end3:
	.section	.rodata.FLOATS,"a",@progbits
.Lsec_end4:
	.section	.rodata.FUNCTION,"a",@progbits
.Lsec_end5:
	.section	.rodata.NESTED,"a",@progbits
.Lsec_end6:
	.section	.rodata.NOTHING,"a",@progbits
.Lsec_end7:
	.section	.rodata.NO_REF,"a",@progbits
.Lsec_end8:
	.section	.rodata.NUMBER,"a",@progbits
.Lsec_end9:
	.section	.rodata.PAIR,"a",@progbits
.Lsec_end10:
	.section	.rodata.POINT,"a",@progbits
.Lsec_end11:
	.section	.rodata.RECT,"a",@progbits
.Lsec_end12:
	.section	.rodata.REFERENCE,"a",@progbits
.Lsec_end13:
	.section	.rodata.SLICE,"a",@progbits
.Lsec_end14:
	.section	.rodata.SOME,"a",@progbits
.Lsec_end15:
	.section	.rodata.SOME_REF,"a",@progbits
.Lsec_end16:
	.section	.rodata.TEXT,"a",@progbits
.Lsec_end17:
	.section	.rodata.TUPLE,"a",@progbits
.Lsec_end18:
	.section	.rodata.UNIT,"a",@progbits
.Lsec_end19:
	.section	.rodata.WIDE,"a",@progbits
.Lsec_end20:
	.section	.text._RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg,"ax",@progbits
.Lsec_end21:
	.section	.text._RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg,"ax",@progbits
.Lsec_end22:
	.section	.text._RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg,"ax",@progbits
.Lsec_end23:
	.section	.text._RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg,"ax",@progbits
.Lsec_end24:
	.section	.text.twice,"ax",@progbits
.Lsec_end25:
	.section	.debug_aranges,"",@progbits
	.word	444
	.half	2
	.word	.Lcu_begin0
	.byte	8
	.byte	0
	.zero	4,255
	.quad	ARRAY
	.quad	.Lsec_end0-ARRAY
	.quad	BITS
	.quad	.Lsec_end1-BITS
	.quad	CIRCLE
	.quad	.Lsec_end2-CIRCLE
	.quad	COLOR
	.quad	.Lsec_end3-COLOR
	.quad	FLOATS
	.quad	.Lsec_end4-FLOATS
	.quad	FUNCTION
	.quad	.Lsec_end5-FUNCTION
	.quad	NESTED
	.quad	.Lsec_end6-NESTED
	.quad	NOTHING
	.quad	.Lsec_end7-NOTHING
	.quad	NO_REF
	.quad	.Lsec_end8-NO_REF
	.quad	NUMBER
	.quad	.Lsec_end9-NUMBER
	.quad	PAIR
	.quad	.Lsec_end10-PAIR
	.quad	POINT
	.quad	.Lsec_end11-POINT
	.quad	RECT
	.quad	.Lsec_end12-RECT
	.quad	REFERENCE
	.quad	.Lsec_end13-REFERENCE
	.quad	SLICE
	.quad	.Lsec_end14-SLICE
	.quad	SOME
	.quad	.Lsec_end15-SOME
	.quad	SOME_REF
	.quad	.Lsec_end16-SOME_REF
	.quad	TEXT
	.quad	.Lsec_end17-TEXT
	.quad	TUPLE
	.quad	.Lsec_end18-TUPLE
	.quad	UNIT
	.quad	1
	.quad	WIDE
	.quad	.Lsec_end20-WIDE
	.quad	.Lfunc_begin0
	.quad	.Lsec_end21-.Lfunc_begin0
	.quad	.Lfunc_begin1
	.quad	.Lsec_end22-.Lfunc_begin1
	.quad	.Lfunc_begin2
	.quad	.Lsec_end23-.Lfunc_begin2
	.quad	.Lfunc_begin3
	.quad	.Lsec_end24-.Lfunc_begin3
	.quad	.Lfunc_begin4
	.quad	.Lsec_end25-.Lfunc_begin4
	.quad	0
	.quad	0
	.section	.debug_ranges,"",@progbits
.Ldebug_ranges0:
	.quad	.Lfunc_begin0
	.quad	.Lfunc_end0
	.quad	.Lfunc_begin1
	.quad	.Lfunc_end1
	.quad	.Lfunc_begin2
	.quad	.Lfunc_end2
	.quad	.Lfunc_begin3
	.quad	.Lfunc_end3
	.quad	.Lfunc_begin4
	.quad	.Lfunc_end4
	.quad	0
	.quad	0
	.section	.debug_str,"MS",@progbits,1
.Linfo_string0:
	.asciz	"rustc"
.Linfo_string1:
	.asciz	"rs.rs/@/rs.2c47617963047d9a-cgu.0"
.Linfo_string2:
	.asciz	"/src"
.Linfo_string3:
	.asciz	"rs"
.Linfo_string4:
	.asciz	"ARRAY"
.Linfo_string5:
	.asciz	"u16"
.Linfo_string6:
	.asciz	"__ARRAY_SIZE_TYPE__"
.Linfo_string7:
	.asciz	"BITS"
.Linfo_string8:
	.asciz	"shapes"
.Linfo_string9:
	.asciz	"f"
.Linfo_string10:
	.asciz	"f32"
.Linfo_string11:
	.asciz	"u"
.Linfo_string12:
	.asciz	"u32"
.Linfo_string13:
	.asciz	"Bits"
.Linfo_string14:
	.asciz	"CIRCLE"
.Linfo_string15:
	.asciz	"Circle"
.Linfo_string16:
	.asciz	"__0"
.Linfo_string17:
	.asciz	"Rect"
.Linfo_string18:
	.asciz	"w"
.Linfo_string19:
	.asciz	"h"
.Linfo_string20:
	.asciz	"Nothing"
.Linfo_string21:
	.asciz	"Shape"
.Linfo_string22:
	.asciz	"COLOR"
.Linfo_string23:
	.asciz	"u8"
.Linfo_string24:
	.asciz	"Red"
.Linfo_string25:
	.asciz	"Green"
.Linfo_string26:
	.asciz	"Blue"
.Linfo_string27:
	.asciz	"Color"
.Linfo_string28:
	.asciz	"FLOATS"
.Linfo_string29:
	.asciz	"__1"
.Linfo_string30:
	.asciz	"f64"
.Linfo_string31:
	.asciz	"(f32, f64)"
.Linfo_string32:
	.asciz	"FUNCTION"
.Linfo_string33:
	.asciz	"i32"
.Linfo_string34:
	.asciz	"extern \"C\" fn(i32) -> i32"
.Linfo_string35:
	.asciz	"NESTED"
.Linfo_string36:
	.asciz	"NOTHING"
.Linfo_string37:
	.asciz	"NO_REF"
.Linfo_string38:
	.asciz	"u64"
.Linfo_string39:
	.asciz	"Some"
.Linfo_string40:
	.asciz	"&i32"
.Linfo_string41:
	.asciz	"T"
.Linfo_string42:
	.asciz	"None"
.Linfo_string43:
	.asciz	"Maybe<&i32>"
.Linfo_string44:
	.asciz	"NUMBER"
.Linfo_string45:
	.asciz	"PAIR"
.Linfo_string46:
	.asciz	"i64"
.Linfo_string47:
	.asciz	"Pair"
.Linfo_string48:
	.asciz	"POINT"
.Linfo_string49:
	.asciz	"x"
.Linfo_string50:
	.asciz	"y"
.Linfo_string51:
	.asciz	"Point"
.Linfo_string52:
	.asciz	"RECT"
.Linfo_string53:
	.asciz	"REFERENCE"
.Linfo_string54:
	.asciz	"&rs::shapes::Point"
.Linfo_string55:
	.asciz	"SLICE"
.Linfo_string56:
	.asciz	"data_ptr"
.Linfo_string57:
	.asciz	"length"
.Linfo_string58:
	.asciz	"usize"
.Linfo_string59:
	.asciz	"&[i32]"
.Linfo_string60:
	.asciz	"SOME"
.Linfo_string61:
	.asciz	"Maybe<i32>"
.Linfo_string62:
	.asciz	"SOME_REF"
.Linfo_string63:
	.asciz	"TEXT"
.Linfo_string64:
	.asciz	"&str"
.Linfo_string65:
	.asciz	"TUPLE"
.Linfo_string66:
	.asciz	"i8"
.Linfo_string67:
	.asciz	"bool"
.Linfo_string68:
	.asciz	"__2"
.Linfo_string69:
	.asciz	"char"
.Linfo_string70:
	.asciz	"(i8, bool, char)"
.Linfo_string71:
	.asciz	"UNIT"
.Linfo_string72:
	.asciz	"Unit"
.Linfo_string73:
	.asciz	"WIDE"
.Linfo_string74:
	.asciz	"u128"
.Linfo_string75:
	.asciz	"{impl#2}"
.Linfo_string76:
	.asciz	"{impl#3}"
.Linfo_string77:
	.asciz	"{impl#4}"
.Linfo_string78:
	.asciz	"{impl#1}"
.Linfo_string79:
	.asciz	"_RNvXs0_Cs3NH6gAFmtQI_2rsxNtB5_3Neg3neg"
.Linfo_string80:
	.asciz	"neg"
.Linfo_string81:
	.asciz	"_RNvXs1_Cs3NH6gAFmtQI_2rsaNtB5_3Neg3neg"
.Linfo_string82:
	.asciz	"_RNvXs2_Cs3NH6gAFmtQI_2rsdNtB5_3Neg3neg"
.Linfo_string83:
	.asciz	"_RNvXs_Cs3NH6gAFmtQI_2rslNtB4_3Neg3neg"
.Linfo_string84:
	.asciz	"twice"
.Linfo_string85:
	.asciz	"self"
.Linfo_string86:
	.asciz	"n"
	.section	".note.GNU-stack","",@progbits
	.section	.debug_line,"",@progbits
.Lline_table_start0:
