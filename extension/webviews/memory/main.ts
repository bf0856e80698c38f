/** Memory webview: a map of guest pages, one cell each, and the bytes of one. */
import type { PagesBody } from '../../../debug-adapter/protocol.ts';
import { element, formatPosition, onMessage, send } from '../shared/host.ts';
import './style.css';

const PAGE_SIZE = 4096;
/** Sides of a cell in CSS pixels: large enough to hit while there are few, small when there are many. */
const CELL_SIZES = [{ upTo: 600, size: 14 }, { upTo: 40_000, size: 9 }, { upTo: Infinity, size: 4 }] as const;
/** Browsers draw no canvas that is higher. */
const CANVAS_HEIGHT_MAX = 16_000;
const OFFSET_DIGITS = 3;
const legend = [['untouched', 'untouched'], ['zero', 'zero'], ['private', 'private'], ['shared', 'shared'], ['dirty', 'dirty since the last checkpoint']] as const;
const kinds: Readonly<Record<string, string>> = { '.': 'untouched', '0': 'zero', p: 'private', s: 'shared', Z: 'zero', P: 'private', S: 'shared' };

const app = document.querySelector('#app') ?? document.body;
const summary = element('p', { id: 'summary', 'aria-live': 'polite' });
const map = element('canvas', { id: 'map', tabindex: '0', role: 'application', 'aria-label': 'Guest pages; arrow keys move, Enter shows the bytes' });
const info = element('p', { id: 'info', 'aria-live': 'polite' });
const bytes = element('pre', { id: 'bytes', tabindex: '0', 'aria-label': 'Bytes of the page' });
const onlyUsed = element('input', { id: 'only-used', type: 'checkbox', checked: '' });
const empty = element('p', { id: 'empty' }, 'The memory of the guest appears here while a debug session runs.');
const view = element('section', {}, summary,
  element('ul', { class: 'legend' }, ...legend.map(([kind, text]) => element('li', {}, element('i', { class: `swatch ${kind}` }), text))),
  element('label', {}, onlyUsed, 'only pages in use'), map, info, bytes);
app.append(view, empty);

let pages: PagesBody | undefined;
/** Page numbers in the order of the cells. */
let shown: number[] = [];
let cursor = 0;
/** The page whose bytes are shown. */
let opened: number | undefined;
let openedBytes = new Uint8Array(0);
/** Guest-physical. */
let openedAddress = 0n;

onMessage((message) => {
  if (message.kind === 'error') info.textContent = message.text;
  else if (message.kind === 'page') showBytes(message.index, message.page.address, message.page.base64, message.page.state);
  else if (message.kind === 'pages') {
    pages = message.pages;
    render(message.position, message.live);
  }
});

function isDirty(letter: string): boolean {
  return letter === 'Z' || letter === 'P' || letter === 'S';
}

function colorOf(kind: string): string {
  const probe = view.querySelector(`.swatch.${kind}`);
  return probe === null ? 'gray' : getComputedStyle(probe).backgroundColor;
}

function render(position: number, live: boolean): void {
  view.hidden = pages === undefined;
  empty.hidden = pages !== undefined;
  if (pages === undefined) {
    opened = undefined;
    info.textContent = bytes.textContent = '';
    openedBytes = new Uint8Array(0);
  }
  if (pages === undefined) return;
  const letters = [...pages.states];
  const used = letters.filter((letter) => letter !== '.').length;
  const dirty = letters.filter(isDirty).length;
  summary.textContent = `${formatPosition(position)}${live ? ', live' : ''}: ${used.toLocaleString('en-US')} of ${pages.total.toLocaleString('en-US')} pages in use, ${dirty.toLocaleString('en-US')} dirty`;
  shown = letters.flatMap((letter, index) => (letter !== '.' || !onlyUsed.checked ? [index] : []));
  cursor = Math.min(cursor, Math.max(0, shown.length - 1));
  draw();
}

function cellSize(): number {
  return CELL_SIZES.find(({ upTo }) => shown.length <= upTo)?.size ?? 4;
}

function columns(): number {
  return Math.max(8, Math.floor(map.clientWidth / cellSize()));
}

