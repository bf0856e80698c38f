/** Custom requests `chronovisor/pages` and `chronovisor/page`: the memory view. */
import type { PageInfo } from '../../emulator/index.ts';
import { Arguments, formatAddress } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { PageBody, PagesBody } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';

const DRAM_BASE = 0x80000000n;
const PAGE_SIZE_BYTES = 4096;
const PAGES_MAX = 65536;

const letters = { untouched: '.', zero: '0', private: 'p', shared: 's' } as const;
const dirtyLetters = { untouched: '.', zero: 'Z', private: 'P', shared: 'S' } as const;

function letter({ state, dirty }: PageInfo): string {
  return dirty ? dirtyLetters[state] : letters[state];
}

export const pages: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('chronovisor/pages', args);
  const first = fields.integer('first');
  const count = fields.integer('count', 0, PAGES_MAX);
  const { inspect } = debuggee.loaded.session;
  const total = inspect.pageCount;
  const states = Array.from({ length: Math.max(0, Math.min(count, total - first)) }, (_, index) => letter(inspect.page(first + index)));
  const body: PagesBody = { total, base: formatAddress(DRAM_BASE), states: states.join('') };
  return { body };
};

export const page: RequestHandler = (debuggee, args) => {
  const { inspect } = debuggee.loaded.session;
  const index = new Arguments('chronovisor/page', args).integer('page');
  if (index >= inspect.pageCount) throw errors.badArgument('chronovisor/page', 'page', `below ${inspect.pageCount}`);
  const address = DRAM_BASE + BigInt(index) * BigInt(PAGE_SIZE_BYTES);
  const base64 = Buffer.from(inspect.readPhysical(address, PAGE_SIZE_BYTES)).toString('base64');
  const info = inspect.page(index);
  const body: PageBody = { address: formatAddress(address), base64, state: info.dirty ? `${info.state}, dirty since the last checkpoint` : info.state };
  return { body };
};
