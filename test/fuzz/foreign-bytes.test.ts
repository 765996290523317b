/**
 * Every parser of bytes that others wrote, fed with damaged forms of what it expects: `npm run fuzz --
 * --minutes 5` goes on for as long as that, with another seed each time.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/core/crc32.js';
import { FrameReader } from '../../src/dns/frames.js';
import { matchQuestion, readKeepalive, readReply } from '../../src/dns/message.js';
import { classifyReply } from '../../src/dns/reply-class.js';
import { TYPE } from '../../src/dns/types.js';
import { countryIn } from '../../src/flags/metadata.js';
import { faultIn } from '../../src/fleet/check-result.js';
import { readJob, readResult } from '../../src/fleet/protocol.js';
import { decodeBody } from '../../src/http/decode-body.js';
import { parseHeader } from '../../src/http/header.js';
import { Reply } from '../../src/http/reply.js';
import { retryAfter } from '../../src/http/retry-after.js';
import { isTruncated } from '../../src/images/image-end.js';
import { imageExtension } from '../../src/images/image-type.js';
import { nonImageKind } from '../../src/images/non-image-kind.js';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../src/journal/snapshot.js';
import { entriesOf } from '../../src/names/entries.js';
import { detectFormats, listFormatNames, namesOn } from '../../src/names/list-formats.js';
import { formats } from '../../src/output/formats.js';
import { parseBootstrap } from '../../src/registration/bootstrap.js';
import { readRdapResponse } from '../../src/registration/rdap-verdict.js';
import { registrableDomain } from '../../src/registration/registrable-domain.js';
import { openDnsServer } from '../../src/server/dns-server.js';
import { openFlagServer } from '../../src/server/flag-server.js';
import { openRegistryServer } from '../../src/server/registry-server.js';
import { isSafeName } from '../../src/storage/file-name.js';
import { parseRecord } from '../../src/storage/manifest-record.js';
import { readResolverList } from '../../src/transports/resolver-list.js';
import { gif, png } from '../support/images.js';
import { damaged, damagedText, fuzz } from './damaged.js';

const json = (value: unknown) => JSON.stringify(value);

describe('a parser of foreign bytes', () => {
  const snapshot: Snapshot = {
    run: 'r',
    settings: { format: 'tsv', tld: 'dev' },
    output: { bytes: 1234, crc: 5 },
    input: { texts: 3, crc: 6 },
    done: { low: 8, high: 20, bits: Buffer.from([1, 2]).toString('base64') },
    tally: { found: 2, missing: 1, 'missing nxdomain': 1 },
    seconds: 1.5,
    finished: false,
  };

  it('reads a snapshot, or calls it damaged', async () => {
    const read = (body: string) => {
      const crc = crc32(body).toString(16).padStart(8, '0');
      const found = decodeSnapshot(`flagprobe-resume 1 ${crc}\n${body}`);
      if (typeof found === 'string') return;
      const { low, high, bits } = found.done;
      const bytes = Math.ceil(high / 8) - Math.floor(low / 8);
      expect(Buffer.from(bits, 'base64')).toHaveLength(bytes);
      // What is believed can be written again, and is the same then.
      expect(decodeSnapshot(encodeSnapshot(found))).toEqual(found);
    };
    const numbers = fc.oneof(fc.nat(40), fc.integer(), fc.double());
    const bits = fc.uint8Array({ maxLength: 4 }).map((all) => Buffer.from(all).toString('base64'));
    const done = fc.record({ low: numbers, high: numbers, bits });
    expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot);
    await fuzz(damagedText([json(snapshot)]), read);
    await fuzz(done, (other) => read(json({ ...snapshot, done: other })));
    await fuzz(damagedText([encodeSnapshot(snapshot)]), (text) => {
      expect(['string', 'object']).toContain(typeof decodeSnapshot(text));
    });
  });

  it('takes no name out of a manifest that leads elsewhere', async () => {
    const record = json({
      ...{ url: 'https://a.example/br.gif', code: 'BR', file: 'BR.gif', status: 'ok' },
      ...{ reason: null, http_status: 200, etag: '"x"', last_modified: null, bytes: 10 },
      ...{ sha256: '0'.repeat(64), time: '2026-01-01T00:00:00Z' },
    });
    expect(parseRecord(record)?.file).toBe('BR.gif');
    await fuzz(damagedText([record, record.replace('BR.gif', '../../etc/passwd')]), (text) => {
      const read = parseRecord(text);
      if (read?.file != null) expect(isSafeName(read.file)).toBe(true);
      expect(json(read ?? {})).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
    });
  });

  it('reads the country out of metadata, or nothing', async () => {
    await fuzz(damaged([json({ country: 'Brazil', iso_cc: 'BR' })]), (bytes) => {
      expect(['string', 'undefined']).toContain(typeof countryIn(bytes, 'BR'));
    });
  });

  it('never calls a name unregistered for anything but a 404', async () => {
    const answers = [
      json({ objectClassName: 'domain', ldhName: 'x.dev', status: ['active', 'client hold'] }),
      json({ errorCode: 404, title: 'Not Found', notices: [{ title: 'Blocked Domain' }] }),
    ];
    const statuses = fc.constantFrom(200, 204, 302, 403, 404, 404, 404, 410, 429, 500);
    await fuzz(fc.tuple(statuses, damaged(answers)), ([status, body]) => {
      const { kind, ...rest } = readRdapResponse({ status, body }, 'x.dev');
      if (kind === 'not-found') expect(status).toBe(404);
      if (kind === 'registered') expect(status).toBe(200);
      if ('registryStatus' in rest) expect(rest.registryStatus.length).toBeLessThanOrEqual(16);
    });
  });

  it('reads a table of registries, or none', async () => {
    const table = json({
      publication: '2026-01-01T00:00:00Z',
      services: [
        [
          ['dev', 'app'],
          ['http://a.example/', 'https://a.example/rdap/'],
        ],
        [['br'], ['https://rdap.registro.br/']],
      ],
    });
    expect(parseBootstrap(table, 1)?.size).toBe(3);
    await fuzz(damagedText([table]), (text) => {
      const base = parseBootstrap(text, 1)?.serverOf('x.dev')?.base;
      if (base !== undefined) expect(new URL(base).protocol).toBe('https:');
    });
  });

  it('finds the registrable domain of a name, or none', async () => {
    await fuzz(
      damagedText(['www.example.com.br', 'a.b.ck', 'xn--p1ai', '192.0.2.1', '[::1]', '..']),
      (name) => {
        const found = registrableDomain(name);
        if ('domain' in found) expect(name.endsWith(found.domain)).toBe(true);
      },
    );
  });

  it('takes a job or a result for what it is, and believes none by chance', async () => {
    const job = { protocol: '3', run: 'r', chunk: 0, plan: '{}', names: ['a.dev'], avoid: [] };
    await fuzz(damagedText([json(job)]), (text) => {
      let data: unknown;
      try {
        data = JSON.parse(text);
      } catch {
        return;
      }
      const read = readJob(data);
      if (read) expect(read.names.every((name) => typeof name === 'string')).toBe(true);
    });
    const style = { isTerminal: false, records: false, paint: (_: unknown, text: string) => text };
    const lines = 'def.dev\tfound\nnone.dev\tmissing\n';
    const tally = json({ found: 1, missing: 1, 'missing nxdomain': 1, 'missing nodata': 0 });
    const expected = { format: formats.tsv.probe(style), only: [], tlds: [], rules: {} };
    const check = (fields: Record<string, string>) => {
      const result = readResult(Object.entries({ run: 'r', chunk: '0', ...fields }).flat());
      return result && faultIn(result, ['def.dev', 'none.dev'], expected);
    };
    expect(check({ names: '2', tally, lines })).toBeUndefined();
    await fuzz(fc.tuple(damagedText([lines]), damagedText([tally])), ([otherLines, otherTally]) => {
      const fault = check({ names: '2', tally: otherTally, lines: otherLines });
      if (fault !== undefined) return;
      const names = otherLines
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]);
      expect(names.sort()).toEqual(['def.dev', 'none.dev']);
    });
  });

  it('reads a list of resolvers, or names the line that is none', async () => {
    const list =
      'nameserver 192.0.2.1\n# x\n192.0.2.1#53, [2001:db8::1]:53\ntls://a.example\nhttps://a.example/q{?dns}\nfe80::1%eth0\n';
    await fuzz(damagedText([list]), (text) => {
      try {
        expect(readResolverList('list', text.split('\n')).length).toBeGreaterThan(0);
      } catch (error) {
        expect((error as Error).name).toBe('UsageError');
      }
    });
  });

  it('reads names out of a list of any format', async () => {
    const lists = [
      '0.0.0.0 ads.example # x',
      '||ads.example^$third-party',
      '1,example.com',
      'example.com:443',
      'https://a.example/x',
      'local-zone: "a.example" refuse',
    ];
    await fuzz(damagedText(lists), (line) => {
      detectFormats([line]);
      for (const format of listFormatNames) {
        for (const { name, invalid } of entriesOf(namesOn(line, [format]), [], {})) {
          if (!invalid) expect(name.length).toBeLessThanOrEqual(253);
        }
      }
    });
  });

  const question = { name: 'www.example.com', type: TYPE.A };
  const questions = [{ name: question.name, type: 'A' as const }];
  const message = encode({
    ...{ id: 1, type: 'response', flags: 0x8180, questions },
    answers: [
      { type: 'CNAME', name: question.name, data: 'a.example.com' },
      { type: 'A', name: 'a.example.com', ttl: 60, data: '192.0.2.1' },
    ],
    authorities: [{ type: 'NS', name: 'example.com', data: 'ns.example.com' }],
    additionals: [optOf(100)],
  });

  it('reads a DNS message to its end and no further', async () => {
    await fuzz(damaged([message]), (bytes) => {
      const around = Buffer.concat([Buffer.alloc(5, 0xc0), bytes, Buffer.alloc(300, 0x3f)]);
      const [start, end] = [5, 5 + bytes.length];
      if (matchQuestion(around, start, end, question) !== 'answer') return;
      readKeepalive(around, start, end);
      const reply = readReply(around, start, end, question);
      expect(reply).toEqual(readReply(bytes, 0, bytes.length, question));
      if (reply) classifyReply(reply);
    });
  });

  it('cuts a stream into DNS messages, however it comes', async () => {
    const framed = Buffer.concat([Buffer.from([0, message.length]), message]);
    await fuzz(fc.array(damaged([framed]), { maxLength: 4 }), (parts) => {
      const reader = new FrameReader();
      let length = 0;
      for (const part of parts)
        reader.push(Buffer.from(part), (_, from, to) => {
          length += to - from;
        });
      expect(length).toBeLessThanOrEqual(parts.reduce((sum, part) => sum + part.length, 0));
    });
  });

  it('decodes a body, or says why not', async () => {
    const text = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'.repeat(20));
    const encodings = fc.constantFrom('gzip', 'br', 'gzip, br', 'identity', 'x');
    const bodies = damaged([gzipSync(text), brotliCompressSync(text), text]);
    await fuzz(fc.tuple(encodings, bodies), async ([encoding, body]) => {
      const headers = [Buffer.from('content-encoding'), Buffer.from(encoding)];
      const reply = new Reply({ status: 200, phrase: 'OK', headers }, body);
      const decoded = await decodeBody(reply, { maxSize: 10_000 });
      if ('bytes' in decoded) expect(decoded.bytes.length).toBeLessThanOrEqual(10_000);
    });
  });

  it('tells an image by its bytes, and whether it is whole', async () => {
    const images = [
      gif,
      png,
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg></svg>',
      'RIFF\x04\0\0\0WEBPVP8 ',
      Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb0004aaffd9', 'hex'),
    ];
    await fuzz(damaged(images), (bytes) => {
      const extension = imageExtension(bytes);
      isTruncated(bytes, extension);
      expect(nonImageKind(bytes).length).toBeGreaterThan(0);
    });
  });

  it('reads a header, and how long to wait', async () => {
    const texts = ['120', 'Fri, 01 Jan 2100 00:00:00 GMT', 'x-a: b', 'Authorization:  Basic eA=='];
    await fuzz(fc.tuple(damagedText(texts), damagedText(texts)), ([text, date]) => {
      parseHeader(text);
      const ms = retryAfter(text, date, 1_800_000_000_000);
      if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
    });
  });
});

/** An OPT record with a keepalive time (RFC 7828). */
function optOf(timeout: number): Answer {
  const options = [{ code: 11, timeout }];
  return { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, options } as never;
}

