/** Paths of sources as the compiler wrote them: POSIX or Windows, with either separator. */

export function isAbsolute(path: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
}

/** Directory and file as one path with `/`, `.` and `..` resolved. */
export function joinPath(directory: string, file: string): string {
  return normalizePath(isAbsolute(file) || directory === '' ? file : `${directory}/${file}`);
}

export function normalizePath(path: string): string {
  const absolute = isAbsolute(path);
  const parts: string[] = [];
  for (const part of path.split(/[/\\]+/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !absolute) parts.push(part);
  }
  const start = absolute && !/^[A-Za-z]:/.test(path) ? '/' : '';
  return start + parts.join('/');
}

/** How many components, counted from the end, two normalised paths share. */
export function commonSuffix(left: string, right: string): number {
  const a = left.split('/');
  const b = right.split('/');
  let count = 0;
  while (count < a.length && count < b.length && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
