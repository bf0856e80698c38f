/** A progress bar on standard error, on terminals only. */
import { SingleBar } from 'cli-progress';
import { formatPosition } from '../index.ts';
import type { Control } from '../index.ts';

/** A control that shows progress and ends on Ctrl-C; call `done` when the work has ended. */
export function progressControl(label: string): { control: Control; done: () => void } {
  const abort = new AbortController();
  const onInterrupt = (): void => { abort.abort(); };
  process.once('SIGINT', onInterrupt);
  const bar = new SingleBar({ format: `${label} {bar} {percentage}% {position}`, stream: process.stderr, noTTYOutput: false, hideCursor: true, clearOnComplete: true });
  const visible = process.stderr.isTTY;
  if (visible) bar.start(100, 0, { position: '' });
  return {
    control: {
      signal: abort.signal,
      onProgress: (fraction, position) => { if (visible) bar.update(Math.floor(fraction * 100), { position: formatPosition(position) }); },
    },
    done: () => {
      process.off('SIGINT', onInterrupt);
      if (visible) bar.stop();
    },
  };
}
