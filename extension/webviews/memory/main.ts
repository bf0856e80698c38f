/** Memory webview: a map of guest pages, one cell each (or a cell for several, on large guests), and the bytes of one. */
import type { PagesBody } from '../../../debug-adapter/protocol.ts';
import type { FromMemory, ToMemory } from '../../views/messages.ts';
import { connect, element, formatPosition } from '../shared/host.ts';

const PAGE_SIZE = 4096;
const BYTES_IN_ROW = 16;
const CELL = 9;
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

const send = connect<ToMemory, FromMemory>((message) => {
  if (message.kind === 'error') info.textContent = message.text;
  else if (message.kind === 'page') showBytes(message.index, message.page.address, message.page.base64, message.page.state);
  else {
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
  if (pages === undefined) return;
  const letters = [...pages.states];
  const used = letters.filter((letter) => letter !== '.').length;
  const dirty = letters.filter(isDirty).length;
  summary.textContent = `${formatPosition(position)}${live ? ', live' : ''}: ${used.toLocaleString('en-US')} of ${pages.total.toLocaleString('en-US')} pages in use, ${dirty.toLocaleString('en-US')} dirty`;
  shown = letters.flatMap((letter, index) => (letter !== '.' || !onlyUsed.checked ? [index] : []));
  cursor = Math.min(cursor, Math.max(0, shown.length - 1));
  draw();
}

function columns(): number {
  return Math.max(8, Math.floor(map.clientWidth / CELL));
}

function draw(): void {
  if (pages === undefined) return;
  const scale = window.devicePixelRatio;
  const width = columns();
  const rows = Math.max(1, Math.ceil(shown.length / width));
  map.style.height = `${rows * CELL}px`;
  map.width = map.clientWidth * scale;
  map.height = rows * CELL * scale;
  const context = map.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const colors = new Map(legend.map(([kind]) => [kind as string, colorOf(kind)]));
  for (const [cell, page] of shown.entries()) {
    const letter = pages.states[page] ?? '.';
    const left = (cell % width) * CELL;
    const top = Math.floor(cell / width) * CELL;
    context.fillStyle = colors.get(kinds[letter] ?? 'untouched') ?? 'gray';
    context.fillRect(left, top, CELL - 1, CELL - 1);
    if (isDirty(letter)) {
      context.fillStyle = colors.get('dirty') ?? 'red';
      context.fillRect(left + 2, top + 2, CELL - 5, CELL - 5);
    }
    if (cell === cursor && document.activeElement === map) {
      context.strokeStyle = getComputedStyle(document.body).getPropertyValue('--vscode-focusBorder');
      context.strokeRect(left - 0.5, top - 0.5, CELL, CELL);
    }
  }
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
  draw();
  send({ kind: 'open', page });
}

function showBytes(index: number, address: string, base64: string, state: string): void {
  info.textContent = `Page ${index.toLocaleString('en-US')} at ${address}: ${state}`;
  const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const start = BigInt(address);
  const lines: string[] = [];
  for (let offset = 0; offset < data.length; offset += BYTES_IN_ROW) {
    const row = data.subarray(offset, offset + BYTES_IN_ROW);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...row].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${(start + BigInt(offset)).toString(16)}  ${hex}  ${text}`);
  }
  bytes.textContent = lines.join('\n');
}

function cellAt(event: MouseEvent): number {
  const box = map.getBoundingClientRect();
  return Math.floor((event.clientY - box.top) / CELL) * columns() + Math.floor((event.clientX - box.left) / CELL);
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
window.addEventListener('resize', draw);

render(0, false);
send({ kind: 'ready' });
