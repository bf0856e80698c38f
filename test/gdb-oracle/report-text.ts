/** What is said about comparisons. */
import type { Found, Report } from './oracle.ts';

function reproduction(guest: string, { position }: Found): string {
  return `npm run oracle:gdb -- --guest '${guest}' --at ${position}`;
}

/** Figures of a guest, its first differences, and how to see each again. */
export function reportText({ guest, positions, figures, differences, explained }: Report, shown: number): string {
  const counts = [...explained].map(([name, count]) => `\n    documented, ${count} times: ${name}`).join('');
  const lines = differences.slice(0, shown).map((found) => (
    `\n    @${found.position} ${found.what} ${found.at}\n      ours: ${found.ours}\n      GDB:  ${found.gdb}\n      ${reproduction(guest, found)}`));
  return `${guest}: ${positions} positions, ${figures.frames} frames, ${figures.values} values, ${differences.length} differences${counts}${lines.join('')}`;
}

/** Figures of all guests together. */
export function summaryText(reports: readonly Report[]): string {
  const sum = (figure: (report: Report) => number): number => reports.reduce((total, report) => total + figure(report), 0);
  const explained = new Map<string, number>();
  for (const report of reports) for (const [name, count] of report.explained) explained.set(name, (explained.get(name) ?? 0) + count);
  return [
    `${reports.length} guests, ${sum(({ positions }) => positions)} positions, ${sum(({ figures }) => figures.frames)} frames (${sum(({ figures }) => figures.inlined)} of inlined calls), ` +
    `${sum(({ figures }) => figures.variables)} variables, ${sum(({ figures }) => figures.values)} values, ${sum(({ figures }) => figures.registers)} registers: ` +
    `${sum(({ differences }) => differences.length)} differences`,
    ...[...explained].map(([name, count]) => `documented, ${count} times: ${name}`),
  ].join('\n');
}
