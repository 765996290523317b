import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { cachedLookup } from '../../src/http/cached-lookup.js';

const addresses = [
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
];

/** A look-up that gives the codes in turn, and the addresses for ''. */
function scripted(...codes: string[]) {
  const asked: string[] = [];
  const lookup = cachedLookup((host, _options, answer) => {
    const code = codes[asked.push(host) - 1];
    const error = code ? Object.assign(new Error(code), { code }) : null;
    setImmediate(() => answer(error, error ? [] : addresses));
  });
  const find = (host: string, all = true) =>
    new Promise<string | LookupAddress[]>((resolve) =>
      lookup(host, { all }, (error, found) => resolve(error?.code ?? found)),
    );
  return { asked, find };
}

it('asks once for a host, however many connections want it at once or later', async () => {
  const { asked, find } = scripted();
  const found = await Promise.all([find('a'), find('a'), find('b')]);
  expect(found).toEqual([addresses, addresses, addresses]);
  expect(await find('a')).toEqual(addresses);
  expect(asked).toEqual(['a', 'b']);
});

it('gives one address to who wants one', async () => {
  expect(await scripted().find('a', false)).toBe('192.0.2.1');
});

it('keeps that a host does not exist, and nothing that may pass', async () => {
  const { asked, find } = scripted('ENOTFOUND', 'EAI_AGAIN', '');
  expect([await find('gone'), await find('gone')]).toEqual(['ENOTFOUND', 'ENOTFOUND']);
  expect(await find('slow')).toBe('EAI_AGAIN');
  expect(await find('slow')).toEqual(addresses);
  expect(asked).toEqual(['gone', 'slow', 'slow']);
});
