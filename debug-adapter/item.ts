/** Rows of variables views. */
import type { Variable } from './symbols/variables.ts';

/** What a variablesReference stands for. */
export interface Container {
  readonly list: (start: number, count: number | undefined) => readonly Item[];
  /** Its children are elements, which are found by number. */
  readonly isIndexed?: boolean;
}

/** One row in a variables view. */
export interface Item {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  readonly evaluateName?: string;
  readonly address?: bigint;
  readonly sizeBytes?: number;
  /** Children, when there are any. */
  readonly children?: Container;
  readonly childCount?: number;
  readonly isIndexed?: boolean;
  /** It can not be given another value. */
  readonly isReadOnly?: boolean;
}

export function itemOf(variable: Variable): Item {
  const { name, value, type, evaluateName, address, sizeBytes, childCount, isIndexed } = variable;
  const isReadOnly = evaluateName === '' || value.startsWith('<');
  const children: Container = { list: (start, count) => childrenOf(variable, start, count).map(itemOf), isIndexed };
  return {
    name, value, type, evaluateName,
    ...(address === undefined ? {} : { address }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(childCount > 0 ? { children, childCount, isIndexed } : {}),
    ...(isReadOnly ? { isReadOnly } : {}),
  };
}

/** All that are asked for: a variable gives a limited number at once. */
function childrenOf(variable: Variable, start: number, count = variable.childCount): readonly Variable[] {
  const children = variable.children(start, count);
  for (let last = children; last.length > 0 && children.length < count;) {
    last = variable.children(start + children.length, count - children.length);
    children.push(...last);
  }
  return children;
}

const TEXT_MAX = 64 * 1024;
const DEPTH_MAX = 6;
const CHILDREN_MAX = 10_000;

/** A value with all its parts, on lines of their own: what goes into the clipboard. */
export function fullText(item: Item): string {
  const lines: string[] = [];
  let size = 0;
  const add = (line: string): boolean => {
    size += line.length;
    if (size > TEXT_MAX) return false;
    lines.push(line);
    return true;
  };
  const walk = ({ children }: Item, depth: number): boolean =>
    (children?.list(0, CHILDREN_MAX) ?? []).every((child) => {
      const start = `${'  '.repeat(depth)}${child.name} =`;
      // A pointer is followed by whoever wants to: rings would never end.
      const isOpen = child.children !== undefined && child.type?.endsWith('*') !== true && depth < DEPTH_MAX;
      const row = isOpen ? rowOf(child) : child.value;
      return row === undefined ? add(start) && walk(child, depth + 1) : add(`${start} ${row}`);
    });
  if (item.children === undefined || item.type?.endsWith('*') === true) return item.value;
  const row = rowOf(item);
  if (row !== undefined) return row;
  if (!walk(item, 1)) lines.push('  ...');
  return lines.length === 0 ? item.value : ['{', ...lines, '}'].join('\n');
}

/** Elements that have no parts, in one line. */
function rowOf({ children }: Item): string | undefined {
  const elements = children?.isIndexed === true ? children.list(0, CHILDREN_MAX) : undefined;
  return elements?.every((element) => element.children === undefined) === true ? `{${elements.map(({ value }) => value).join(', ')}}` : undefined;
}

/** A whole number, perhaps with the character that it stands for. */
const DECIMAL = /^(-?\d+)( '.*')?$/s;

/** The value in hexadecimal where it is a whole number, else as it is. */
export function inHexadecimal({ value, sizeBytes }: Item): string {
  const match = DECIMAL.exec(value);
  if (match?.[1] === undefined) return value;
  const bits = 8 * Math.min(Math.max(sizeBytes ?? 8, 1), 16);
  return `0x${BigInt.asUintN(bits, BigInt(match[1])).toString(16)}${match[2] ?? ''}`;
}
