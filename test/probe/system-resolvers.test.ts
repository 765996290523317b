import * as dns from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openProber } from '../../src/probe/prober.js';

vi.mock('node:dns', { spy: true });
afterEach(() => vi.restoreAllMocks());

describe('the resolvers of the system', () => {
  it.each([
    [[], 'the system has none; name one with -r'],
    [['not an address'], 'the system has `not an address`; name one with -r'],
  ])('that are none are an error at once: %j', async (servers, message) => {
    vi.mocked(dns.getServers).mockReturnValue(servers);
    await using prober = openProber();
    await expect(prober.probe('def.dev')).rejects.toThrow(message);
  });

  it('may have a zone', async () => {
    vi.mocked(dns.getServers).mockReturnValue(['fe80::1%lo']);
    await using prober = openProber({ outage: 0.1, timeout: 0.1, tries: 1 });
    expect(await prober.probe('def.dev')).toMatchObject({ status: 'unknown' });
  });
});
