import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import { type DnsServer, openDnsServer } from '../../src/server/dns-server.js';
import { practiceZone } from '../../src/server/practice-zone.js';
import type { Zone } from '../../src/server/zone.js';
import { freePort } from '../support/free-port.js';

const zone: Zone = {
  origins: ['dev'],
  records: [
    ...practiceZone.records,
    // 30 addresses are more than 512 bytes and fewer than 1,232; 100 are more than both.
    ...Array.from({ length: 30 }, (_, i) => ({
      name: 'many.dev',
      type: TYPE.A,
      data: `192.0.2.${i}`,
    })),
    ...Array.from({ length: 100 }, (_, i) => ({
      name: 'more.dev',
      type: TYPE.A,
      data: `192.0.2.${i}`,
    })),
    // Few records and many bytes.
    ...Array.from({ length: 7 }, (_, i) => ({
      name: 'long.dev',
      type: TYPE.NS,
      data: `${`${'x'.repeat(60)}.`.repeat(3)}ns${i}.dev`,
    })),
  ],
};

let server: DnsServer;
beforeAll(async () => {
  server = await openDnsServer({ zone });
});
afterAll(() => server.close());

const query = (name: string, type = 'A', rest: Packet = {}) =>
  encode({ id: 4711, flags: 0x0100, questions: [{ name, type }], ...rest });

const edns = (size: number) => ({
  additionals: [{ name: '.', type: 'OPT', udpPayloadSize: size }],
});

/** What comes back over UDP; the last of several datagrams must be one that is answered. */
async function overUdp(...messages: Buffer[]): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    for (const message of messages) socket.send(message, server.port, server.host);
    const [bytes] = await once(socket, 'message');
    return bytes;
  } finally {
    socket.close();
  }
}

/** The answers to messages that are written in one piece, or in these pieces. */
async function overTcp(count: number, ...pieces: Buffer[]): Promise<DecodedPacket[]> {
  const socket = connect(server.port, server.host);
  try {
    await once(socket, 'connect');
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    let bytes = Buffer.alloc(0);
    const answers: DecodedPacket[] = [];
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const end = 2 + bytes.readUInt16BE(0);
        answers.push(decode(bytes.subarray(2, end)));
        bytes = bytes.subarray(end);
      }
      if (answers.length >= count) break;
    }
    return answers;
  } finally {
    socket.destroy();
  }
}

function frame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
}

