/** What a stop shows: frames, scopes, variables, with the ids that the client knows them by. Void as soon as time moves. */
import type { Session } from '../emulator/index.ts';
import { UserError } from '../emulator/user-error.ts';
import type { Loaded } from './debuggee.ts';
import { RequestError, errors } from './errors.ts';
import { registerGroups, registerValue } from './registers.ts';
import type { Frame } from './symbols/frames.ts';
import type { SymbolSet } from './symbol-set.ts';
import type { Variable } from './symbols/variables.ts';

const STACK_DEPTH_MAX = 512;

/** What a variablesReference stands for. */
export type Container = { readonly list: (start: number, count: number | undefined) => readonly Item[] };

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
}

export class StopView {
  readonly session: Session;
  readonly symbols: SymbolSet;
  private frames: Frame[] | undefined;
  private readonly containers: Container[] = [];

  constructor({ session, symbols }: Loaded) {
    this.session = session;
    this.symbols = symbols;
  }

  get stack(): readonly Frame[] {
    this.frames ??= this.symbols.stack(this.session.inspect, STACK_DEPTH_MAX);
    return this.frames;
  }

  /** Frame ids are 1 for the innermost frame, and so on; absent means the innermost. */
  frame(id: number | undefined): Frame {
    const frame = this.stack[(id ?? 1) - 1];
    if (frame === undefined) throw errors.noSuchFrame();
    return frame;
  }

  /** A reference by which the client asks for the contents. */
  reference(container: Container): number {
    return this.containers.push(container);
  }

  container(reference: number): Container {
    const container = this.containers[reference - 1];
    if (container === undefined) throw errors.noSuchVariable();
    return container;
  }

  scopes(frameId: number): { name: string; presentationHint?: string; expensive: boolean; variablesReference: number }[] {
    const frame = this.frame(frameId);
    const list = (scope: 'locals' | 'globals'): Container => ({ list: () => this.symbols.variables(frame, scope).map(itemOf) });
    const scopes = [{ name: 'Locals', presentationHint: 'locals', expensive: false, variablesReference: this.reference(list('locals')) }];
    return [
      ...scopes,
      { name: 'Globals of this file', expensive: false, variablesReference: this.reference(list('globals')) },
      ...registerGroups.map(({ name, items }) => ({
        name, expensive: false, ...(name === 'Registers' ? { presentationHint: 'registers' } : {}),
        variablesReference: this.reference({ list: () => items(this.session.inspect, frame) }),
      })),
    ];
  }

  /** An expression in a frame: a register, a C path, or an address. Throws a RequestError that says what is wrong. */
  evaluate(expression: string, frameId: number | undefined): Item {
    const frame = this.frame(frameId);
    const register = registerValue(expression, this.session.inspect, frame);
    if (register !== undefined) return register;
    try {
      return itemOf(this.symbols.evaluate(expression, frame));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // What the pointer meets in a listing.
      const bare = registerValue(`$${expression.trim()}`, this.session.inspect, frame);
      if (bare !== undefined) return bare;
      throw new RequestError(error.message);
    }
  }

  /** Where a variable of a container lives; undefined if not in memory. */
  placeOfVariable(reference: number, name: string): { address: bigint; sizeBytes: number } | undefined {
    const item = this.container(reference).list(0, undefined).find((each) => each.name === name);
    if (item === undefined) throw errors.noSuchVariable();
    return placeOf(item);
  }

  placeOfExpression(expression: string, frameId: number | undefined): { address: bigint; sizeBytes: number } | undefined {
    return placeOf(this.evaluate(expression, frameId));
  }
}

function placeOf({ address, sizeBytes }: Item): { address: bigint; sizeBytes: number } | undefined {
  return address === undefined || sizeBytes === undefined || sizeBytes === 0 ? undefined : { address, sizeBytes };
}

export function itemOf(variable: Variable): Item {
  const { name, value, type, evaluateName, address, sizeBytes, childCount, isIndexed } = variable;
  const children: Container = { list: (start, count) => variable.children(start, count).map(itemOf) };
  return {
    name, value, type, evaluateName,
    ...(address === undefined ? {} : { address }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(childCount > 0 ? { children, childCount, isIndexed } : {}),
  };
}
