/** Expressions of C and C++ on static data: value and type as GDB has them, and what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError } from '../../emulator/user-error.ts';
import { build, missingCompiler, missingGdb } from '../dwarf/corpus.ts';
import { askGdb, CPP_FLAGS, sameText, staticFrame } from './oracle.ts';

const C = `
seven + 3; seven - 3u; seven * minus_three; seven / two; minus_three / 2; minus_three % 2; minus_three / two; -seven; +small; ~byte_max; !seven; !0
seven << 3; minus_three >> 1; two << 31; unsigned_max >> 4; long_min >> 63; 1 << 40; 1l << 40; seven & 3; seven | 8; seven ^ 2; seven == 7; seven != 7
seven < minus_three; unsigned_max > minus_three; long_max > long_min; f_third < d_pi; two >= 2; two <= 1; yes && no; yes || no; seven && 0; 0 || seven
int_min - 1; unsigned_max + 1; long_min - 1; long_max + 1; short_max * short_max; byte_max + byte_max; letter + 1; small * small; ull * 2; ll + 1; million * million
f_third * 3; f_third + d_pi; d_pi * 2; d_pi / 0; -d_pi; f_big * 10; d_pi > 3 && d_pi < 4; f_one / 3; f_one + seven; million * f_third; d_neg; 1 / 3.0; 1.5f + 2; 1e3; .5; 1.0 == 1
(int)d_pi; (unsigned char)300; (signed char)200; (char)65; (float)1 / 3; (double)f_third; (long)-1; (unsigned)-1; (unsigned short)minus_three; (short)70000; (long)unsigned_max; (i64)minus_three; (u8)seven; (_Bool)5
(u64)small; (float)long_max; (double)ull; (float)16777217; (enum color)5; (enum flag)3; (enum color)-1; GREEN; GREEN + 1; BLUE; FLAG_A | FLAG_C; color == GREEN; (int)BLUE; RED ? 1 : 2
sizeof(int); sizeof(struct node); sizeof seven; sizeof table; sizeof(table) / sizeof(table[0]); sizeof(u16); sizeof(char *); sizeof(int [4]); sizeof(struct node *); sizeof(union view); sizeof(long double); sizeof matrix[0]; sizeof(enum color)
first; first.next; *first.next; first.next->next->value; list->next->name; list->at.y; (*list).value; &first; &first.at.y; &list->next; *&first; &*list; list == &first; list != &second; list->next == &second; const_list->name; *const_list; fixed_list->value
matrix; matrix[1]; matrix[1][2]; *matrix; **matrix; *matrix[1]; (*rows)[1]; rows[1][0]; *(*(rows + 1) + 2); &matrix[1]; &matrix[1][1]; *(&matrix[0][0] + 4); &matrix; matrix + 1; *(matrix + 1); cube[1][0]; cube[0][1][2]; rows; rows + 1
table[3]; bytes[15]; *bytes; *(bytes + 2); bytes + 4; &bytes[4]; &table[15] - &table[3]; bytes - 1; bytes == table; &table[3] > bytes; (long)(&table[3]) - (long)table; vector[2]; *vector; vector + 1; text; text[1]; *text; text + 6; &text[3]; writable; writable[4]; words[1]; *words[0]; words[1][2]; words; exact
*bytes@4; table[2]@3; list->at@1; matrix[0]@1; *first.name@5; *vector@2; {int}&seven; {unsigned char}bytes; {struct point}&first.at; {int *}indirect; **indirect; *indirect; &seven; *&seven; indirect
(struct node *)anything; ((struct point *)&matrix)->y; ((struct point *)matrix)[1].x; (char *)bytes; *(u32 *)table; *(short *)(bytes + 1); *(unsigned char *)&seven; (int (*)[3])matrix; *(int (*)[3])matrix; (void *)0; (void *)seven; (long)list; (unsigned long)list; (u8 *)list == (u8 *)&first
view; view.f; view.bytes[1]; view.low; view.high; outer.number; outer.tag; outer.deep; outer.corners[1].y; outer.named.inner; outer.corners; packed.i; packed.l; flexible.items[1]; empty
bits; bits.a; bits.b; bits.c; bits.d; bits.e; bits.f; bits.g; -bits.b; bits.c + 1; bits.g * 2; bits.a == 5; bits.f == FLAG_C
operations[0]; operations; *operations[0]; add; &add; *add; callback; callback == nothing_done; operations[0] == add; maker; steady; steady + 1; restricted; *restricted; atomic; atomic + 1
'a'; '\\n'; '\\0'; '\\''; '\\x41'; '\\101'; "abc"; "a" "b"; sizeof("abc"); "abc"[1]; 0x1f; 017; 0b101; 10u; 10l; 10ul; 10ull; 0x7fffffff; 0x80000000; 2147483648; 0xffffffffffffffff; 4294967295u; 1.5f; 2.5; 1.0L
yes; no; yes + yes; letter; high; nul; quote; letter == 'x'; z; zf; quad; quad_third; (double)quad; huge; uhuge; huge + 1; huge >> 70; huge * 2; -huge; huge == huge; wide; wides; sixteens; thirty_twos
counter::calls; 'values.c'::seven; values.c::seven; values.c::counter::calls; 'counter'::calls; simd; simd[1]; restricted[0]; color; odd_color; flag_x; flag_none; sizes; anonymous_enum; 1 ? seven : two; seven, two; (seven); ((seven)) + (1)
$pc == $pc; *(int *)&f_one; *(float *)&view.u; pointer_pointer; !list; !opaque_pointer; opaque_pointer; opaque_pointer == 0; list && list->next; list - &first; words[2] == 0; !words[2]; -1 < 0u; 5 % 3 * 2 + 1 << 1 & 0xff | 1 ^ 3
1 + 2 * 3 - 4 / 2; (1 + 2) * 3; 1 < 2 == 1; 7 & 3 == 3; 1 ? 2 : 0 ? 3 : 4; - - 5; !!seven; ~~seven; -~seven; 10 - 3 - 2; 100 / 10 / 2; 2 * 3 % 4`;

const CPP = `
point; point.x; point.inner.s; point.sum; shapes::variable; shapes::variable + 1; shapes::Point::count; shapes::deep::value; shapes::deep::v2::versioned; shapes::deep::versioned; ::target; target
circle; circle.radius; circle.name; circle.b_; circle.kind; circle.b_alone; base_pointer; *base_pointer; base_pointer->b_; *(shapes::Circle *)base_pointer; ((shapes::Circle *)named_pointer)->radius; (shapes::Named *)&circle; named_pointer->name; (shapes::Base)circle
box; box.data[1]; pair; pair.second.data[0]; boxes.data[1].data[0]; sizeof(shapes::Box<int, 3>); sizeof(shapes::Point); sizeof(shapes::Kind); *(shapes::Box<int,3> *)&box; (shapes::Box<int, 3> *)0; sizeof(shapes::Box<shapes::Box<unsigned long, 1>, 2>)
reference; reference + 1; &reference; moved; constant_reference; holder.held; &holder.held; holder.text; base_reference.b_; array_reference[1]; sizeof(reference)
kind; odd_kind; shapes::Kind::Round; kind == shapes::Kind::Square; (shapes::Kind)1; plain; shapes::FIRST; plain == shapes::SECOND; (int)kind; sixteen; thirty_two; wide; truth; !truth; truth && target; 1 == 1; 5 > 3; nullptr == 0
tally; tally.total; main; steady; huge; greeting; *greeting; true; false; true + 1; point.x == 1 ? 10 : 20; (bool)7; shapes::Counter; member`;

function split(table: string): string[] {
  return table.trim().split(/;|\n/).map((each) => each.trim()).filter((each) => each !== '');
}

/** Where ours follows C and GDB does not: sizeof is unsigned long, ?: has one type, and long long stays what it is. */
const OWN_TYPE = /^sizeof|\?|^ull \* 2|^ll \+ 1|^bits\.g \* 2/;

