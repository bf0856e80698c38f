import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Op, ValueType, WasmCode } from '../../emulator/engine/wasm-code.ts';
import { buildModule } from '../../emulator/engine/wasm-module.ts';

function check(actual: WasmCode, expected: readonly number[]): void {
  assert.deepEqual([...actual.bytes()], expected);
}

const { i32, i64 } = ValueType;

/** Exports of a module with one function `f`. */
function instantiate(parameters: readonly number[], results: readonly number[], locals: readonly number[], body: WasmCode): (...values: unknown[]) => unknown {
  const bytes = buildModule({
    memory: { module: 'env', name: 'memory', initialPages: 1, maximumPages: 1 },
    imports: [{ module: 'env', name: 'twice', type: { parameters: [i32], results: [i32] } }],
    functions: [{ type: { parameters, results }, locals, body, exportName: 'f' }],
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, twice: (value: number) => 2 * value } });
  return instance.exports['f'] as (...values: unknown[]) => unknown;
}

describe('WebAssembly encoder', () => {
  const numbers: readonly (readonly [string, WasmCode, readonly number[]])[] = [
    ['unsigned 0', new WasmCode().unsigned(0), [0]],
    ['unsigned 127', new WasmCode().unsigned(127), [0x7f]],
    ['unsigned 128', new WasmCode().unsigned(128), [0x80, 0x01]],
    ['unsigned 624485', new WasmCode().unsigned(624485), [0xe5, 0x8e, 0x26]],
    ['unsigned 2^32 - 1', new WasmCode().unsigned(0xffffffff), [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['signed -1', new WasmCode().signed32(-1), [0x7f]],
    ['signed 64', new WasmCode().signed32(64), [0xc0, 0x00]],
    ['signed -123456', new WasmCode().signed32(-123456), [0xc0, 0xbb, 0x78]],
    ['signed 64-bit number', new WasmCode().signed64(-1), [0x7f]],
    ['signed 64-bit minimum', new WasmCode().signed64(-(1n << 63n)), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]],
    ['unsigned 64-bit value wraps', new WasmCode().signed64(0xffff_ffff_ffff_ffffn), [0x7f]],
    ['name', new WasmCode().name('run'), [3, 0x72, 0x75, 0x6e]],
    ['load', new WasmCode().memory(Op.i64Load, 264, 3), [0x29, 3, 0x88, 0x02]],
    ['branch table', new WasmCode().brTable([0, 2], 1), [0x0e, 2, 0, 2, 1]],
  ];
  for (const [name, actual, expected] of numbers) test(name, () => { check(actual, expected); });

  test('a 64-bit constant keeps its value', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
      assert.equal(instantiate([], [i64], [], new WasmCode().i64Const(value))(), value);
    }), { numRuns: 50 });
  });

  test('labels count open constructs', () => {
    const code = new WasmCode().block();
    const outer = code.label;
    code.loop().block().brTo(outer).end().end().end();
    check(code, [Op.block, 0x40, Op.loop, 0x40, Op.block, 0x40, Op.br, 2, Op.end, Op.end, Op.end]);
  });

  test('a module with locals, a loop, a call and hints runs', () => {
    const body = new WasmCode();
    // sum = 0; do { sum += twice(n) } while (--n)
    body.loop().get(1).get(0).call(0).op(Op.i32Add).set(1);
    body.get(0).i32Const(1).op(Op.i32Sub).tee(0).hint(true).brIf(0).end().get(1);
    assert.equal(instantiate([i32], [i32], [i32, i64, i64], body)(4), 20);
  });

  test('the hint section names the branch by its offset in the function', () => {
    const body = new WasmCode().get(0).hint(false).if().end();
    const bytes = buildModule({
      memory: { module: 'env', name: 'memory', initialPages: 1, maximumPages: 1 }, imports: [],
      functions: [{ type: { parameters: [i32], results: [] }, locals: [i32, i32, i64], body }],
    });
    const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'metadata.code.branch_hint');
    assert.ok(section !== undefined);
    // 1 function: index 0, 1 hint: offset 5 (locals) + 2 (local.get), 1 byte, unlikely.
    assert.deepEqual([...new Uint8Array(section)], [1, 0, 1, 7, 1, 0]);
  });
});
