/** The server without a GDB: every packet is answered, once, whatever comes; and no client harms another. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { NO_CONDITIONS, SoloDriver, UserError, type Session } from '../../emulator/index.ts';
import { GdbServer, type GdbPeer } from '../../emulator/gdb-server/gdb-server.ts';
import { bytesOf, encodePacket, PACKET_BYTES_MAX, PacketReader } from '../../emulator/gdb-server/packets.ts';
import { live, randomFrom, recordHistory, reopen } from '../session/sessions.ts';

/** A client that counts what it gets. */
class RawClient {
  readonly peer: GdbPeer;
  /** Replies, console output apart. */
  readonly replies: string[] = [];
  readonly output: string[] = [];
  acks = 0;
  naks = 0;
  ended = false;
  readonly #reader = new PacketReader();
  #waiters: (() => void)[] = [];

  constructor(server: GdbServer) {
    this.peer = server.connect({
      write: (bytes) => {
        for (const event of this.#reader.push(bytes)) {
          if (event.kind === 'packet') (/^O([0-9a-f]{2})+$/.test(event.data) ? this.output : this.replies).push(event.data);
          else if (event.kind === 'ack') this.acks++;
          else if (event.kind === 'nak') this.naks++;
        }
        for (const wake of this.#waiters.splice(0)) wake();
      },
      end: () => {
        this.ended = true;
        for (const wake of this.#waiters.splice(0)) wake();
      },
    });
  }

  raw(text: string): void {
    this.peer.receive(bytesOf(text));
  }

  /** The reply to one packet. */
  async ask(data: string): Promise<string> {
    const count = this.replies.length;
    this.peer.receive(encodePacket(data));
    await this.until(() => this.replies.length > count);
    return this.replies[count] ?? '';
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => { this.#waiters.push(resolve); });
  }
}

const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(() => { setImmediate(resolve); }); });

describe('packets on a finished recording', () => {
  let session: Session;
  let server: GdbServer;
  let client: RawClient;
  before(async () => {
    const { bytes } = await recordHistory('interrupts', randomFrom(4));
    session = reopen(bytes);
    await session.seek(1000);
    server = new GdbServer(new SoloDriver(session));
    client = new RawClient(server);
    assert.match(await client.ask('qSupported:swbreak+;hwbreak+'), /PacketSize=8000;.*ReverseStep\+;ReverseContinue\+/);
  });
  after(() => { session.close(); });

  const rows: readonly (readonly [string, RegExp])[] = [
    ['?', /^T05.*20:[0-9a-f]{16};thread:1;$/],
    ['!', /^OK$/],
    ['g', /^[0-9a-f]{528}$/],
    ['p20', /^[0-9a-f]{16}$/],
    ['p0', /^0{16}$/],
    ['p1041', /^(00|01|03)0{14}$/], // priv
    ['p341', /^[0-9a-f]{16}$/], // mstatus
    ['p2000', /^E\.There is no register 8192\.$/],
    ['pzz', /^E\.The packet 'pzz' is malformed\.$/],
    ['P0=0000000000000000', /^OK$/],
    ['P341=ffffffffffffffff', /^E\.Control and status registers/],
    ['m80000000,4', /^[0-9a-f]{8}$/],
    ['m80000000,0', /^$/],
    ['m0,4', /^E0e$/],
    ['m80000000', /^E0e$/],
    ['x80000000,2', /^b[^]{2}$/],
    ['M80000000,2:zz00', /^E\./],
    ['M80000000,2:00', /^E\./],
    ['X80000000,0:', /^OK$/],
    ['Z0,80000000,2', /^OK$/],
    ['z0,80000000,2', /^OK$/],
    ['z0,80000000,2', /^OK$/],
    ['Z2,80000000,0', /^E\.There is no room/],
    ['Z5,80000000,4', /^$/],
    ['Z0,xyz,2', /^E\./],
    ['Z0,80000000,2;X3,220127', /^OK$/],
    ['Z0,80000000,2;X4,220127', /^E\./],
    ['z0,80000000,2', /^OK$/],
    ['Hg0', /^OK$/],
    ['Hc-1', /^OK$/],
    ['Hg2', /^E\./],
    ['T1', /^OK$/],
    ['T2', /^E\./],
    ['qC', /^QC1$/],
    ['qfThreadInfo', /^m1$/],
    ['qsThreadInfo', /^l$/],
    ['qThreadExtraInfo,1', /^[0-9a-f]+$/],
    ['qAttached', /^1$/],
    ['qAttached:1', /^1$/],
    ['qSymbol::', /^OK$/],
    ['qXfer:features:read:target.xml:0,20', /^m<\?xml version="1\.0"\?>\n<!DOCTYPE $/],
    ['qXfer:features:read:other.xml:0,20', /^E00$/],
    ['qXfer:features:read:target.xml:ffffff,20', /^l$/],
    ['qXfer:memory-map:read::0,fff', /^l<\?xml[^]*<\/memory-map>\n$/],
    ['qXfer:auxv:read::0,fff', /^$/],
    ['qRcmd,zz', /^E\./],
    ['qRcmd,', /^E01$/],
    ['qRcmd,706f736974696f6e', /^OK$/],
    ['vCont?', /^vCont;c;C;s;S;r$/],
    ['vCont;x', /^E\./],
    ['vCont;s:2', /^E\./],
    ['vCont;r80000000', /^E\./],
    ['vMustReplyEmpty', /^$/],
    ['vUnknown;1', /^$/],
    ['', /^$/],
    ['Q', /^$/],
    ['s', /^T05.*thread:1;$/],
    ['S05', /^T05/],
    ['s80000000', /^E\./],
    ['vCont;s:1;c', /^T05/],
    ['vCont;S05:1', /^T05/],
    ['bs', /^T05/],
    ['bx', /^$/],
    ['bc', /^T05replaylog:begin;/],
    ['bs', /^T05replaylog:begin;/],
    ['c', /^T05replaylog:end;/],
    ['vCont;c', /^T05replaylog:end;/],
    ['vCont;s', /^T05replaylog:end;/],
    ['vKill;1', /^OK$/],
    ['vRun;', /^T05/],
    ['Qqemu.PhyMemMode:1', /^OK$/],
    ['qqemu.PhyMemMode', /^1$/],
    ['m80000000,4', /^[0-9a-f]{8}$/],
    ['Qqemu.PhyMemMode:0', /^OK$/],
  ];
  for (const [data, expected] of rows) test(data === '' ? 'empty' : data, async () => { assert.match(await client.ask(data), expected); });

  test('memory and registers are what the session says', async () => {
    const { inspect } = session;
    assert.equal(await client.ask('m80000000,40'), Buffer.from(inspect.readVirtual(0x80000000n, 64)).toString('hex'));
    const general = await client.ask('g');
    for (let index = 0; index < 33; index++) {
      const value = Buffer.from(general.slice(16 * index, 16 * index + 16), 'hex').readBigUInt64LE();
      assert.equal(value, index === 32 ? inspect.pc : inspect.register(index), `register ${index}`);
    }
  });

  test('in the past nothing is written, and it says why', async () => {
    assert.match(await client.ask('P5=0100000000000000'), /^E\..*(past|recording)/i);
    assert.match(await client.ask('M80000000,1:00'), /^E\..*(past|recording)/i);
  });

  test('the whole description arrives in pieces', async () => {
    let xml = '';
    for (let last = false; !last; ) {
      const piece = await client.ask(`qXfer:features:read:target.xml:${xml.length.toString(16)},1f3`);
      last = piece.startsWith('l');
      xml += piece.slice(1);
    }
    for (const name of ['x0', 'x31', 'pc', 'f0', 'f31', 'fflags', 'frm', 'fcsr', 'mstatus', 'satp', 'pmpaddr15', 'mcycle', 'priv']) assert.match(xml, new RegExp(`<reg name="${name}" `), name);
    assert.equal(new Set([...xml.matchAll(/regnum="(\d+)"/g)].map(([, number]) => number)).size, [...xml.matchAll(/<reg /g)].length, 'numbers are unique');
  });

  test('a damaged packet is asked for again, a lost reply is sent again', async () => {
    const { naks } = client;
    client.raw('$qC#00');
    assert.equal(client.naks, naks + 1);
    await client.ask('qC');
    const count = client.replies.length;
    client.raw('-');
    assert.equal(client.replies.length, count + 1);
    assert.equal(client.replies.at(-1), 'QC1');
  });

  test('an oversized packet is refused', async () => {
    assert.match(await client.ask('m'.repeat(PACKET_BYTES_MAX + 1)), /^E\.The packet is longer/);
  });

  test('without acknowledgements', async () => {
    assert.equal(await client.ask('QStartNoAckMode'), 'OK');
    const { acks, naks } = client;
    await client.ask('qC');
    client.raw('$qC#00');
    assert.deepEqual([client.acks, client.naks], [acks, naks]);
  });

  test('any well-formed packet is answered exactly once; random bytes do no harm', async () => {
    const start = fc.constantFrom('?', 'g', 'G', 'p', 'P', 'm', 'M', 'x', 'X', 'c', 'C', 's', 'S', 'bc', 'bs', 'Z0,', 'Z2,', 'Z4,', 'z1,', 'H', 'T', 'vCont;', 'vCont;r', 'q', 'qRcmd,', 'qXfer:', 'qXfer:features:read:target.xml:', 'Q', '');
    const rest = fc.oneof(fc.stringMatching(/^[0-9a-f,:;=]{0,24}$/), fc.string({ unit: 'binary-ascii', maxLength: 30 }));
    const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 0x24 && byte !== 0x2d));
    // Kill and detach end the conversation.
    const packet = fc.tuple(start, rest, noise).filter(([name, text]) => !/^(k|D|vKill)/.test(name + text));
    await fc.assert(fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 6 }), async (packets) => {
      const wanted = client.replies.length + packets.length;
      for (const [name, text, between] of packets) {
        client.peer.receive(encodePacket(name + text));
        client.peer.receive(between);
      }
      await client.until(() => client.replies.length >= wanted);
      await settle();
      assert.equal(client.replies.length, wanted);
      assert.equal(await client.ask('qC'), 'QC1');
    }), { numRuns: 150 });
  });

  test('a second client is told why not, and the first one is not disturbed', async () => {
    const second = new RawClient(server);
    second.raw('+$qSupported:swbreak+#');
    assert.match(second.replies.join(), /^E\.Another debugger is connected/);
    assert.ok(second.ended);
    await second.peer.closed();
    assert.equal(await client.ask('qC'), 'QC1');
  });

  test('after a detach the next client finds the machine where it was left', async () => {
    const reply = await client.ask('D');
    assert.deepEqual([reply, client.ended], ['OK', true]);
    await client.peer.closed();
    const { position } = session.timeline(0);
    const next = new RawClient(server);
    assert.match(await next.ask('?'), /^T05/);
    assert.equal(session.timeline(0).position, position);
    next.raw('$k#6b');
    await next.until(() => next.ended);
    await next.peer.closed();
  });
});

