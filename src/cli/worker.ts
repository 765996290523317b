/** `flagprobe worker`: works for a fleet until it is told to stop. */

import { redisCaOption, redisUrlRule, runNameRule } from '../fleet/options.js';
import { amount, flag } from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { grouped } from '../output/summary.js';
import { defineCommand } from './command.js';
import { endWithoutWaiting } from './end-process.js';
import type { ExitCode } from './exit-codes.js';
import { redisOptionsOf } from './fleet-flags.js';
import { onInterrupt } from './interrupt.js';
import { type Streams, sayTo } from './streams.js';
import { tuneForNames } from './v8-flags.js';

const options = {
  redis: {
    flag: '--redis <url>',
    group: 'Fleet',
    help: 'the Redis server that the coordinator uses',
    rule: redisUrlRule,
    isRequired: true,
  },
  ...redisCaOption,
  run: {
    flag: '--run <name>',
    group: 'Fleet',
    help: 'the run to work for',
    rule: runNameRule,
  },
  outage: {
    flag: '--outage <seconds>',
    group: 'Fleet',
    help: 'wait this long while Redis cannot be used; 0 is no limit',
    rule: amount(86_400, 30),
  },
  quiet: {
    flag: '-q, --quiet',
    group: 'Output',
    help: 'print nothing but errors on standard error',
    rule: flag(),
  },
} satisfies OptionTable;

export const define = defineCommand({
  options,
  examples: [['Work for the run `nightly`', 'flagprobe worker --redis redis://HOST --run nightly']],
  run: (_, flags, streams) => work(flags, streams),
});

async function work(flags: Resolved<typeof options>, streams: Streams): Promise<ExitCode> {
  const { run, quiet } = flags;
  tuneForNames();
  const say = sayTo(streams, quiet);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const redis = redisOptionsOf(flags);
  // What works is loaded only now: help and a wrong command line need none of it.
  const [{ checkRedis }, { openFleetWorker }] = await Promise.all([
    import('../fleet/redis.js'),
    import('../fleet/worker.js'),
  ]);
  try {
    await checkRedis(redis, run);
    await using worker = await openFleetWorker({
      redis,
      name: run,
      failed: interrupt.stop,
      onNotice: say,
    });
    say(`working for the run ${run}`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await worker.close();
    say(`${grouped(worker.names)} names in ${grouped(worker.chunks)} chunks`);
    throw signal.reason;
  } finally {
    // BullMQ may still wait for a Redis that is away.
    endWithoutWaiting();
  }
}
