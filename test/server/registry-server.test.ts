import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryServer, type RegistryServer } from '../../src/server/registry-server.js';

let server: RegistryServer;
beforeEach(async () => {
  server = await openRegistryServer();
});
afterEach(() => server.close());

const ask = (name: string, init?: RequestInit) =>
  fetch(`${server.bases.get(name.split('.').at(-1) as string)}domain/${name}`, init);

describe('the practice registries', () => {
  it('know what the DNS knows, and their own name', async () => {
    for (const name of ['def.dev', 'ipv6.dev', 'nic.dev', 'with.app', 'nic.app']) {
      const response = await ask(name);
      expect(response.headers.get('content-type')).toBe('application/rdap+json');
      expect(await response.json()).toMatchObject({ objectClassName: 'domain', ldhName: name });
    }
  });

  it.each([
    ['pass.dev', ['client hold', 'client transfer prohibited']],
    ['else.dev', ['pending delete', 'redemption period']],
    ['true.dev', ['reserved']],
    ['in.app', ['client hold']],
  ])('know that %s is registered though the DNS does not: %o', async (name, status) => {
    expect(await (await ask(name)).json()).toMatchObject({ ldhName: name, status });
  });

  it.each([
    ['for.dev', 404],
    ['none.dev', 404],
    ['page.dev', 404],
    ['limited.app', 429],
  ])('answer for %s with %d', async (name, status) => {
    expect((await ask(name)).status).toBe(status);
  });

  it('want peace once for busy.dev', async () => {
    const statuses = [await ask('busy.dev'), await ask('busy.dev')].map(({ status }) => status);
    expect(statuses).toEqual([429, 404]);
  });

  it('cut an answer short, and redirect in a circle', async () => {
    await expect((await ask('cut.dev')).text()).rejects.toThrow();
    const response = await ask('loop.dev', { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'loop.dev']);
  });

  it('answer for their own TLD only', async () => {
    const base = server.bases.get('dev');
    expect((await fetch(`${base}domain/def.app`)).status).toBe(400);
    expect((await fetch(`${base}other`)).status).toBe(400);
    expect((await ask('def.dev', { method: 'POST' })).status).toBe(405);
  });
});
