/**
 * A line of the console as a terminal shows it: without escape sequences, and with what was typed over or erased gone.
 * Follows what programs do within a line (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), and nothing that leaves it.
 */
const COLUMNS_MAX = 4096;
const TAB_COLUMNS = 8;

const BELL = 0x07;
const BACKSPACE = 0x08;
const TAB = 0x09;
const RETURN = 0x0d;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;
/** ESC and one of these begin a string, which ends with ST (ESC \) or BEL: DCS, SOS, OSC, PM, APC. */
const STRINGS = 'PX]^_';

/** A line that is being printed: what stands in each column, and where the cursor is. */
class Row {
  private readonly cells: string[] = [];
  private column = 0;

  print(character: string): void {
    if (this.column < COLUMNS_MAX) this.cells[this.column++] = character;
  }

  moveTo(column: number): void {
    this.column = Math.max(0, Math.min(COLUMNS_MAX, column));
  }

  control(code: number): void {
    if (code === RETURN) this.moveTo(0);
    else if (code === BACKSPACE) this.moveTo(this.column - 1);
    else if (code === TAB) this.moveTo((Math.floor(this.column / TAB_COLUMNS) + 1) * TAB_COLUMNS);
  }

  /** A control sequence: its first parameter (undefined if not given), and its final character. */
  sequence(parameter: number | undefined, final: string): void {
    const count = Math.min(COLUMNS_MAX, Math.max(1, parameter ?? 1));
    if (final === 'C') this.moveTo(this.column + count);
    else if (final === 'D') this.moveTo(this.column - count);
    else if (final === 'G') this.moveTo(count - 1);
    else if (final === 'P') this.cells.splice(this.column, count);
    else if (final === '@') this.cells.splice(this.column, 0, ...Array.from({ length: count }, () => ' '));
    else if (final === 'J' || final === 'K') this.erase(parameter ?? 0);
  }

  text(): string {
    return Array.from(this.cells, (cell: string | undefined) => cell ?? ' ').join('').trimEnd();
  }

  /** 0: from the cursor, 1: up to it, else all. */
  private erase(which: number): void {
    if (which === 1) this.cells.fill(' ', 0, Math.min(this.column + 1, this.cells.length));
    else this.cells.length = which === 0 ? Math.min(this.column, this.cells.length) : 0;
  }
}

/** Where the string that begins at `from` ends. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BELL) return at + 1;
    if (code === ESCAPE) return text[at + 1] === '\\' ? at + 2 : at;
  }
  return text.length;
}

/** Carries out the escape sequence at `from` (the ESC); where it ends. */
function escape(text: string, from: number, row: Row): number {
  const kind = text[from + 1] ?? '';
  if (STRINGS.includes(kind) && kind !== '') return endOfString(text, from + 2);
  // Parameters and intermediate characters come before the final one, which is from 0x30 on, in a control sequence from 0x40 on.
  const lowestFinal = kind === '[' ? 0x40 : 0x30;
  const start = from + (kind === '[' ? 2 : 1);
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= SPACE && text.charCodeAt(at) < lowestFinal) at++;
  if (kind === '[') {
    const parameter = Number.parseInt(text.slice(start, at), 10);
    row.sequence(Number.isNaN(parameter) ? undefined : parameter, text[at] ?? '');
  }
  return text.charCodeAt(at) === ESCAPE ? at : at + 1;
}

/** Characters that are not printed. */
const CONTROL = new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(SPACE - 1)}${String.fromCharCode(DELETE)}]`);
/** Colours and the like, which most sequences are about. */
const COLOUR = new RegExp(`${String.fromCharCode(ESCAPE)}\\[[\\d;]*m`, 'g');

/** `printed`: one line. Blanks at its end are left out. */
export function shownText(printed: string): string {
  const plain = printed.trimEnd();
  if (!CONTROL.test(plain)) return plain;
  const text = plain.replaceAll(COLOUR, '').trimEnd();
  if (!CONTROL.test(text)) return text;
  const row = new Row();
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (code === ESCAPE) {
      at = escape(text, at, row);
      continue;
    }
    const character = String.fromCodePoint(code);
    if (code >= SPACE && code !== DELETE) row.print(character);
    else row.control(code);
    at += character.length;
  }
  return row.text();
}
