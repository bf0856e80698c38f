/** Reads fields of request arguments, which come from outside: each answer is of the right type, or a clear error. */
import { errors } from './errors.ts';

export class Arguments {
  private readonly request: string;
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(request: string, value: unknown) {
    this.request = request;
    this.fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }

  optionalString(name: string): string | undefined {
    return this.optional(name, 'a string', (value): value is string => typeof value === 'string');
  }

  string(name: string): string {
    return this.required(name, 'a string', this.optionalString(name));
  }

  /** A safe integer of at least `minimum` and at most `maximum`. */
  optionalInteger(name: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const expected = `an integer from ${minimum} to ${maximum}`;
    return this.optional(name, expected, (value): value is number => Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum);
  }

  integer(name: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): number {
    return this.required(name, `an integer from ${minimum} to ${maximum}`, this.optionalInteger(name, minimum, maximum));
  }

  optionalBoolean(name: string): boolean | undefined {
    return this.optional(name, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  /** An array of objects, each as Arguments; empty when absent. */
  objects(name: string): Arguments[] {
    const isObjects = (value: unknown): value is object[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
    return (this.optional(name, 'an array of objects', isObjects) ?? []).map((item) => new Arguments(this.request, item));
  }

  strings(name: string): string[] {
    const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
    return this.optional(name, 'an array of strings', isStrings) ?? [];
  }

  object(name: string): Arguments {
    const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
    return new Arguments(this.request, this.required(name, 'an object', this.optional(name, 'an object', isObject)));
  }

  optionalObject(name: string): Arguments | undefined {
    return this.fields[name] === undefined || this.fields[name] === null ? undefined : this.object(name);
  }

  /** A memory reference or address: hexadecimal text with 0x, or decimal. */
  address(name: string): bigint {
    return parseAddress(this.string(name));
  }

  private optional<T>(name: string, expected: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw errors.badArgument(this.request, name, expected);
    return value;
  }

  private required<T>(name: string, expected: string, value: T | undefined): T {
    if (value === undefined) throw errors.badArgument(this.request, name, expected);
    return value;
  }
}

/** An unsigned 64-bit address from text. */
export function parseAddress(text: string): bigint {
  if (!/^\s*(0x[0-9a-f]{1,16}|\d{1,20})\s*$/i.test(text)) throw errors.badAddress(text);
  return BigInt.asUintN(64, BigInt(text.trim()));
}

/** Address as text, the form that every reference and view uses. */
export function formatAddress(address: bigint): string {
  return `0x${address.toString(16)}`;
}
