/** Conditions, assignments, completions and formats. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StorageEdit } from '../../debug-adapter/dwarf/storage.ts';
import { UserError } from '../../emulator/user-error.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { build, missingCompiler } from '../dwarf/corpus.ts';
import type { Built } from '../dwarf/corpus.ts';
import { CPP_FLAGS, staticFrame } from './oracle.ts';

const STACK = 0x8100_0000n;

/** A frame of `function`, behind its prologue or (`atEntry`) before it, with a stack and these registers. */
function frameIn(built: Built, name: string, registers: Readonly<Record<number, bigint>>, atEntry = false): Frame & { readonly stack: DataView } {
  const { program } = built;
  const symbol = program.symbols.find((each) => each.name === name || each.name.includes(name)) ?? assert.fail(`no function ${name}`);
  const pc = atEntry ? symbol.address : program.functionAt(symbol.address)?.prologueEnd ?? symbol.address;
  const stack = new Uint8Array(4096);
  const data = staticFrame(built).memory;
  const memory = (address: bigint, sizeBytes: number): Uint8Array => {
    const offset = Number(address - STACK);
    return offset >= 0 && offset < stack.length ? stack.subarray(offset, offset + sizeBytes) : data(address, sizeBytes);
  };
  const [frame] = program.stack({ pc, register: (number) => registers[number] ?? 0n }, memory);
  assert.ok(frame !== undefined);
  return { ...frame, stack: new DataView(stack.buffer) };
}

const C = (): Built => build(['-O0', '-gdwarf-5'], ['values.c']);
const CPP = (): Built => build(['-O2', '-gdwarf-5', ...CPP_FLAGS], ['classes.cpp']);
const CALLS = (): Built => build(['-O0', '-gdwarf-5']);
const noCsr = (): undefined => undefined;

describe('conditions', { skip: missingCompiler }, () => {
  const registers = (number: number): bigint => ({ 10: 5n, 11: 0xffff_ffff_ffff_fffdn, 2: 0xffff_ffc0_0000_1000n })[number] ?? 0n;
  const rows: readonly (readonly [condition: string, holds: boolean])[] = [
    ['$a0 == 5', true], ['$a0 != 5', false], ['$a1 == -3', true], ['$a1 < 0', true], ['$a1 > -4 && $a0 < 6', true], ['$sp >= 0xffffffc000000000', true], ['$a0 & 1', true], ['$a0 & 2', false], ['!$a0', false],
    ['seven == 7 && $a0 > seven', false], ['list->next->value == 20', true], ['$mstatus & 0x1800', true], ['$mcause', false], ['f_third > 0.3', true], ['text[0] == \'h\'', true], ['(int)$a1 == -3', true], ['$pc == &main', true], ['$a0 == GREEN', true],
  ];
  for (const [condition, holds] of rows) {
    test(condition, () => {
      const built = C();
      const { memory, pc } = staticFrame(built);
      const ask = built.program.compileCondition(condition, pc);
      for (let again = 0; again < 2; again++) assert.equal(ask(registers, memory, (name) => ({ mstatus: 0x1800n, mcause: 0n })[name]), holds);
    });
  }

  test('a local at a fixed place of the frame', () => {
    const built = CALLS();
    const frame = frameIn(built, 'leaf', { 8: STACK + 512n });
    const ask = built.program.compileCondition('a * 2 == b && $a0 == 0', frame.pc);
    const local = built.program.evaluate('&a', frame);
    const other = built.program.evaluate('&b', frame);
    const at = (text: string): number => Number(BigInt(text.split(' ')[0] ?? '') - STACK);
    frame.stack.setInt32(at(local.value), 21, true);
    for (const [value, holds] of [[42, true], [43, false], [42, true]] as const) {
      frame.stack.setInt32(at(other.value), value, true);
      assert.equal(ask(frame.register, frame.memory, noCsr), holds);
    }
  });

  test('locals of an inlined call, and of the function around it', () => {
    const { program } = CALLS();
    const choose = program.functionAt(program.symbol('choose')?.address ?? 0n) ?? assert.fail();
    let pc = choose.prologueEnd;
    while (program.inlinedAt(pc).length === 0 && pc < choose.high) pc += 2n;
    assert.equal(program.inlinedAt(pc)[0]?.name, 'clamp');
    assert.equal(typeof program.compileCondition('clamped > limit && what == 4', pc), 'function');
    assert.throws(() => program.compileCondition('clamped > limit', choose.prologueEnd), UserError);
  });

  for (const condition of ['nope == 1', 'first', 'list->nope', '$nope', '1 +', 'first.name.x']) {
    test(`${condition} is refused at once`, () => { assert.throws(() => C().program.compileCondition(condition, staticFrame(C()).pc), UserError); });
  }

  test('what cannot be evaluated there is said when it is asked', () => {
    const { memory, pc } = staticFrame(C());
    const ask = C().program.compileCondition('*(int *)$a0 == 1', pc);
    assert.throws(() => ask(registers, memory, noCsr), /^UserError: Cannot evaluate «\*\(int \*\)\$a0 == 1»: it cannot read memory at 0x5\.$/);
  });

  test('a million questions about registers take less than a second', () => {
    const { memory, pc } = staticFrame(C());
    const ask = C().program.compileCondition('$a0 == 7 && $a1 > 3', pc);
    let held = 0;
    const start = performance.now();
    for (let count = 0; count < 1_000_000; count++) if (ask(registers, memory, noCsr)) held++;
    assert.equal(held, 0);
    assert.ok(performance.now() - start < 1_000);
  });
});

