import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { countries } from '../../src/flags/codes.js';
import { imageExtension } from '../../src/images/image-type.js';
import {
  type FlagServer,
  type FlagServerOptions,
  openFlagServer,
  type RequestRecord,
} from '../../src/server/flag-server.js';
import { freePort } from '../support/free-port.js';
import { gate } from '../support/gate.js';

let server: FlagServer | undefined;
afterEach(() => server?.close());

async function open(options: FlagServerOptions = {}): Promise<FlagServer> {
  server = await openFlagServer(options);
  return server;
}

const get = (path: string, init?: RequestInit) => fetch(`${server?.url}${path}`, init);

describe('the flag server', () => {
  it('has real GIFs for all countries of the table but a few, and names for all', async () => {
    await open();
    const without: string[] = [];
    for (const { cc, name } of countries.values()) {
      const path = `/${cc.toLowerCase()}`;
      const image = await get(`${path}/${cc.toLowerCase()}.gif`);
      const bytes = new Uint8Array(await image.arrayBuffer());
      if (image.status === 404) without.push(cc);
      else expect([image.status, imageExtension(bytes)]).toEqual([200, 'gif']);
      const metadata = await get(`${path}/metadata.json`);
      expect(await metadata.json()).toEqual({ country: name, iso_cc: cc });
    }
    expect(without).toEqual(['AQ', 'BL', 'BQ', 'CW', 'IM', 'MF', 'SS', 'SX', 'XK']);
  });

  it.each([
    ['a code of no country', '/zz/zz.gif'],
    ['metadata of no country', '/zz/metadata.json'],
    ['a flag that the package has and the table has not', '/an/an.gif'],
    ['two codes', '/br/us.gif'],
    ['upper case', '/BR/BR.gif'],
    ['another format', '/br/br.png'],
    ['a way out', '/br/../../../package.json'],
    ['a way out in disguise', '/br/..%2f..%2fpackage.json'],
    ['nothing', ''],
  ])('answers 404 to %s', async (_name, path) => {
    await open();
    expect((await get(path)).status).toBe(404);
  });

  it('answers HEAD without a body, ignores a query, and refuses other methods', async () => {
    await open();
    const head = await get('/br/br.gif', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'image/gif']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect((await get('/br/br.gif?size=16')).status).toBe(200);
    expect((await get('/br/br.gif', { method: 'POST' })).status).toBe(405);
  });

  it('answers 418 as often as it is told to', async () => {
    const dice = [0.2, 0.3, 0.24, 0.25];
    await open({ errorRate: 0.25, random: () => dice.shift() as number });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await get('/br/br.gif')).status);
    expect(statuses).toEqual([418, 200, 418, 200]);
  });

  it('waits as long as it is told to', async () => {
    await open({ delay: [0.1, 0.3], random: () => 0.5 });
    const start = performance.now();
    expect((await get('/br/br.gif')).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(199);
  });

  it('tells of every request when it is over', async () => {
    const records: RequestRecord[] = [];
    await open({ onRequest: (record) => records.push(record) });
    await (await get('/br/br.gif?x=1')).arrayBuffer();
    await (await get('/us/metadata.json')).arrayBuffer();
    await (await get('/zz/zz.gif')).arrayBuffer();
    await (await get('/nothing')).arrayBuffer();
    await expect.poll(() => records.length).toBe(4);
    expect(records.map(({ method, path, code, status }) => [method, path, code, status])).toEqual([
      ['GET', '/flags/br/br.gif', 'BR', 200],
      ['GET', '/flags/us/metadata.json', 'US', 200],
      ['GET', '/flags/zz/zz.gif', 'ZZ', 404],
      ['GET', '/flags/nothing', '', 404],
    ]);
    for (const { time, ms, inFlight } of records) {
      expect(new Date(time).toISOString()).toBe(time);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(inFlight).toBe(1);
    }
  });

  it('counts what is in flight', async () => {
    const records: RequestRecord[] = [];
    await open({ delay: [1, 1], onRequest: (record) => records.push(record) });
    await Promise.all(['br', 'us', 'fr'].map((cc) => get(`/${cc}/${cc}.gif`)));
    await expect.poll(() => records.length).toBe(3);
    expect(records.map(({ inFlight }) => inFlight).sort()).toEqual([1, 2, 3]);
  });

  it('ends at once and entirely, though a client still waits', async () => {
    const records: RequestRecord[] = [];
    const came = gate();
    const { host, port, close } = await open({
      port: await freePort(),
      delay: [60, 60],
      onRequest: (record) => records.push(record),
      // The throw that decides the delay.
      random: () => {
        came.open();
        return 0;
      },
    });
    const waiting = get('/br/br.gif').then(
      () => 'answered',
      () => 'cut off',
    );
    await came.passed;
    await Promise.all([close(), close()]);
    expect(await waiting).toBe('cut off');
    expect(records).toMatchObject([{ status: 0, code: 'BR' }]);
    await using again = await openFlagServer({ host, port });
    expect(again.port).toBe(port);
  });

  it('forgets an answer that nobody waits for any more', async () => {
    const dice: number[] = [];
    const random = () => dice.push(1);
    const { close } = await open({ delay: [0.2, 0.2], errorRate: 0.5, random });
    const waiting = get('/br/br.gif').catch(() => 'cut off');
    // The first throw decides the delay; the second would be for the answer.
    await expect.poll(() => dice.length).toBe(1);
    await close();
    expect(await waiting).toBe('cut off');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(dice).toHaveLength(1);
  });

  it('rejects when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(openFlagServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
  });
});
