/** Stacks, variables, types and registers are GDB's, at some hundred positions of guests in machine and user mode with a timer that interrupts; `npm run oracle:gdb` compares thousands. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_GUESTS, guestLacksTools } from './guests.ts';
import { compareGuest } from './oracle.ts';
import { reportText } from './report-text.ts';

const POSITIONS = 60;

/** Every program, compiler, level and version of DWARF at least once. */
const CHOSEN = [
  'heisenbug', 'features.c gcc -O0 -gdwarf-4', 'features.c gcc -O2 -gdwarf-5', 'features.c clang -O1 -gdwarf-5', 'features.cpp gcc -O1 -gdwarf-5', 'features.cpp gcc -Os -gdwarf-4',
  'features.cpp clang -O2 -gdwarf-4', 'corpus gcc -O1 -gdwarf-4', 'corpus clang -O0 -gdwarf-5', 'inlines.c gcc -O2 -gdwarf-5', 'entry.c gcc -Os -gdwarf-4', 'entry.c gcc -O2 -gdwarf-5',
  'features.c gcc -O2 -gdwarf-4 -fdebug-types-section', 'features.cpp gcc -O0 -gdwarf-5 -fdebug-types-section', 'features.cpp clang -O2 -gdwarf-5 -fdebug-types-section',
];

describe('at many positions as GDB sees them', () => {
  for (const [seed, name] of CHOSEN.entries()) {
    const guest = ALL_GUESTS.find((each) => each.name === name) ?? assert.fail(name);
    test(name, { skip: guestLacksTools(guest) }, async () => {
      const report = await compareGuest(guest, { budget: POSITIONS, seed });
      assert.equal(report.differences.length, 0, reportText(report, 3));
      assert.equal(report.positions, POSITIONS);
      assert.ok(report.figures.values > POSITIONS, reportText(report, 0));
    });
  }
});
