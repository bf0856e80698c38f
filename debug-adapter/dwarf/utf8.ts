const CHUNK_MAX = 4096;

/** Decodes UTF-8; bytes that are not UTF-8 become U+FFFD. By hand, so that the reader needs no host API. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let at = start;
  // Nearly all text is short and ASCII.
  let ascii = start;
  while (ascii < end && (bytes[ascii] ?? 0x80) < 0x80) ascii++;
  if (ascii === end && end - start <= CHUNK_MAX) return String.fromCharCode(...bytes.subarray(start, end));
  while (at < end) {
    const first = bytes[at++] ?? 0;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const length = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
    let code = first & (0x3f >> length);
    let taken = 0;
    while (taken < length && at + taken < end && ((bytes[at + taken] ?? 0) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[at + taken] ?? 0) & 0x3f);
      taken++;
    }
    if (length === 0 || taken < length || first > 0xf4 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      text += '\ufffd';
      continue;
    }
    at += taken;
    text += String.fromCodePoint(code);
  }
  return text;
}
