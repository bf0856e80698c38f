/**
 * The part of AssemblyScript's compiler API that build-core.ts uses (https://www.assemblyscript.org/compiler.html#programmatic-usage).
 * Declared here (see `paths` in tsconfig.json) because the package's own declarations replace the global `console` by a smaller one.
 */

/** Collects what the compiler prints. */
interface OutputStream {
  toString(): string;
}

interface CompilerHost {
  readonly writeFile?: (name: string, contents: Uint8Array | string) => void;
}

interface CompilerResult {
  readonly error: Error | null;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** `options` as on the command line of `asc`. */
export function main(options: readonly string[], host: CompilerHost): Promise<CompilerResult>;
