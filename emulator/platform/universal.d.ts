/**
 * What every JavaScript host of the emulator has (Node, workers, browsers) and the language's own library does not declare.
 * Nothing here can tell time or be random: those come from outside, as recorded events.
 */

/** https://dom.spec.whatwg.org/#interface-AbortSignal */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** https://encoding.spec.whatwg.org/ (UTF-8 unless the label says otherwise) */
declare class TextDecoder {
  constructor(label?: 'utf-8' | 'latin1' | 'ascii', options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
