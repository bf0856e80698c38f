/** `@123,456,789` */
export function formatPosition(position: number): string {
  return `@${position.toLocaleString('en-US')}`;
}

/** The reverse, forgiving: separators and @ are optional. Undefined if it is no position. */
export function parsePosition(text: string): number | undefined {
  const plain = text.trim().replace(/^@/, '').replaceAll(/[,_ ]/g, '');
  const value = /^\d+$/.test(plain) ? Number(plain) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