for (const [name, flags, sources, table] of [['C', ['-O0', '-gdwarf-5'], ['values.c'], C], ['C++', ['-O0', '-gdwarf-5', ...CPP_FLAGS], ['classes.cpp'], CPP]] as const) {
  test(`${name}: as GDB evaluates it`, { skip: missingGdb }, () => {
    const built = build(flags, sources);
    const frame = staticFrame(built);
    const expressions = split(table);
    const answers = askGdb(built.file, expressions.map((expression) => [expression]));
    const failures: string[] = [];
    let compared = 0;
    for (const [index, expression] of expressions.entries()) {
      const { value, type } = answers[index] ?? {};
      let ours: { value: string; type: string } | string;
      try {
        ours = built.program.evaluate(expression, frame);
      } catch (caught) {
        if (!(caught instanceof UserError)) throw caught;
        ours = caught.message;
      }
      // GDB computes neither with __int128 nor with two booleans, and has no registers here.
      if (value === undefined || type === undefined) continue;
      compared++;
      if (typeof ours === 'string') failures.push(`${expression}: ${ours}; GDB says ${value} (${type})`);
      else if (!sameText(ours.value, value) && !(/^(float|double)$/.test(type) && Math.fround(Number(ours.value)) === Math.fround(Number(value)))) failures.push(`${expression}: ${ours.value}; GDB says ${value} (${type})`);
      else if (ours.type !== type && !OWN_TYPE.test(expression)) failures.push(`type of ${expression}: ${ours.type}; GDB says ${type}`);
    }
    assert.equal(failures.join('\n'), '');
    assert.ok(compared > expressions.length * 0.9, `GDB evaluates only ${compared} of ${expressions.length}`);
  });
}

