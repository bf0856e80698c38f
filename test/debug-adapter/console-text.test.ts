/** What a line of the console shows. Each row was compared with xterm's own terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownText } from '../../debug-adapter/console-text.ts';

const ESC = '\u001b';

/** `^[` for ESC. */
function check(printed: string, shown: string): void {
  test(JSON.stringify(printed), () => {
    assert.equal(shownText(printed.replaceAll('^[', ESC)), shown);
  });
}

check('', '');
check('plain text', 'plain text');
check('ends with the return of its line\r', 'ends with the return of its line');
check('  blanks before and behind  ', '  blanks before and behind');
check('grüße 你好 🙂', 'grüße 你好 🙂');
check('a\tb', 'a       b');
check('^[[32mgreen^[[0m and ^[[1;38;5;208mbold^[[m', 'green and bold');
check('10 %\r20 %\r100 %', '100 %');
check('a long line\rshort', 'shortg line');
check('a long line\r^[[Kshort', 'short');
check('lxs\b\b^[[Js', 'ls');
check('abc\b\b \bX', 'aXc');
check('abcdef^[[3D^[[P', 'abcef');
check('abcdef^[[4D^[[2@', 'ab  cdef');
check('abc^[[5Cx', 'abc     x');
check('abc^[[2Gx', 'axc');
check('abcdef^[[3D^[[1K', '    ef');
check('abcdef^[[2K', '');
check('^[]0;title of the window\u0007~ # ls', '~ # ls');
check('^[]0;title^[\\~ # ls', '~ # ls');
check('~ # ^[[6nls', '~ # ls');
check('^[(B^[=keypad^[>', 'keypad');
check('cut off ^[[3', 'cut off');
check('bell\u0007 and zero\u0000', 'bell and zero');
