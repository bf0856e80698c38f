import fc from 'fast-check';
import { ordinaryCase, privilegedCase } from './cases.ts';
import { buildProgram, readProgram } from './program.ts';
import { runInQemu } from './qemu.ts';
import { runHere } from './here.ts';
import { readDumps, differences } from './dump.ts';
const arb: any = process.argv[2]==='p' ? privilegedCase : ordinaryCase;
const max = Number(process.argv[4] ?? 5);
const t0=performance.now();
const seed = Number(process.argv[3] ?? 1);
const cases = fc.sample(arb as any, {seed, numRuns: 150}) as any[];
const elf = buildProgram(cases);
const q = readDumps(await runInQemu(elf));
let t=performance.now();
const h = readDumps(runHere(readProgram(elf)));
console.log('here', performance.now()-t, h.length, q.length);
let n=0;
for (let i=0;i<cases.length;i++) { const d = differences(h[i], q[i]); if (d.length) { n++; if (n<=max) { console.log('CASE', i, cases[i].setting.mode, cases[i].setting.isTranslated); for (const l of d.slice(0,8)) console.log('   ', l); } } }
console.log(n, 'cases differ');