describe('a guest that runs for ever', () => {
  let session: Session;
  let driver: SoloDriver;
  let server: GdbServer;
  before(() => {
    session = live('interrupts', { idle: 'sleep' });
    driver = new SoloDriver(session);
    server = new GdbServer(driver);
  });
  after(() => { session.close(); });

  test('Ctrl-C interrupts it', async () => {
    const client = new RawClient(server);
    await client.ask('?');
    const stop = client.ask('vCont;c');
    await settle();
    assert.ok(driver.moving);
    client.raw('\u0003');
    assert.match(await stop, /^T02/);
    assert.ok(!driver.moving);
    await client.peer.closed();
  });

  test('a client that vanishes leaves it standing', async () => {
    const client = new RawClient(server);
    await client.ask('?');
    void client.ask('c');
    await settle();
    assert.ok(driver.moving);
    await client.peer.closed();
    assert.ok(!driver.moving);
  });

  test('connecting interrupts what runs; what the client sends meanwhile is not lost', async () => {
    const run = driver.move('running', (control) => session.runForward(NO_CONDITIONS, control));
    const client = new RawClient(server);
    assert.match(await client.ask('?'), /^T05/);
    assert.equal((await run).reason, 'paused');
    await client.peer.closed();
  });

  test('a client that asks without end is disconnected', async () => {
    const client = new RawClient(server);
    await client.ask('?');
    void client.ask('c');
    await settle();
    for (let count = 0; count < 100; count++) client.peer.receive(encodePacket('qC'));
    assert.ok(client.ended);
    await client.peer.closed();
    assert.ok(!driver.moving);
  });

  test('while somebody else moves it, only continuing is possible: it joins', async () => {
    const client = new RawClient(server);
    await client.ask('?');
    await client.ask('qSupported:swbreak+');
    const abort = new AbortController();
    void driver.move('theirs', (control) => session.runForward(NO_CONDITIONS, { ...control, signal: abort.signal }));
    for (const packet of ['g', 's', 'bc', 'P5=0000000000000000', 'qThreadExtraInfo,1']) assert.match(await client.ask(packet), /^E\.The machine is running/, packet);
    assert.equal(await client.ask('m80000000,4'), 'E0e');
    const stop = client.ask('c');
    await settle();
    abort.abort();
    assert.match(await stop, /^T02/);
    await client.peer.closed();
  });
});

test('a driver that refuses', () => {
  const driver = new SoloDriver(live('interrupts'));
  void driver.move('first', () => new Promise(() => undefined));
  assert.throws(() => driver.move('second', () => Promise.reject(new Error())), UserError);
});
