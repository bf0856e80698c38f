/** A style sheet that a webview's script imports is bundled beside it. */
declare module '*.css';
