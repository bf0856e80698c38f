/** What a stop shows: frames, scopes, variables, with the ids that the client knows them by. Void as soon as time moves. */
import type { Session } from '../emulator/index.ts';
import type { Loaded } from './debuggee.ts';
import { errors } from './errors.ts';
import { evaluateIn } from './evaluation.ts';
import { itemOf } from './item.ts';
import type { Container, Item } from './item.ts';
import { registerGroups } from './registers.ts';
import type { Frame } from './symbols/frames.ts';
import type { SymbolSet } from './symbol-set.ts';

const STACK_DEPTH_MAX = 512;
/** Ids of frames are unlike those of all stops lately: VS Code compares them, and leaves its rows as they are when they are the same. */
const IDS_PER_STOP = 1 << 10;
const STOPS_MAX = 1 << 20;

interface Shown {
  readonly container: Container;
  /** Of the frame that it belongs to. */
  readonly frameId: number;
}

interface Scope {
  readonly name: string;
  readonly presentationHint?: string;
  readonly expensive: boolean;
  readonly variablesReference: number;
}

export class StopView {
  readonly session: Session;
  readonly symbols: SymbolSet;
  /** What its frames' ids are above of. */
  private readonly idBase: number;
  private frames: Frame[] | undefined;
  private readonly shown: Shown[] = [];

  /** `count`: of the stops so far, this one included. */
  constructor({ session, symbols }: Loaded, count = 1) {
    this.session = session;
    this.symbols = symbols;
    this.idBase = IDS_PER_STOP * (count % STOPS_MAX);
  }

  get stack(): readonly Frame[] {
    this.frames ??= this.symbols.stack(this.session.inspect, STACK_DEPTH_MAX);
    return this.frames;
  }

  /** The state was edited: references stay, what they show is read anew. */
  refresh(): void {
    this.frames = undefined;
  }

  /** The id of a frame; `index` 0 is the innermost. */
  frameId(index: number): number {
    return this.idBase + index + 1;
  }

  /** The opposite; absent means the innermost, and a number below all ids counts the frames from 1, as people do. */
  private indexOf(id: number | undefined): number {
    if (id === undefined) return 0;
    return (id < IDS_PER_STOP ? id : id - this.idBase) - 1;
  }

  isInnermost(id: number | undefined): boolean {
    return this.indexOf(id) === 0;
  }

  frame(id: number | undefined): Frame {
    const frame = this.stack[this.indexOf(id)];
    if (frame === undefined) throw errors.noSuchFrame();
    return frame;
  }

  /** A reference by which the client asks for the contents. */
  reference(container: Container, frameId = 1): number {
    return this.shown.push({ container, frameId });
  }

  container(reference: number): Container {
    return this.shownAs(reference).container;
  }

  frameIdOf(reference: number): number {
    return this.shownAs(reference).frameId;
  }

  /** A row of a container by its name. */
  child(reference: number, name: string): Item {
    const { list } = this.container(reference);
    const item = list(0, undefined).find((each) => each.name === name) ?? list(Number(/^\[(\d{1,9})\]$/.exec(name)?.[1] ?? 0), 1).find((each) => each.name === name);
    if (item === undefined) throw errors.noSuchVariable();
    return item;
  }

  scopes(frameId: number): Scope[] {
    this.frame(frameId);
    const scope = (name: string, rows: () => readonly Item[], presentationHint?: string): Scope => ({
      name, ...(presentationHint === undefined ? {} : { presentationHint }), expensive: false, variablesReference: this.reference(containerOf(rows), frameId),
    });
    return [
      scope('Locals', () => this.symbols.variables(this.frame(frameId), 'locals').map(itemOf), 'locals'),
      scope('Globals of this file', () => this.symbols.variables(this.frame(frameId), 'globals').map(itemOf)),
      ...registerGroups.map(({ name, items }) => scope(name, () => items(this.session.inspect, this.frame(frameId)), name === 'Registers' ? 'registers' : undefined)),
    ];
  }

  /** An expression in a frame: a register, a C path, or an address. Throws a RequestError that says what is wrong. */
  evaluate(expression: string, frameId: number | undefined): Item {
    return evaluateIn(expression, this.frame(frameId), this.session.inspect, this.symbols);
  }

  /** Where a variable of a container lives; undefined if not in memory. */
  placeOfVariable(reference: number, name: string): { address: bigint; sizeBytes: number } | undefined {
    return placeOf(this.child(reference, name));
  }

  placeOfExpression(expression: string, frameId: number | undefined): { address: bigint; sizeBytes: number } | undefined {
    return placeOf(this.evaluate(expression, frameId));
  }

  private shownAs(reference: number): Shown {
    const shown = this.shown[reference - 1];
    if (shown === undefined) throw errors.noSuchVariable();
    return shown;
  }
}

function containerOf(rows: () => readonly Item[]): Container {
  return { list: (start, count) => rows().slice(start, count === undefined ? undefined : start + count) };
}

function placeOf({ address, sizeBytes }: Item): { address: bigint; sizeBytes: number } | undefined {
  return address === undefined || sizeBytes === undefined || sizeBytes === 0 ? undefined : { address, sizeBytes };
}
