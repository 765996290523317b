import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchQuestion, type Question, readReply } from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';
import { isFull } from '../support/full.js';

const name = 'www.example.com';
const question: Question = { name, type: TYPE.A };
/** Messages of each kind; `npm run fuzz` goes on with its own for minutes. */
const numRuns = isFull ? 2000 : 400;

/** Whatever comes, there is a word about it: nothing is thrown and nothing read past the end. */
function survives(message: Uint8Array): void {
  // Bytes that do not belong to the message stand around it, as they do on a stream.
  const bytes = Buffer.concat([Buffer.alloc(5, 0xc0), message, Buffer.alloc(300, 0x3f)]);
  const match = matchQuestion(bytes, 5, 5 + message.length, question);
  expect(['answer', 'error', 'other']).toContain(match);
  if (match !== 'answer') return;
  const reply = readReply(bytes, 5, 5 + message.length, question);
  const alone = readReply(message, 0, message.length, question);
  expect(reply).toEqual(alone);
  if (reply) expect(reply.records.length).toBeGreaterThanOrEqual(reply.chain);
}

const owners = fc.constantFrom(name, 'a.example', 'b.example', 'WWW.example.com');
const answers: fc.Arbitrary<Answer[]> = fc.array(
  fc.oneof(
    fc.record({ name: owners, type: fc.constant('A'), data: fc.ipV4() }),
    fc.record({ name: owners, type: fc.constant('AAAA'), data: fc.ipV6() }),
    fc.record({ name: owners, type: fc.constantFrom('CNAME', 'NS', 'PTR'), data: owners }),
    fc.record({ name: owners, type: fc.constant('TXT'), data: fc.constant(['text', 'more']) }),
  ),
  { maxLength: 6 },
);

const messages = fc
  .record({ answers, authorities: answers, flags: fc.nat(0x7fff) })
  .map((sections) =>
    encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }], ...sections }),
  );

describe('a message that somebody made up', () => {
  it('may be any bytes at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), survives), { numRuns });
  });

  it('may begin like an answer to the question and go on with any bytes', () => {
    const head = encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }] });
    const counts = fc.uint8Array({ minLength: 6, maxLength: 6 });
    const rest = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0, 0, 1, 12, 0xc0)), {
      maxLength: 300,
    });
    const made = fc.tuple(counts, rest).map(([numbers, tail]) => {
      const bytes = Buffer.concat([head, Buffer.from(tail)]);
      bytes.set(numbers, 6);
      return bytes;
    });
    fc.assert(fc.property(made, survives), { numRuns });
  });

  it('may be cut anywhere', () => {
    fc.assert(
      fc.property(messages, fc.nat(500), (message, length) => {
        survives(message.subarray(0, Math.min(length, message.length)));
      }),
      { numRuns },
    );
  });

  it('may have any of its bytes changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(messages, changes, (message, list) => {
        for (const [at, byte] of list) message[at % message.length] = byte;
        survives(message);
      }),
      { numRuns },
    );
  });

  it('may point anywhere with its names', () => {
    const pointers = fc.array(fc.nat(200), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pointers, (targets) => {
        const head = encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }] });
        head.writeUInt16BE(targets.length, 6);
        const records = targets.map((target) =>
          Buffer.from([0xc0, target, 0, TYPE.CNAME, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, target]),
        );
        survives(Buffer.concat([head, ...records]));
      }),
      { numRuns },
    );
  });
});

describe('a message that promises much', () => {
  /** Milliseconds that the quickest of several readings took. */
  function quickest(read: () => void): number {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      read();
      return performance.now() - start;
    });
    return Math.min(...times);
  }

  it('claims 65,535 records of each section in its header, holds none, and is malformed at once', () => {
    const bytes = encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }] });
    bytes.fill(0xff, 6, 12);
    expect(readReply(bytes, 0, bytes.length, question)).toBeUndefined();
    expect(quickest(() => readReply(bytes, 0, bytes.length, question))).toBeLessThan(1);
  });

  it('is 12 bytes long and is nobody’s answer', () => {
    const bytes = Buffer.from('000180000000ffffffffffff', 'hex');
    expect(matchQuestion(bytes, 0, 12, question)).toBe('other');
    bytes.writeUInt16BE(0xffff, 4);
    expect(matchQuestion(bytes, 0, 12, question)).toBe('other');
    expect(quickest(() => matchQuestion(bytes, 0, 12, question))).toBeLessThan(1);
  });

  it('leads through thousands of pointers and is malformed', () => {
    const head = encode({ id: 1, type: 'response', questions: [{ name, type: 'A' }] });
    // The data of one record is a chain of pointers, each to the one before; the next record's
    // owner is its end. A message has room for thousands of such records.
    const chain = Buffer.alloc(10_000);
    const start = head.length + 11;
    for (let i = 2; i < chain.length; i += 2) chain.writeUInt16BE(0xc000 | (start + i - 2), i);
    const holder = Buffer.from([0, 0, 99, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 255]);
    const record = (pointers: number) => {
      const owner = 0xc000 | (start + 2 * (pointers - 1));
      return Buffer.from([owner >> 8, owner & 255, 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]);
    };
    head.writeUInt16BE(2, 6);
    const through = (pointers: number) => {
      const bytes = Buffer.concat([head, holder, chain, record(pointers)]);
      return readReply(bytes, 0, bytes.length, question);
    };
    expect(through(127)).toMatchObject({ records: [] });
    expect(through(128)).toBeUndefined();
    expect(through(5000)).toBeUndefined();
  });
});
