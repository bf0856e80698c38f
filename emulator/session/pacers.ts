/** The pacers of a session's motions: they differ in what counts as progress. */
import type { Position } from '../machine/machine-types.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { HostPacer, type HostPacerParts } from './host-pacer.ts';
import type { Control } from './session-types.ts';
import type { SpeedMeter } from './speed-meter.ts';

export interface PacersParts extends Required<Pick<HostPacerParts, 'host' | 'closed' | 'gate'>> {
  readonly timeline: Timeline;
  readonly meter: SpeedMeter;
}

export class Pacers {
  readonly #parts: PacersParts;

  constructor(parts: PacersParts) {
    this.#parts = parts;
  }

  /** `fraction`: how much is done at a position, 0..1. */
  by(control: Control, fraction: (position: Position) => number): HostPacer {
    const { host, meter, closed, gate } = this.#parts;
    meter.start();
    return new HostPacer({ host, meter, closed, gate, control, fraction });
  }

  /** To a position in the history, from the checkpoint before it. */
  toward(control: Control, target: Position): HostPacer {
    const from = this.#parts.timeline.checkpoints.atOrBefore(target).position;
    return this.by(control, (position) => (target === from ? 1 : (position - from) / (target - from)));
  }

  /** On to `limit`; how far a live machine will run is not known. */
  forward(control: Control, limit: Position): HostPacer {
    const { position: from, door } = this.#parts.timeline;
    const to = Math.min(limit, Math.max(door.end, from));
    return this.by(control, (position) => (to === from ? 0 : (position - from) / (to - from)));
  }

  /** Progress of a search is how far back it has come; inside of a piece it goes forward, which is not shown. */
  backward(control: Control, from: Position): HostPacer {
    let earliest = from;
    return this.by(control, (position) => {
      earliest = Math.min(earliest, position);
      return from === 0 ? 1 : 1 - earliest / from;
    });
  }
}
