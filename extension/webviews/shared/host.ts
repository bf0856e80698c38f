/** The one channel of a webview to the extension. */
declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const api = acquireVsCodeApi();

export function connect<To, From>(onMessage: (message: To) => void): (message: From) => void {
  window.addEventListener('message', (event: MessageEvent<To>) => { onMessage(event.data); });
  return (message) => { api.postMessage(message); };
}

export function formatPosition(position: number): string {
  return `@${position.toLocaleString('en-US')}`;
}

/** An element with attributes and children; strings become text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Node | string)[]): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