describe('an embedded server', () => {
  /** Sends bytes, and resolves when the server has closed the connection, whatever it answered. */
  async function send(port: number, bytes: Uint8Array): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.end(bytes);
    await once(socket, 'close');
  }

  it('answers a damaged HTTP request or closes, and serves the next', async () => {
    await using flags = await openFlagServer();
    await using registries = await openRegistryServer();
    const ports = [
      flags.port,
      ...[...registries.bases.values()].map((base) => Number(new URL(base).port)),
    ];
    const requests = [
      'GET /flags/br/br.gif HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'GET /domain/pass.dev HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'POST /domain/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ];
    await fuzz(
      fc.tuple(fc.constantFrom(...ports), damaged(requests)),
      ([port, bytes]) => send(port, bytes),
      40,
    );
    expect((await fetch(`${flags.url}/br/br.gif`)).status).toBe(200);
    expect((await fetch(`${registries.bases.get('dev')}domain/pass.dev`)).status).toBe(200);
  });

  it('answers a damaged DNS query or closes, and serves the next', async () => {
    await using server = await openDnsServer();
    const query = encode({ id: 7, type: 'query', questions: [{ name: 'def.dev', type: 'A' }] });
    const framed = Buffer.concat([Buffer.from([0, query.length]), query]);
    await fuzz(damaged([framed]), (bytes) => send(server.port, bytes), 40);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(framed);
    const [reply] = await once(socket, 'data');
    expect(reply.readUInt16BE(2)).toBe(7);
    socket.destroy();
  });
});
