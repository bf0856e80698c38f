/** Everything that goes between a webview and the extension, typed on both sides. */
import type { PageBody, PagesBody, TimelineBody } from '../../debug-adapter/protocol.ts';

export type ToTimeline = { readonly kind: 'timeline'; readonly timeline: TimelineBody | undefined };

export type FromTimeline =
  | { readonly kind: 'ready' }
  | { readonly kind: 'seek'; readonly position: number }
  | { readonly kind: 'start' };

export type ToMemory =
  | { readonly kind: 'pages'; readonly pages: PagesBody | undefined; readonly live: boolean; readonly position: number }
  | { readonly kind: 'page'; readonly index: number; readonly page: PageBody }
  | { readonly kind: 'error'; readonly text: string };

export type FromMemory =
  | { readonly kind: 'ready' }
  | { readonly kind: 'open'; readonly page: number };
