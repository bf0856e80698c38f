/**
 * What a terminal answers by itself when a program asks it: where the cursor is, what it is, whether it has the focus. Such
 * an answer goes to the guest like a key, but nobody pressed one: if it is refused, nobody has to be told.
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ESCAPE = '\u001b';
const BELL = '\u0007';

/** With ␛ for ESC and ␇ for BEL. */
const REPORTS = /^(?:␛\[\??[\d;]*[nR]|␛\[[?>=]?[\d;]*c|␛\[[IO]|␛\[\??[\d;]*\$y|␛\[[\d;]*[tx]|␛[P\]][^␛␇]*(?:␛\\|␇))+$/;

export function isTerminalReport(data: string): boolean {
  return REPORTS.test(data.replaceAll(ESCAPE, '␛').replaceAll(BELL, '␇'));
}
