/** What a person, a cat on the keyboard and a clipboard send to a shell. */
export type Random = (below: number) => number;

const COMMANDS: readonly string[] = [
  'ls -lR /proc/self 2>/dev/null | md5sum', 'for i in 1 2 3 4 5 6 7 8; do (sleep 0.0$i; echo $i) & done; wait', 'dd if=/dev/zero of=/tmp/zero bs=64k count=20 2>&1',
  'head -c 20000 /dev/urandom | md5sum', 'i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; echo counted $i', "echo 2 3 | awk '{ print $1 ^ 0.5, sin($2), exp($1) }'",
  'find / -xdev 2>/dev/null | wc -l', 'cat /proc/meminfo | head -3', 'yes | head -c 5000 | wc -c', 'true', 'sleep 0.1', 'cat', 'vi /tmp/text', 'top -b -n 1 | head -5', 'false || echo no',
  'mkdir -p /tmp/a/b/c && rm -r /tmp/a', 'gzip -c /bin/busybox | head -c 200000 | md5sum', 'dmesg | tail -2', 'free; sync', 'echo $RANDOM $$ > /tmp/r; cat /tmp/r',
  'f() { [ $1 -gt 0 ] && f $(($1-1)); }; f 30', 'mount -t tmpfs none /mnt && umount /mnt', 'kill -9 $$x', 'export A=$(seq 1 300 | tr "\\n" " "); echo ${#A}', 'trap "echo int" INT',
];
/** Ctrl-C, Ctrl-Z, Ctrl-\, Ctrl-L, Ctrl-U, Ctrl-R, Escape, arrows, Tab, Backspace, Delete. */
const KEYS: readonly string[] = ['\x03', '\x03', '\x1a', '\x1c', '\x0c', '\x15', '\x12', '\x1b', '\x1b[A', '\x1b[B', '\x1b[D', '\t', '\x7f', '\x1b[3~', '\r'];
/** Ctrl-D ends the shell, and so the guest: seldom. */
const END_OF_FILE = 4;
const PASTE_SIZE_MAX = 6000;
const GARBAGE_SIZE_MAX = 200;

function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

function garbage(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random(GARBAGE_SIZE_MAX) }, () => {
    const byte = random(256);
    return byte === END_OF_FILE && random(20) !== 0 ? 0x20 : byte;
  });
}

function paste(random: Random): string {
  const lines: string[] = [];
  for (let size = 0; size < 500 + random(PASTE_SIZE_MAX);) {
    const line = `line ${lines.length} ${'abcdefgh'.repeat(random(10))}`;
    lines.push(line);
    size += line.length + 1;
  }
  return random(2) === 0 ? `cat > /tmp/paste << END\n${lines.join('\n')}\nEND\nmd5sum /tmp/paste\n` : lines.map((line) => `# ${line}`).join('\n');
}

/** What it is, and its bytes. */
export function randomInput(random: Random): { readonly kind: string; readonly bytes: Uint8Array } {
  const kind = random(10);
  // Whatever reads the keyboard is first left.
  const command = (): string => `${random(3) === 0 ? '\x03' : ''}${pick(random, COMMANDS)}\n`;
  if (kind < 5) return { kind: 'command', bytes: Buffer.from(command()) };
  if (kind < 7) return { kind: 'keys', bytes: Buffer.from([...new Array(1 + random(6)).keys()].map(() => pick(random, KEYS)).join('')) };
  if (kind < 8) return { kind: 'garbage', bytes: garbage(random) };
  if (kind < 9) return { kind: 'paste', bytes: Buffer.from(paste(random)) };
  return { kind: 'commands', bytes: Buffer.from([...new Array(3).keys()].map(command).join('')) };
}
