import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IdentifiedQuery, IdTable, MAX_IN_FLIGHT } from '../../src/dns/id-table.js';

const asked = (name = 'a.example'): IdentifiedQuery => ({ question: { name, type: 1 }, id: -1 });

/** Draws these numbers, then counts. */
function draws(...numbers: number[]): () => number {
  let next = 0;
  return () => numbers.shift() ?? next++ % 65_536;
}

function answer(id: number, name = 'a.example'): Buffer {
  return encode({ id, type: 'response', questions: [{ name, type: 'A' }] });
}

function find(ids: IdTable<IdentifiedQuery>, bytes: Buffer) {
  return ids.find(bytes, 0, bytes.length);
}

describe('IdTable', () => {
  it('draws again while the id is taken', () => {
    const ids = new IdTable(draws(5, 5, 5, 9));
    const [first, second] = [asked(), asked()];
    ids.claim(first);
    ids.claim(second);
    expect([first.id, second.id]).toEqual([5, 9]);
  });

  it('finds who asked, by id and question', () => {
    const ids = new IdTable(draws(5));
    const query = asked();
    ids.claim(query);
    expect(find(ids, answer(5))).toEqual({ query, match: 'answer' });
    expect(find(ids, answer(6))).toBeUndefined();
    expect(find(ids, answer(5, 'b.example'))).toBeUndefined();
    expect(find(ids, Buffer.of(0))).toBeUndefined();
    expect(find(ids, Buffer.of(0, 5))).toBeUndefined();
  });

  it('finds whose a FORMERR without a question may be', () => {
    const ids = new IdTable(draws(5));
    const query = asked();
    ids.claim(query);
    const formerr = encode({ id: 5, type: 'response', flags: 1 });
    expect(find(ids, formerr)).toEqual({ query, match: 'error' });
  });

  it('finds nobody once the question is released, and gives the id again', () => {
    const ids = new IdTable(draws(5, 5));
    const [first, second] = [asked(), asked('b.example')];
    ids.claim(first);
    ids.release(first);
    expect(find(ids, answer(5))).toBeUndefined();
    ids.claim(second);
    expect(second.id).toBe(5);
    // A late answer to the first finds the second under its id, and another question.
    expect(find(ids, answer(5))).toBeUndefined();
    // Released twice, the first does not take the second's id away.
    ids.release(first);
    expect(find(ids, answer(5, 'b.example'))?.query).toBe(second);
  });

  it('has room for half of the ids', () => {
    const ids = new IdTable(draws());
    expect(ids.room).toBe(MAX_IN_FLIGHT);
    const queries = Array.from({ length: 100 }, () => asked());
    for (const query of queries) ids.claim(query);
    expect(ids.room).toBe(MAX_IN_FLIGHT - 100);
    for (const query of queries) {
      ids.release(query);
      ids.release(query);
    }
    expect(ids.room).toBe(MAX_IN_FLIGHT);
  });

  it('never has one id twice in flight, whatever is drawn, claimed and released', () => {
    const steps = fc.array(fc.oneof(fc.constant('claim' as const), fc.nat(30)), { maxLength: 200 });
    // Those that end in the same bits collide in the table.
    const ids = fc.infiniteStream(
      fc.oneof(
        fc.nat(40),
        fc.nat(63).map((high) => high * 1024),
      ),
    );
    fc.assert(
      fc.property(steps, ids, (plan, stream) => {
        const random = stream[Symbol.iterator]();
        const ids = new IdTable<IdentifiedQuery>(() => random.next().value as number);
        const inFlight: IdentifiedQuery[] = [];
        for (const step of plan) {
          if (step === 'claim' && inFlight.length < 30) {
            const query = asked();
            ids.claim(query);
            inFlight.push(query);
          } else if (step !== 'claim' && inFlight.length > step) {
            ids.release(inFlight.splice(step, 1)[0] as IdentifiedQuery);
          }
          expect(new Set(inFlight.map(({ id }) => id)).size).toBe(inFlight.length);
          for (const query of inFlight) {
            expect(find(ids, answer(query.id))?.query).toBe(query);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
