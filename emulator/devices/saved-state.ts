/** Reading back what `Device.save` wrote, with each field checked. */
import { assert } from '../assert.ts';
import type { DeviceState } from './device.ts';

/** An immutable part of a device's state that checkpoints share. In JSON it is represented by a digest of its contents. */
export abstract class SharedState {
  abstract toJSON(): string;
}

export class SavedFields {
  readonly #device: string;
  readonly #fields: { readonly [key: string]: DeviceState };

  constructor(device: string, state: DeviceState) {
    assert(typeof state === 'object' && state !== null && !isArray(state) && !(state instanceof SharedState), `the saved state of ${device} is an object`);
    this.#device = device;
    this.#fields = state;
  }

  number(key: string): number {
    const value = this.#fields[key];
    assert(typeof value === 'number', `${this.#device}.${key} is a number`);
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#fields[key];
    assert(typeof value === 'boolean', `${this.#device}.${key} is a boolean`);
    return value;
  }

  /** One of the given words. */
  choice<const Word extends string>(key: string, words: readonly Word[]): Word {
    const value = this.#fields[key];
    const found = words.find((word) => word === value);
    assert(found !== undefined, `${this.#device}.${key} is one of ${words.join(', ')}`);
    return found;
  }

  /** A decimal string. */
  bigint(key: string): bigint {
    const value = this.#fields[key];
    assert(typeof value === 'string' && /^-?[0-9]+$/.test(value), `${this.#device}.${key} is a decimal string`);
    return BigInt(value);
  }

  /** A point in guest time that may be absent: see savedDeadline. */
  deadlineNs(key: string): number {
    return this.#fields[key] === null ? Infinity : this.number(key);
  }

  deadlinesNs(key: string): readonly number[] {
    return this.#list(key).map((item) => {
      assert(item === null || typeof item === 'number', `${this.#device}.${key} holds points in time`);
      return item ?? Infinity;
    });
  }

  /** What another class saved. */
  nested(key: string): DeviceState {
    const value = this.#fields[key];
    assert(value !== undefined, `${this.#device}.${key} is there`);
    return value;
  }

  list(key: string): readonly DeviceState[] {
    return this.#list(key);
  }

  numbers(key: string): readonly number[] {
    return this.#list(key).map((item) => {
      assert(typeof item === 'number', `${this.#device}.${key} holds numbers`);
      return item;
    });
  }

  booleans(key: string): readonly boolean[] {
    return this.#list(key).map((item) => {
      assert(typeof item === 'boolean', `${this.#device}.${key} holds booleans`);
      return item;
    });
  }

  /** Decimal strings. */
  bigints(key: string): readonly bigint[] {
    return this.#list(key).map((item) => {
      assert(typeof item === 'string' && /^-?[0-9]+$/.test(item), `${this.#device}.${key} holds decimal strings`);
      return BigInt(item);
    });
  }

  #list(key: string): readonly DeviceState[] {
    const value = this.#fields[key];
    assert(value !== undefined && isArray(value), `${this.#device}.${key} is a list`);
    return value;
  }
}

/** JSON has no Infinity: a deadline that is not armed is null. */
export function savedDeadline(deadlineNs: number): DeviceState {
  return deadlineNs === Infinity ? null : deadlineNs;
}

function isArray(value: DeviceState): value is readonly DeviceState[] {
  return Array.isArray(value);
}