function show(edits: readonly StorageEdit[]): string {
  return edits.map((edit) => (edit.kind === 'memory' ? Buffer.from(edit.bytes).toString('hex') : edit.kind === 'register' ? `x${edit.register}=${edit.value.toString(16)}` : `pc=${edit.value.toString(16)}`)).join(' ');
}

describe('assignments', { skip: missingCompiler }, () => {
  const rows: readonly (readonly [target: string, value: string, edits: string | RegExp])[] = [
    ['seven', '-2', 'feffffff'], ['byte_max', '300', '2c'], ['d_pi', '1', '000000000000f03f'], ['f_one', '0.5', '0000003f'], ['seven', '3.9', '03000000'], ['yes', '5', '01'], ['letter', "'A'", '41'], ['color', 'BLUE', 'ffffffff'],
    ['flag_ac', 'FLAG_A | FLAG_B', '03000000'], ['bits.a', '2', 'ca'], ['bits.b', '-1', 'fd'], ['list', '&second', /^[0-9a-f]{16}$/], ['callback', 'nothing_done', /^[0-9a-f]{16}$/], ['list->at.y', 'seven * 2', '0e000000'],
    ['text', '"ok"', '6f6b00'], ['exact', '"xyz"', '78797a'], ['first.at', 'second.at', '0300000004000000'], ['$a0', '-1', 'x10=ffffffffffffffff'], ['$fa0', '1.5', 'x42=3ff8000000000000'], ['$pc', '&main', /^pc=8000/],
    ['letter', "66 'B'", '42'], ['list', '0x80000123 <second+4>', '2301008000000000'], ['huge', '1', '01000000000000000000000000000000'], ['quad', '1', '0000000000000000000000000000ff3f'], ['wides[0]', "L'x'", '78000000'], ['seven,x', '0x10', '10000000'], ['anything', '0', '0000000000000000'],
    ['*vector', '2', '0000000000000040'], ['matrix[1][2]', '9', '09000000'],
  ];
  for (const [target, value, edits] of rows) {
    test(`${target} = ${value}`, () => {
      const built = C();
      const actual = show(built.program.assignment(target, value, staticFrame(built)));
      if (typeof edits === 'string') assert.equal(actual, edits);
      else assert.match(actual, edits);
    });
  }
  const refused: readonly (readonly [target: string, value: string])[] = [
    ['7', '1'], ['seven + 1', '1'], ['first', '1'], ['exact', '"too long"'], ['seven', 'first'], ['list', '1.5'], ['nope', '1'], ['seven', 'nope'], ['seven', ''], ['GREEN', '1'], ['first', 'bits'], ['matrix', '1'], ['$zero', '1'], ['add', '1'], ['words[0]', '"text"'],
  ];
  for (const [target, value] of refused) {
    test(`${target} = ${value} is refused`, () => { assert.throws(() => C().program.assignment(target, value, staticFrame(C())), UserError); });
  }

  test('a variable in a register, here and where a frame has saved it', () => {
    const built = CPP();
    const frame = frameIn(built, 'Counter3add', { 10: built.program.symbol('tally')?.address ?? 0n, 11: 5n }, true);
    assert.equal(show(built.program.assignment('n', '-1', frame)), 'x11=ffffffffffffffff');
    assert.equal(show(built.program.assignment('n', '-1', { ...frame, savedAt: () => ({ kind: 'memory', address: STACK }) })), 'ffffffffffffffff');
    assert.throws(() => built.program.assignment('n', '1', { ...frame, savedAt: () => undefined }), /its register/);
    assert.equal(show(built.program.assignment('total', '1', frame)), '01000000');
  });
});

