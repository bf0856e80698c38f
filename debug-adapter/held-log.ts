import type { LogSink } from '../emulator/index.ts';

/** The recording of a machine that may not come to life: nothing is written before `release`. */
export class HeldLog implements LogSink {
  private readonly log: LogSink;
  private state: 'held' | 'released' | 'dropped' = 'held';
  private readonly chunks: Uint8Array[] = [];

  constructor(log: LogSink) {
    this.log = log;
  }

  append(bytes: Uint8Array): void {
    if (this.state === 'released') this.log.append(bytes);
    else if (this.state === 'held') this.chunks.push(bytes);
  }

  /** Makes the file. */
  release(): void {
    try {
      for (const chunk of this.chunks) this.log.append(chunk);
      this.state = 'released';
    } catch (error) {
      this.state = 'dropped';
      this.log.discard?.();
      throw error;
    } finally {
      this.chunks.length = 0;
    }
  }

  close(): void {
    if (this.state === 'released') this.log.close();
  }
}
