/** A replay that is not what was recorded. */
import { differingParts, type DigestPart, type StateDigest } from '../machine/digest.ts';
import type { Position } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import { UserError } from '../user-error.ts';

export interface DivergenceReport {
  /** The last recorded digest that matched, or 0. */
  readonly from: Position;
  /** The first that did not. */
  readonly to: Position;
  /** What differs at `to`. */
  readonly parts: readonly DigestPart[];
  /** Set when two replays of the interval were compared: how they relate, and where they part. */
  readonly detail?: string;
}

export class DivergenceError extends UserError {
  readonly report: DivergenceReport;

  constructor(report: DivergenceReport) {
    super(
      `The replay differs from the recording between ${formatPosition(report.from)} and ${formatPosition(report.to)}: ${report.parts.join(', ')} ${report.parts.length === 1 ? 'is' : 'are'} not what was recorded` +
        (report.detail === undefined ? '; `chronovisor verify` looks closer' : `; ${report.detail}`),
    );
    this.report = report;
  }
}

export function divergence(from: Position, to: Position, recorded: StateDigest, replayed: StateDigest): DivergenceError {
  return new DivergenceError({ from, to, parts: differingParts(recorded, replayed) });
}