function draw(): void {
  if (pages === undefined) return;
  const size = cellSize();
  const width = columns();
  const height = Math.max(1, Math.ceil(shown.length / width)) * size;
  const scale = Math.min(window.devicePixelRatio, CANVAS_HEIGHT_MAX / height);
  map.style.height = `${height}px`;
  map.width = map.clientWidth * scale;
  map.height = height * scale;
  const context = map.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const colors = new Map(legend.map(([kind]) => [kind as string, colorOf(kind)]));
  const mark = Math.max(2, Math.floor(size * 0.4));
  for (const [cell, page] of shown.entries()) {
    const letter = pages.states[page] ?? '.';
    const left = (cell % width) * size;
    const top = Math.floor(cell / width) * size;
    context.fillStyle = colors.get(kinds[letter] ?? 'untouched') ?? 'gray';
    context.fillRect(left, top, size - 1, size - 1);
    if (isDirty(letter)) {
      context.fillStyle = colors.get('dirty') ?? 'red';
      context.fillRect(left + size - 1 - mark, top, mark, mark);
    }
  }
  outline(context, shown.indexOf(opened ?? -1), width, '--vscode-foreground');
  if (document.activeElement === map) outline(context, cursor, width, '--vscode-focusBorder');
}

function outline(context: CanvasRenderingContext2D, cell: number, width: number, color: string): void {
  if (cell < 0) return;
  const size = cellSize();
  context.strokeStyle = getComputedStyle(document.body).getPropertyValue(color);
  context.lineWidth = 2;
  context.strokeRect((cell % width) * size + 1, Math.floor(cell / width) * size + 1, size - 3, size - 3);
}

function describe(cell: number): string {
  const page = shown[cell];
  if (pages === undefined || page === undefined) return '';
  const letter = pages.states[page] ?? '.';
  const address = (BigInt(pages.base) + BigInt(page) * BigInt(PAGE_SIZE)).toString(16);
  return `0x${address}: ${kinds[letter] ?? 'untouched'}${isDirty(letter) ? ', dirty' : ''}`;
}

function open(cell: number): void {
  const page = shown[cell];
  if (page === undefined) return;
  cursor = cell;
  opened = page;
  draw();
  send({ kind: 'open', page });
}

function showBytes(index: number, address: string, base64: string, state: string): void {
  opened = index;
  info.textContent = `Page ${index.toLocaleString('en-US')} at ${address}: ${state}`;
  openedAddress = BigInt(address);
  openedBytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  renderBytes();
  draw();
}

/** As many bytes in a row as fit: offset in the page, hexadecimal, text. */
function renderBytes(): void {
  const probe = element('span', {}, '0'.repeat(100));
  bytes.replaceChildren(probe);
  const characters = bytes.clientWidth / (probe.getBoundingClientRect().width / 100);
  const inRow = [32, 16, 8].find((count) => OFFSET_DIGITS + 2 + count * 4 <= characters) ?? 4;
  const parts: (Node | string)[] = [];
  for (let offset = 0; offset < openedBytes.length; offset += inRow) {
    const row = openedBytes.subarray(offset, offset + inRow);
    const text = [...row].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    parts.push(`${offset.toString(16).padStart(OFFSET_DIGITS, '0')} `);
    for (const [index, byte] of row.entries()) parts.push(' ', byteElement(openedAddress + BigInt(offset + index), byte));
    parts.push(`  ${text}\n`);
  }
  bytes.replaceChildren(...parts);
}

/** What its menu gets is told by the attribute (https://code.visualstudio.com/api/extension-guides/webview#context-menus). */
function byteElement(address: bigint, byte: number): HTMLElement {
  const context = { webviewSection: 'byte', address: `0x${address.toString(16)}`, preventDefaultContextMenuItems: true };
  return element('span', { 'data-vscode-context': JSON.stringify(context) }, byte.toString(16).padStart(2, '0'));
}

function cellAt(event: MouseEvent): number {
  const box = map.getBoundingClientRect();
  return Math.floor((event.clientY - box.top) / cellSize()) * columns() + Math.floor((event.clientX - box.left) / cellSize());
}

map.addEventListener('click', (event) => { open(cellAt(event)); });
map.addEventListener('mousemove', (event) => { map.title = describe(cellAt(event)); });
map.addEventListener('focus', draw);
map.addEventListener('blur', draw);
map.addEventListener('keydown', (event) => {
  const moves: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
  const move = moves[event.key];
  if (event.key === 'Enter' || event.key === ' ') open(cursor);
  else if (move === undefined) return;
  else cursor = Math.max(0, Math.min(shown.length - 1, cursor + move));
  event.preventDefault();
  info.textContent = describe(cursor);
  draw();
});
onlyUsed.addEventListener('change', () => { send({ kind: 'ready' }); });
window.addEventListener('resize', () => {
  draw();
  renderBytes();
});
// The colours on the canvas are those of the theme, which VS Code tells by the classes of the body.
new MutationObserver(draw).observe(document.body, { attributeFilter: ['class'] });

render(0, false);
send({ kind: 'ready' });
