/** The part of @vscode/vsce that the packaging uses; the package brings no declarations. */
declare module '@vscode/vsce' {
  export interface PackageOptions {
    /** Folder of the extension. */
    readonly cwd?: string;
    /** File to write. */
    readonly packagePath?: string;
    /** Include node_modules: false when everything is bundled. */
    readonly dependencies?: boolean;
    readonly allowMissingRepository?: boolean;
    readonly rewriteRelativeLinks?: boolean;
    readonly skipLicense?: boolean;
  }
  export function createVSIX(options?: PackageOptions): Promise<void>;
  export function listFiles(options?: { readonly cwd?: string; readonly packageManager?: 0 | 1 | 2 }): Promise<string[]>;
}
