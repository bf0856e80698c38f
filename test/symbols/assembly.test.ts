/** Functions of assembly: GNU as describes them as they were before the linker made them shorter; the symbol table knows better. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { build, missingBinutils, OBJDUMP, run } from '../dwarf/corpus.ts';
import { findTool } from '../tools.ts';

const SOURCES = ['frames/relaxed.S', 'frames/inlines.c'];
const ASSEMBLY = ['_start', 'first', 'second', 'plain', 'third', 'tiny'];

/** Name and extent of every piece of code by label, as binutils sees them; labels inside of a function with a size are not functions. */
function pieces(file: string): { name: string; low: bigint; high: bigint }[] {
  const text = run(findTool(OBJDUMP) ?? '', ['-d', '--no-show-raw-insn', file]);
  const labels = [...text.matchAll(/^([0-9a-f]{16}) <([^>]+)>:/gm)].map(([, address = '', name = '']) => ({ name, low: BigInt(`0x${address}`) })).filter(({ name }) => name !== 'inside');
  const end = /section \.text:[^]*\n +([0-9a-f]+):\t[^\n]*\s*(?:\n\s*)*$/.exec(text)?.[1] ?? '';
  return labels.map((label, index) => ({ ...label, high: labels[index + 1]?.low ?? BigInt(`0x${end}`) + 2n }));
}

describe('functions of assembly that the linker made shorter', { skip: missingBinutils }, () => {
  for (const flags of [['-O0', '-gdwarf-5'], ['-O2', '-gdwarf-5'], ['-O2', '-gdwarf-4'], ['-O2', '-gdwarf-5', '-mno-relax']]) {
    test(flags.join(' '), () => {
      const { file, program } = build(flags, SOURCES);
      const all = pieces(file);
      assert.deepEqual(ASSEMBLY.filter((name) => !all.some((piece) => piece.name === name)), []);
      for (const { name, low, high } of all) {
        for (let at = low; at < high; at += 2n) {
          const where = `${name} at ${at.toString(16)}`;
          const found = program.functionAt(at);
          assert.deepEqual([found?.name, found?.low, program.describe(at).name, program.extentAt(at)?.low], [name, low, name, low], where);
          if (!ASSEMBLY.includes(name)) continue;
          assert.equal(found?.prologueEnd, low, where);
          // One without a size reaches to the next label, padding included.
          assert.deepEqual([found.high, program.extentAt(at)?.high], [high, high], where);
        }
      }
    });

    test(`breakpoints, ${flags.join(' ')}`, () => {
      const { file, program } = build(flags, SOURCES);
      const symbols = new SymbolSet([program], new Map(), file);
      for (const name of ASSEMBLY) {
        const { address } = program.symbol(name) ?? assert.fail();
        assert.deepEqual(symbols.functionAddresses(name), [address]);
        const { path, line } = program.location(address) ?? assert.fail(name);
        assert.deepEqual(program.breakpointAddresses(path, line), { line, addresses: [address] });
      }
    });
  }

  test('what the assembler says is wrong', () => {
    const { file, program } = build(['-O2', '-gdwarf-5'], SOURCES);
    const text = run('riscv64-unknown-elf-readelf', ['--debug-dump=info', file]);
    const said = /DW_AT_name\s+:[^\n]*: _start\n[^]*?DW_AT_high_pc\s+: (\d+)/.exec(text)?.[1];
    assert.ok(Number(said) > (program.symbol('_start')?.sizeBytes ?? 0), `${said ?? 'nothing'} of ${program.symbol('_start')?.sizeBytes ?? 0}`);
  });
});
