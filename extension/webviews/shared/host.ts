/** The one channel of a webview to the extension, and small things that webviews share. */
import type { FromMemory, FromTimeline, ToMemory, ToTimeline } from '../../views/messages.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const api = acquireVsCodeApi();

export function send(message: FromTimeline | FromMemory): void {
  api.postMessage(message);
}

export function onMessage(listener: (message: ToTimeline | ToMemory) => void): void {
  window.addEventListener('message', (event: MessageEvent<ToTimeline | ToMemory>) => { listener(event.data); });
}

export function formatPosition(position: number): string {
  return `@${position.toLocaleString('en-US')}`;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A small picture in the colour of the text around it. `path`: in a box of 16 by 16. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', width: '16', height: '16', 'aria-hidden': 'true', fill: 'currentColor' })) svg.setAttribute(key, value);
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** An element with attributes and children; strings become text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Node | string)[]): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
