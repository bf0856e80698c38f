/** Finds lines of the console by their text. Nothing is computed before somebody asks, and each line only once. */
import type { Session } from '../emulator/index.ts';
import type { ConsoleLineBody } from './protocol.ts';
import { shownText } from './console-text.ts';

type Lines = Session['consoleLines'];

/** What is shown and compared of a line. */
const LINE_BYTES_MAX = 4096;
/** Lines are searched in blocks: decoding many at once is far faster than each alone. */
const BLOCK_BYTES = 512 * 1024;

const decoder = new TextDecoder();

/** FNV-1a over the characters, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

export class ConsoleIndex {
  private readonly lines: Lines;
  private hashes = new Uint32Array(1024);
  /** Lines with a hash: all that cannot change any more, as of the last search. */
  private hashed = 0;

  constructor(lines: Lines) {
    this.lines = lines;
  }

  get total(): number {
    return this.lines.lineCount;
  }

  line(index: number): ConsoleLineBody {
    return { index, position: this.lines.linePosition(index), text: this.textOf(index) };
  }

  /** The last line that was begun at `position`; -1 if none was. */
  lineAt(position: number): number {
    return this.lines.lineAt(position);
  }

  /** The newest `count` lines that show exactly this text, oldest first. */
  equalTo(text: string, count: number): number[] {
    this.catchUp();
    const hash = hashOf(text);
    const found: number[] = [];
    for (let index = this.total - 1; index >= 0 && found.length < count; index--) {
      if ((index >= this.hashed || this.hashes[index] === hash) && this.textOf(index) === text) found.push(index);
    }
    return found.reverse();
  }

  /** The newest `count` lines that contain this text, in capitals or not, oldest first. */
  containing(text: string, count: number): number[] {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    for (let end = this.total; end > 0 && found.length < count;) {
      const { first, texts } = this.block(end);
      for (let index = end - 1; index >= first && found.length < count; index--) {
        if (texts[index - first]?.toLowerCase().includes(wanted) === true) found.push(index);
      }
      end = first;
    }
    return found.reverse();
  }

  private textOf(index: number): string {
    return shownText(decoder.decode(this.lines.line(index, LINE_BYTES_MAX).bytes));
  }

  /** What lines before `end` show, the first of them being `first`. */
  private block(end: number): { first: number; texts: string[] } {
    const { first, bytes } = this.lines.block(end, BLOCK_BYTES);
    if (end - first === 1) return { first, texts: [this.textOf(first)] };
    return { first, texts: decoder.decode(bytes).split('\n').map((line, at) => (line.length > LINE_BYTES_MAX ? this.textOf(first + at) : shownText(line))) };
  }

  private catchUp(): void {
    const complete = Math.max(0, this.total - 1);
    if (complete > this.hashes.length) {
      const larger = new Uint32Array(2 * complete);
      larger.set(this.hashes);
      this.hashes = larger;
    }
    for (let end = complete; end > this.hashed;) {
      const { first, texts } = this.block(end);
      texts.forEach((text, at) => { this.hashes[first + at] = hashOf(text); });
      end = first;
    }
    this.hashed = complete;
  }
}
