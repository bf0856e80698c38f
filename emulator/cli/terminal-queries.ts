/**
 * Takes out of a guest's output what a terminal would answer. Where nobody can take the answer, it would appear as if it had
 * been typed: a recording that is replayed asks once more, and the shell that comes after it would get the answers.
 * Sequences: ECMA-48, and https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ESCAPE = 0x1b;
const ENQUIRY = 0x05;
/** A sequence that grows longer is none that asks. */
const SEQUENCE_LENGTH_MAX = 256;

/** Whole sequences that make a terminal answer, with ␛ for ESC and ␇ for BEL. */
const QUERIES = [
  /^␛\[[?]?[\d;]*n$/, // device status, cursor position
  /^␛\[[>=]?\d*c$/, // device attributes
  /^␛\[>\d*q$/, // name and version
  /^␛\[\??[\d;]*\$p$/, // mode
  /^␛\[(?:1[1345689]|2[01])(?:;\d+)*t$/, // window
  /^␛\[\d?x$/, // parameters
  /^␛\[\?u$/, // keyboard
  /^␛Z$/, // identify
  /^␛P[$+]q.*(?:␛\\)$/s, // settings, capabilities
  /^␛\]\d+;(?:[^␇␛]*;)?\?(?:␇|␛\\)$/s, // colours
];

export class QueryFilter {
  #held: number[] = [];

  /** What of the bytes is to be shown. The beginning of a sequence is kept back until the rest comes. */
  pass(bytes: Uint8Array): Uint8Array {
    const shown: number[] = [];
    for (const byte of bytes) {
      if (this.#held.length === 0 && byte !== ESCAPE) {
        if (byte !== ENQUIRY) shown.push(byte);
        continue;
      }
      this.#held.push(byte);
      const text = String.fromCharCode(...this.#held).replaceAll('\x1b', '␛').replaceAll('\x07', '␇');
      if (!isComplete(text) && this.#held.length < SEQUENCE_LENGTH_MAX) continue;
      if (!QUERIES.some((query) => query.test(text))) shown.push(...this.#held);
      this.#held = [];
    }
    return Uint8Array.from(shown);
  }
}

/** The sequence ends here: by its final byte, or by the terminator of a string. */
function isComplete(text: string): boolean {
  if (text.length < 2) return false;
  const kind = text.charAt(1);
  if (kind === '[') return text.length > 2 && !/^␛\[[\x20-\x3f]*$/.test(text);
  if (kind === 'P' || kind === ']') return text.endsWith('␇') || (text.length > 3 && text.endsWith('␛\\'));
  return !/^␛[\x20-\x2f]*$/.test(text);
}
