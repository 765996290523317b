/** A fleet to which everything happens: every name must come out once, and nothing be left behind. */

import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TYPE } from '../../src/dns/types.js';
import { grouped } from '../../src/output/summary.js';
import { openDnsServer } from '../../src/server/dns-server.js';
import { Fleet, faults, keysLeft, seeded, shuffled, until } from '../support/chaos.js';
import { isFull } from '../support/full.js';
import { lacks } from '../support/installed.js';
import { startRedis } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Decides in which order things happen. */
const SEED = 1;
/** Names of one chunk. */
const CHUNK = 1000;
/** No name ends unknown, however slow the machine; and four chunks a second are the most. */
const PATIENT = ['--timeout', '20', '--tries', '100', '--rate', '4000'];

const nameOf = (i: number) => `n${i}.example`;
const isThere = (i: number) => i % 100 === 0;
const lineOf = (i: number) => `${nameOf(i)}\t${isThere(i) ? 'found' : 'missing'}\n`;
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

const openDns = (names: number) =>
  openDnsServer({
    zone: {
      origins: ['example'],
      records: numbers(0, names)
        .filter(isThere)
        .map((i) => ({ name: nameOf(i), type: TYPE.A, data: `192.0.2.${i / 100}` })),
    },
  });

/** A run, fed with its names chunk by chunk, and how far its output has come. */
class Run {
  readonly fleet: Fleet;
  readonly #output: string;
  count = 0;
  /** What has happened so far. */
  readonly history: string[] = [];

  constructor(fleet: Fleet, output: string) {
    this.fleet = fleet;
    this.#output = output;
  }

  /** Bytes of the output. */
  get size(): number {
    return statSync(this.#output, { throwIfNoEntry: false })?.size ?? 0;
  }

  giveChunk(): void {
    const next = numbers(this.count, CHUNK);
    this.fleet.give(next.map((i) => `${nameOf(i)}\n`).join(''));
    this.count += CHUNK;
  }

  /** Waits until a worker is at a chunk, or has just been. */
  async untilBusy(): Promise<void> {
    const { size } = this;
    const { redis } = this.fleet;
    const isAtWork = async () => (await redis.command('LLEN', 'flagprobe:default:active')) !== '0';
    await until('a chunk is in progress', async () => this.size > size || (await isAtWork()), 10);
  }

  /** Waits until more results are there than now. */
  async untilMore(): Promise<void> {
    const { size } = this;
    await this.#untilReached('more results are there', () => this.size > size);
  }

  /** Waits until all results are there. */
  async untilDone(): Promise<void> {
    const lines = numbers(0, this.count).map(lineOf).join('');
    await this.#untilReached('all results are there', () => this.size >= lines.length);
  }

  async #untilReached(what: string, holds: () => boolean): Promise<void> {
    await until(what, () => {
      const { coordinator } = this.fleet;
      if (coordinator.hasEnded) throw new Error(`the coordinator has ended: ${coordinator.said()}`);
      return holds();
    });
  }

  /** Lets everything happen, each while a chunk is in progress and with another one behind it. */
  async survive(kinds: typeof faults): Promise<void> {
    const { fleet } = this;
    // One worker at a time, so that what happens to it happens to the chunk in progress.
    await fleet.addWorker();
    this.giveChunk();
    await this.untilMore();
    for (const [kind, happen] of shuffled(Object.entries(kinds), fleet.draw)) {
      this.giveChunk();
      await this.untilBusy();
      this.history.push(kind);
      await happen(fleet);
      this.giveChunk();
      await this.untilMore();
    }
    await this.untilDone();
    // The chunks of stopped workers are done: what these still say must not count.
    fleet.continueWorkers();
    this.giveChunk();
    fleet.complete();
  }
}

/** How each worker ends that is told to. */
async function expectEnds({ workers }: Fleet): Promise<void> {
  for (const { ended, said } of workers) {
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(said()).toMatch(/^working for the run default\n/);
    expect(said()).toMatch(/\n[\d,]+ names in [\d,]+ chunks?\n$/);
  }
}

describe.skipIf(lacks('redis-server'))('a fleet in chaos', () => {
  it(`has one right line for each name, and leaves nothing behind (seed ${SEED})`, async () => {
    const stop = 'the workers stop for longer than their chunks stay their own, another comes';
    const kinds = { ...faults, [stop]: (fleet: Fleet) => fleet.stopWorkers() };
    const total = (2 * Object.keys(kinds).length + 2) * CHUNK;
    await using folder = await temporaryFolder();
    await using redis = await startRedis();
    await using dns = await openDns(total);
    const output = join(folder.path, 'out');
    const ask = ['-r', `${dns.host}:${dns.port}`, '-f', 'tsv', '-o', output, '--resume'];
    const shared = ['--redis', redis.url, '--outage', '0'];
    const commands = {
      probe: ['probe', '-', ...ask, ...PATIENT, ...shared],
      worker: ['worker', ...shared],
    };
    await using fleet = new Fleet(commands, redis, seeded(SEED));
    const run = new Run(fleet, output);
    try {
      await run.survive(kinds);
      const [code] = await fleet.coordinator.ended;
      const [found, missing] = [total / 100, total - total / 100].map(grouped);
      expect(fleet.coordinator.said()).toContain(
        `${found} found, ${missing} missing (${missing} NXDOMAIN, 0 NODATA), 0 unknown, 0 invalid;`,
      );
      expect(code).toBe(0);
      fleet.endWorkers();
      await expectEnds(fleet);
    } catch (error) {
      const after = `seed ${SEED}, after: ${run.history.join('; ')}\n${fleet.lastWords}`;
      throw new Error(after, { cause: error });
    }
    const lines = readFileSync(output, 'utf8').split('\n').slice(0, -1);
    const right = numbers(0, total).map((i) => lineOf(i).trimEnd());
    expect(lines.sort()).toEqual(right.sort());
    expect(await keysLeft(redis)).toBe('');
    expect(await folder.names()).toEqual(['out', 'out.resume']);
  }, 600_000);

  const bench = fileURLToPath(new URL('../../bench/survival/survive.js', import.meta.url));

  /** The whole of it, with five seeds, is `node bench/survival/survive.js --chaos`. */
  it.skipIf(!isFull || lacks('knotd'))(
    'survives a minute of it',
    async () => {
      const args = [bench, '--chaos', '--seeds', '1', '--seconds', '30'];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      expect(stdout).toMatch(/"wrong":0,"missing":0,"extra":0,"unknown":0}, 0 keys left/);
    },
    300_000,
  );
});