describe('methods of C++', { skip: missingCompiler }, () => {
  const rows: readonly (readonly [expression: string, value: string])[] = [['total', '40'], ['this->total', '40'], ['*this', '{total = 40}'], ['n + total', '45'], ['calls', '2'], ['Counter::add::calls', '2'], ['sizeof(Counter)', '4'], ['$a1', '0x5']];
  for (const [expression, value] of rows) {
    test(expression, () => {
      const built = CPP();
      const frame = frameIn(built, 'Counter3add', { 10: built.program.symbol('tally')?.address ?? 0n, 11: 5n }, true);
      assert.equal(built.program.evaluate(expression, frame).value, value);
    });
  }
});

describe('completions', { skip: missingCompiler }, () => {
  const rows: readonly (readonly [text: string, expected: readonly string[], start?: number])[] = [
    ['fir', ['first'], 0], ['1 + sev', ['seven'], 4], ['first.', ['value', 'next', 'name', 'at']], ['list->next->', ['value', 'next', 'name', 'at']], ['list->at.', ['x', 'y']], ['outer.', ['kind', 'number', 'fraction', 'tag', 'deep', 'corners', 'named']],
    ['(*list).n', ['next', 'name']], ['((struct node *)anything)->v', ['value']], ['table[first.v', ['value'], 12], ['matrix[list->', ['value', 'next', 'name', 'at']], ['$a', ['$a0', '$a1', '$a2', '$a3', '$a4', '$a5', '$a6', '$a7'], 0], ['$mstat', ['$mstatus']],
    ['(struct nod', ['node']], ['(unsig', ['unsigned']], ['sizeof(struct poi', ['point']], ['GRE', ['GREEN']], ['nothing_d', ['nothing_done']], ['12', []], ['first.nope', []], ['seven.', []], ['-list->n', ['next', 'name']], ['first.at.x + second.at.', ['x', 'y']],
  ];
  for (const [text, expected, start] of rows) {
    test(text, () => {
      const built = C();
      const actual = built.program.completions(text, text.length, staticFrame(built));
      const labels = actual.map(({ label }) => label);
      assert.deepEqual(labels.filter((label) => expected.includes(label)), expected);
      if (expected.length === 0 || /[.>]$/.test(text)) assert.deepEqual(labels, expected);
      if (start !== undefined) assert.equal(actual[0]?.start, start);
    });
  }
  test('locals first, then parameters, in C++ members without this, too', () => {
    const built = CPP();
    const frame = frameIn(built, 'Counter3add', {}, true);
    assert.deepEqual(built.program.completions('', 0, frame).slice(0, 5).map(({ label }) => label), ['before', 'calls', 'this', 'n', 'total']);
    assert.deepEqual(built.program.completions('shapes::Poi', 11, frame).map(({ label }) => label), ['Point::count', 'Point::sum']);
  });
});

describe('formats', { skip: missingCompiler }, () => {
  const rows: readonly (readonly [expression: string, value: string])[] = [
    ['seven,x', '0x7'], ['/x minus_three', '0xfffffffd'], ['minus_three,h', '0xfffffffd'], ['minus_three,u', '4294967293'], ['unsigned_max,d', '-1'], ['seven,o', '07'], ['seven,b', '111'], ['/t seven', '111'], ['table[9],c', "9 '\\t'"], ['letter,d', '120'],
    ['first.at,x', '{x = 0x1, y = 0x2}'], ['matrix,x', '{{0x1, 0x2, 0x3}, {0x4, 0x5, 0x6}}'], ['bytes,4', '"\\000\\001\\002\\003"'], ['bytes,4x', '{0x0, 0x1, 0x2, 0x3}'], ['vector,2', '{0.5, 1.5}'], ['color,d', '5'], ['yes,x', '0x1'], ['list,x', '0x'], ['text,s', '"hello \\"you\\"\\n"'], ['(seven, two)', '2'],
    ['/z seven', '0x00000007'], ['&table[1],s', '0x'],
  ];
  for (const [expression, value] of rows) {
    test(expression, () => {
      const built = C();
      const frame = staticFrame(built);
      const actual = built.program.evaluate(expression, frame);
      if (value === '0x') assert.match(actual.value, /^0x8/);
      else assert.equal(actual.value, value);
      for (const child of actual.children()) assert.deepEqual([built.program.evaluate(child.evaluateName, frame).value, child.evaluateName === ''], [child.value, false], child.evaluateName);
    });
  }
});