describe('the DNS server over UDP', () => {
  it('answers with the authority of its zone and the id, RD and question of the query', async () => {
    expect(decode(await overUdp(query('def.dev')))).toMatchObject({
      id: 4711,
      type: 'response',
      flag_aa: true,
      flag_rd: true,
      flag_tc: false,
      rcode: 'NOERROR',
      questions: [{ name: 'def.dev', type: 'A', class: 'IN' }],
      answers: [{ name: 'def.dev', type: 'A', ttl: 300, data: '192.0.2.1' }],
      additionals: [],
    });
  });

  it('echoes the case of the question, and does not mind it', async () => {
    const reply = decode(await overUdp(query('DeF.dEv')));
    expect(reply.questions).toMatchObject([{ name: 'DeF.dEv' }]);
    expect(reply.answers).toMatchObject([{ data: '192.0.2.1' }]);
  });

  it.each([
    ['ipv6.dev', 'AAAA', [{ type: 'AAAA', data: '2001:db8::6' }]],
    ['mail.dev', 'MX', [{ type: 'MX', data: { preference: 10, exchange: 'def.dev' } }]],
    ['dev', 'NS', [{ type: 'NS', data: 'ns.dev' }]],
    ['dev', 'SOA', [{ type: 'SOA', data: { mname: 'ns.dev', serial: 1, minimum: 300 } }]],
    ['alias.dev', 'A', [{ type: 'CNAME', data: 'def.dev' }, { data: '192.0.2.1' }]],
  ])('knows %s %s', async (name, type, answers) => {
    expect(decode(await overUdp(query(name, type)))).toMatchObject({ rcode: 'NOERROR', answers });
  });

  it.each([
    ['ipv6.dev', 'A', 'NOERROR'],
    ['none.dev', 'A', 'NXDOMAIN'],
    ['dangling.dev', 'A', 'NXDOMAIN'],
  ])('says that there is no %s %s with the SOA beside it', async (name, type, rcode) => {
    expect(decode(await overUdp(query(name, type)))).toMatchObject({
      rcode,
      authorities: [{ name: 'dev', type: 'SOA' }],
    });
  });

  it('refuses what is outside of its zone', async () => {
    expect(decode(await overUdp(query('example.com')))).toMatchObject({
      rcode: 'REFUSED',
      questions: [{ name: 'example.com' }],
      answers: [],
    });
  });

  it.each([
    ['many.dev', undefined, true],
    ['many.dev', 512, true],
    ['many.dev', 1232, false],
    // Less than 512 counts as 512 (RFC 6891, 6.2.3).
    ['def.dev', 0, false],
    ['more.dev', 1232, true],
    ['more.dev', 4096, false],
  ])('%s for a client that takes %s bytes: truncated %s', async (name, size, truncated) => {
    const bytes = await overUdp(query(name, 'A', size === undefined ? {} : edns(size)));
    expect(bytes.length).toBeLessThanOrEqual(Math.max(512, size ?? 0));
    const reply = decode(bytes);
    expect(reply).toMatchObject({ flag_tc: truncated, questions: [{ name }] });
    expect(reply.answers.length > 0).toBe(!truncated);
    if (size !== undefined && !truncated) {
      expect(reply.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
    }
  });

  it.each<[string, Buffer, string]>([
    [
      'two questions',
      query('a.dev', 'A', {
        questions: [
          { name: 'a.dev', type: 'A' },
          { name: 'b.dev', type: 'A' },
        ],
      }),
      'FORMERR',
    ],
    ['no question', query('a.dev', 'A', { questions: [] }), 'FORMERR'],
    ['half a question', query('a.dev').subarray(0, 15), 'FORMERR'],
    [
      'a question that points at itself',
      Buffer.from('126700000001000000000000c00c00010001', 'hex'),
      'FORMERR',
    ],
    ['an update', query('a.dev', 'A', { flags: 5 << 11 }), 'NOTIMP'],
  ])('answers %s with 12 bytes', async (_, message, rcode) => {
    const bytes = await overUdp(message);
    expect(bytes).toHaveLength(12);
    expect(decode(bytes)).toMatchObject({ id: 4711, type: 'response', rcode });
  });

  it('says nothing to an answer, nor to what is no message', async () => {
    const response = encode({ id: 1, type: 'response', questions: [{ name: 'a.dev', type: 'A' }] });
    const bytes = await overUdp(response, Buffer.alloc(0), Buffer.alloc(11), query('def.dev'));
    expect(decode(bytes).id).toBe(4711);
  });
});

describe('the DNS server over TCP', () => {
  it('answers many queries of one write, each with its id', async () => {
    const names = ['def.dev', 'none.dev', 'more.dev'];
    const queries = names.map((name, id) => frame(query(name, 'A', { id })));
    const answers = await overTcp(3, Buffer.concat(queries));
    expect(answers.map(({ id, rcode, flag_tc }) => [id, rcode, flag_tc])).toEqual([
      [0, 'NOERROR', false],
      [1, 'NXDOMAIN', false],
      [2, 'NOERROR', false],
    ]);
    expect(answers[2]?.answers).toHaveLength(100);
  });

  it('answers a query that comes byte by byte', async () => {
    const bytes = [...frame(query('def.dev'))].map((byte) => Buffer.of(byte));
    expect(await overTcp(1, ...bytes)).toMatchObject([{ id: 4711, rcode: 'NOERROR' }]);
  });
});

describe('opening and closing', () => {
  it('listens for UDP and TCP on one port, which is free again afterwards', async () => {
    const first = await openDnsServer({ port: await freePort() });
    await first.close();
    await using second = await openDnsServer({ port: first.port });
    expect(second.port).toBe(first.port);
  });

  it('rejects when the port is taken, and leaves nothing open', async () => {
    await expect(openDnsServer({ port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    const port = await freePort();
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await once(socket, 'listening');
    await expect(openDnsServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    socket.close();
    await once(socket, 'close');
    await (await openDnsServer({ port })).close();
  });

  it('sends away whoever is connected', async () => {
    const other = await openDnsServer();
    const client = connect(other.port, other.host);
    await once(client, 'connect');
    client.write(frame(query('def.dev')));
    await once(client, 'data');
    const closed = once(client, 'close');
    await other.close();
    await closed;
  });
});

describe('the DNS server and a client that does not read', () => {
  it('stops reading from it while its answers wait', async () => {
    const socket = connect(server.port, server.host);
    socket.pause();
    await once(socket, 'connect');
    // 200,000 questions, whose answers would be 300 MB.
    const questions = Array.from({ length: 2000 }, () => frame(query('long.dev', 'NS')));
    socket.write(Buffer.concat(Array.from({ length: 100 }, () => Buffer.concat(questions))));
    // The server shares this event loop: it has stopped reading when nothing moves for many turns.
    for (let still = 0, before = -1; still < 50; ) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      still = socket.writableLength === before ? still + 1 : 0;
      before = socket.writableLength;
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    // It is heard again when it reads.
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.resume();
    await expect.poll(() => bytes).toBeGreaterThan(10_000_000);
    socket.destroy();
  });

  it('takes a question that comes byte by byte', async () => {
    const pieces = [...frame(query('def.dev'))].map((byte) => Buffer.of(byte));
    expect(await overTcp(1, ...pieces)).toMatchObject([{ answers: [{ data: '192.0.2.1' }] }]);
  });
});