/** What is wrong, in the words that a person reads. */
const REFUSED: readonly (readonly [expression: string, problem: string])[] = [
  ['', 'it is empty'], ['1 +', 'something is missing at the end'], ['nope', 'there is no variable or symbol «nope» here'], ['first.nope', 'struct node has no member «nope»'],
  ['seven.x', 'i32 has no members'], ['*seven', 'i32 is not a pointer; write the type, as in *(int *)address'], ['*anything', 'a void pointer points to nothing of a known type'],
  ['&bits.a', 'a bit-field has no address'], ['&7', 'it is not in memory'], ['5 / 0', 'it divides by zero'], ['5 % 0', 'it divides by zero'], ['table[d_pi]', 'an index is not a whole number'],
  ['add(1, 2)', 'an expression cannot call functions of the guest'], ['seven = 1', 'an expression cannot assign'], ['(nope *)0', 'there is no type «nope» here'], ['(struct nope *)0', 'there is no type «struct nope» here'],
  ['int', '«int» is a type, where a value is expected'], ['(1', '«)» is missing at the end'], ['table[1', '«]» is missing at the end'], ['1 2', '«2» is not expected there'], ["'ab", "a closing ' is missing"],
  ['"a', 'a closing " is missing'], ['0x', '«0x» is not a number'], ['089', '«089» is not an octal number'], ['1abc', '«1abc» is not a number'], ['$nope', 'there is no register «nope»'], ['~d_pi', '~ of double'],
  ['d_pi % 2', '% of a floating-point number'], ['d_pi << 2', '<< of a floating-point number'], ['first + 1', 'struct node is not a number'], ['list * 2', '* of struct node * and int'], ['(float)list', 'struct node * cannot be cast to float'],
  ['(struct node)seven', 'a value of type i32 does not have the 32 bytes of struct node'], ['opaque_pointer->x', 'the members of struct opaque are not known'], ['sizeof(struct opaque)', 'the size of its type is not known'], ['seven@0', 'the right side of @ is not a positive number'],
  ['*(int *)8', ''], ['(void)seven', 'a value of type void has nothing to show'], ['#', '«#» is not expected there'], ['long short x', '«long» is a type, where a value is expected'], ['(long short)1', '«long short» is not a type'],
  ["'\\q'", 'the escape \\q is not known'], ['(yes, no', '«)» is missing at the end'], ['1 ? 2', '«:» is missing at the end'], ['$mstatus', 'the register «mstatus» cannot be read here'], ['{int}', 'something is missing at the end'],
  [`${'('.repeat(200)}1`, 'it is nested too deeply'], ['1+'.repeat(600), 'it is longer than 1000 characters'], ['*'.repeat(100), 'it is nested too deeply'], ['nope.c::seven', 'there is no variable or symbol «seven» in nope.c'],
];

describe('what is wrong', { skip: missingCompiler }, () => {
  for (const [expression, problem] of REFUSED) {
    test(expression.slice(0, 30), () => {
      const built = build(['-O0', '-gdwarf-5'], ['values.c']);
      const frame = staticFrame(built);
      if (problem === '') assert.match(built.program.evaluate(expression, frame).value, /^<cannot read memory at 0x8>$/);
      else assert.throws(() => built.program.evaluate(expression, frame), (error) => error instanceof UserError && error.message.endsWith(`»: ${problem}.`) && error.message.startsWith('Cannot evaluate «'));
    });
  }
});
