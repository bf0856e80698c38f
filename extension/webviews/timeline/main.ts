/** Timeline webview: a track from power-on to the recorded end, with checkpoints, events and the present position. */
import type { TimelineBody } from '../../../debug-adapter/protocol.ts';
import { counted, element, formatPosition, icon, onMessage, send } from '../shared/host.ts';
import './style.css';

const EVENTS_LISTED = 200;
const KEYBOARD_STEP = 0.01;

const app = document.querySelector('#app') ?? document.body;
let timeline: TimelineBody | undefined;

const badge = element('span', { id: 'badge' });
const position = element('span', { id: 'position' });
const status = element('header', { 'aria-live': 'polite' }, badge, position);
const marks = element('div', { class: 'marks', 'aria-hidden': 'true' });
const needle = element('div', { class: 'needle', 'aria-hidden': 'true' });
const track = element('div', { id: 'track', role: 'slider', tabindex: '0', 'aria-label': 'Position in the recording', 'aria-valuemin': '0' }, marks, needle);
const hover = element('div', { id: 'hover', 'aria-hidden': 'true' });
const scale = element('div', { class: 'scale' }, element('span', {}, '@0'), hover, element('span', { id: 'end' }));
const buttons = element('nav', { 'aria-label': 'Go to' });
const facts = element('p', { id: 'facts' });
const events = element('ol', { id: 'events', 'aria-label': 'Events' });
const view = element('section', { id: 'view' }, status, track, scale, buttons, facts, element('h2', {}, 'Events'), events);
const startButton = element('button', { id: 'start' }, 'Start debugging');
const empty = element('section', { id: 'empty' },
  element('p', {}, 'No machine is running. Press F5 in a folder with a RISC-V ELF executable: it boots, everything it sees is recorded, and you can go back to any moment of it.'),
  startButton);
app.append(view, empty);

onMessage((message) => {
  if (message.kind !== 'timeline') return;
  timeline = message.timeline;
  render();
});

function seek(target: number): void {
  if (timeline === undefined) return;
  send({ kind: 'seek', position: Math.max(0, Math.min(timeline.end, Math.round(target))) });
}

function button(id: string, picture: string, title: string, target: (timeline: TimelineBody) => number | undefined): HTMLButtonElement {
  const node = element('button', { id, title, 'aria-label': title }, icon(picture));
  node.addEventListener('click', () => {
    const to = timeline && target(timeline);
    if (to !== undefined) seek(to);
  });
  return node;
}

buttons.append(
  button('beginning', 'M3 3h2v10H3zM13 3v10L6 8z', 'Go to power-on', () => 0),
  button('previous-event', 'M11.5 3v10L4.5 8z', 'Go to the previous event', (t) => t.events.findLast((event) => event.position < t.position)?.position),
  button('next-event', 'M4.5 3v10l7-5z', 'Go to the next event', (t) => t.events.find((event) => event.position > t.position)?.position),
  button('to-end', 'M11 3h2v10h-2zM3 3v10l7-5z', 'Go to the end', (t) => t.end),
);

function fraction(at: number): number {
  return timeline === undefined || timeline.end === 0 ? 0 : at / timeline.end;
}

function mark(kind: string, at: number, title: string): HTMLElement {
  const node = element('div', { class: `mark ${kind}`, title });
  node.style.left = `${fraction(at) * 100}%`;
  return node;
}

function renderStatus(t: TimelineBody): void {
  const state = t.live ? 'live' : t.position === t.end ? 'end' : 'past';
  badge.className = state;
  badge.textContent = { live: t.running ? '● LIVE' : '● LIVE, paused', end: 'END', past: t.running ? '◀ PAST, moving' : '◀ PAST' }[state];
  badge.title = { live: 'At the live end of the recording', end: 'At the end of the recording', past: 'In the past: the machine replays what was recorded' }[state];
  position.textContent = formatPosition(t.position);
  track.setAttribute('aria-valuemax', String(t.end));
  track.setAttribute('aria-valuenow', String(t.position));
  track.setAttribute('aria-valuetext', `${formatPosition(t.position)} of ${formatPosition(t.end)}, ${t.live ? 'live' : 'in the past'}`);
  const end = view.querySelector('#end');
  if (end !== null) end.textContent = formatPosition(t.end);
  needle.style.left = `${fraction(t.position) * 100}%`;
  needle.className = `needle ${state}`;
  const megabytes = (t.memoryBytes / (1024 * 1024)).toFixed(1);
  facts.textContent = `${counted(t.checkpoints.length, 'checkpoint')}, ${counted(t.events.length, 'event')}, ${megabytes} MiB of host memory${t.finished ? ', finished recording' : ''}`;
}

function renderMarks(t: TimelineBody): void {
  marks.replaceChildren(
    ...t.checkpoints.map((checkpoint) => mark('checkpoint', checkpoint.position, `Checkpoint ${formatPosition(checkpoint.position)}, ${checkpoint.dirtyPages} pages written`)),
    ...t.events.map((event) => mark(`event ${event.kind}`, event.position, `${formatPosition(event.position)} ${summaryOf(event)}`)),
  );
}

/** Nanoseconds since 1970 as a date. */
function summaryOf({ summary }: TimelineBody['events'][number]): string {
  return summary.replace(/(\d{18,20}) ns$/, (_, ns: string) => `${new Date(Number(ns) / 1e6).toISOString().slice(0, 19).replace('T', ' ')} UTC`);
}

function renderEvents(t: TimelineBody): void {
  const listed = t.events.slice(-EVENTS_LISTED);
  events.replaceChildren(...listed.map((event) => {
    const node = element('button', { class: event.position >= t.position ? 'event later' : 'event', title: `${summaryOf(event)}\nGo to ${formatPosition(event.position)}` },
      element('span', { class: 'at' }, formatPosition(event.position)), element('span', { class: 'what' }, summaryOf(event)));
    node.addEventListener('click', () => { seek(event.position); });
    return element('li', {}, node);
  }));
}

/** Lists are rebuilt only when they changed: a running machine reports its position 20 times a second. */
let shownLists = '';

function render(): void {
  view.hidden = timeline === undefined;
  empty.hidden = timeline !== undefined;
  if (timeline === undefined) return;
  renderStatus(timeline);
  const lists = `${timeline.end}:${timeline.checkpoints.length}:${timeline.events.length}:${timeline.running ? '' : timeline.position}`;
  if (lists === shownLists) return;
  shownLists = lists;
  renderMarks(timeline);
  renderEvents(timeline);
}

function positionAt(event: MouseEvent): number {
  const box = track.getBoundingClientRect();
  return ((event.clientX - box.left) / box.width) * (timeline?.end ?? 0);
}

track.addEventListener('click', (event) => { seek(positionAt(event)); });
track.addEventListener('mousemove', (event) => { hover.textContent = formatPosition(Math.max(0, Math.round(positionAt(event)))); });
track.addEventListener('mouseleave', () => { hover.textContent = ''; });
track.addEventListener('keydown', (event) => {
  if (timeline === undefined) return;
  const step = Math.max(1, timeline.end * KEYBOARD_STEP);
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: timeline.position - step, ArrowRight: timeline.position + step,
    PageUp: timeline.position - step * 10, PageDown: timeline.position + step * 10, Home: 0, End: timeline.end,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  seek(target);
});
startButton.addEventListener('click', () => { send({ kind: 'start' }); });

render();
send({ kind: 'ready' });
