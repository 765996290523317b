import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asked, Exchange, MAX_IN_FLIGHT } from '../../src/dns/id-table.js';

const asked = (name = 'a.example'): Asked => ({ asking: { name, type: 1 }, id: -1 });

/** Draws these numbers, then counts. */
function draws(...numbers: number[]): () => number {
  let next = 0;
  return () => numbers.shift() ?? next++ % 65_536;
}

function answer(id: number, name = 'a.example'): Buffer {
  return encode({ id, type: 'response', questions: [{ name, type: 'A' }] });
}

function find(exchange: Exchange<Asked>, bytes: Buffer) {
  return exchange.find(bytes, 0, bytes.length);
}

describe('Exchange', () => {
  it('draws again while the id is taken', () => {
    const exchange = new Exchange(draws(5, 5, 5, 9));
    const [first, second] = [asked(), asked()];
    exchange.claim(first);
    exchange.claim(second);
    expect([first.id, second.id]).toEqual([5, 9]);
  });

  it('finds who asked, by id and question', () => {
    const exchange = new Exchange(draws(5));
    const query = asked();
    exchange.claim(query);
    expect(find(exchange, answer(5))).toEqual({ query, match: 'answer' });
    expect(find(exchange, answer(6))).toBeUndefined();
    expect(find(exchange, answer(5, 'b.example'))).toBeUndefined();
    expect(find(exchange, Buffer.of(0))).toBeUndefined();
    expect(find(exchange, Buffer.of(0, 5))).toBeUndefined();
  });

  it('finds whose a FORMERR without a question may be', () => {
    const exchange = new Exchange(draws(5));
    const query = asked();
    exchange.claim(query);
    const formerr = encode({ id: 5, type: 'response', flags: 1 });
    expect(find(exchange, formerr)).toEqual({ query, match: 'formerr' });
  });

  it('finds nobody once the question is released, and gives the id again', () => {
    const exchange = new Exchange(draws(5, 5));
    const [first, second] = [asked(), asked('b.example')];
    exchange.claim(first);
    exchange.release(first);
    expect(find(exchange, answer(5))).toBeUndefined();
    exchange.claim(second);
    expect(second.id).toBe(5);
    // A late answer to the first finds the second under its id, and another question.
    expect(find(exchange, answer(5))).toBeUndefined();
    // Released twice, the first does not take the second's id away.
    exchange.release(first);
    expect(find(exchange, answer(5, 'b.example'))?.query).toBe(second);
  });

  it('has room for half of the ids', () => {
    const exchange = new Exchange(draws());
    expect(exchange.room).toBe(MAX_IN_FLIGHT);
    const queries = Array.from({ length: 100 }, () => asked());
    for (const query of queries) exchange.claim(query);
    expect(exchange.room).toBe(MAX_IN_FLIGHT - 100);
    for (const query of queries) {
      exchange.release(query);
      exchange.release(query);
    }
    expect(exchange.room).toBe(MAX_IN_FLIGHT);
  });

  it('never has one id twice in flight, whatever is drawn, claimed and released', () => {
    const steps = fc.array(fc.oneof(fc.constant('claim' as const), fc.nat(30)), { maxLength: 200 });
    const ids = fc.infiniteStream(fc.nat(40));
    fc.assert(
      fc.property(steps, ids, (plan, stream) => {
        const random = stream[Symbol.iterator]();
        const exchange = new Exchange<Asked>(() => random.next().value as number);
        const inFlight: Asked[] = [];
        for (const step of plan) {
          if (step === 'claim' && inFlight.length < 30) {
            const query = asked();
            exchange.claim(query);
            inFlight.push(query);
          } else if (step !== 'claim' && inFlight.length > step) {
            exchange.release(inFlight.splice(step, 1)[0] as Asked);
          }
          expect(new Set(inFlight.map(({ id }) => id)).size).toBe(inFlight.length);
          for (const query of inFlight) {
            expect(find(exchange, answer(query.id))?.query).toBe(query);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
