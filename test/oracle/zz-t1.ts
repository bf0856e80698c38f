import fc from 'fast-check';
import { ordinaryCase, privilegedCase } from '/work/main/test/oracle/cases.ts';
import { buildProgram } from '/work/main/test/oracle/program.ts';
import { runInQemu } from '/work/main/test/oracle/qemu.ts';
import { readDumps } from '/work/main/test/oracle/dump.ts';
for (const [n, arb] of Object.entries({ordinaryCase, privilegedCase})) {
let t=performance.now(); const lap=(s:string)=>{console.log(s, (performance.now()-t).toFixed(0)); t=performance.now();};
const seed = Number(process.argv[2] ?? 1);
const cases = fc.sample(arb as any, {seed, numRuns: 150}) as any[];
lap('sample');
let elf:string;
try { elf = buildProgram(cases);} catch(e:any) { console.log(e.stderr?.slice(0,3000)); process.exit(1); }
lap('build');
const out = await runInQemu(elf);
lap('qemu');
const dumps = readDumps(out);
console.log(n, out.length, dumps.length);
const reasons: Record<string, number> = {}; const causes: Record<string, number> = {};
for (const d of dumps) { const r=d.values.get('ended by')!; reasons[r]=(reasons[r]??0)+1;
 for (const [k,v] of d.values) if (/trap \d/.test(k)) { const c=k.split(' trap')[0].slice(0,1)+' '+(/cause (interrupt )?\d+/.exec(v)?.[0]??'value'); causes[c]=(causes[c]??0)+1; } }
console.log(reasons, causes);
}
