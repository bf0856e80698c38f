/** Where Chronovisor keeps what it can bring or make again. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder may not exist yet (XDG Base Directory Specification: relative values are not valid). */
export function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME'];
  return join(given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache'), 'chronovisor');
}
