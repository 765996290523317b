/** `flagprobe worker`: works for a fleet until it is told to stop. */

import { redisUrlRule, runNameRule } from '../fleet/options.js';
import { openFleetWorker } from '../fleet/worker.js';
import { flag } from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { grouped } from '../output/summary.js';
import { defineCommand } from './command.js';
import type { ExitCode } from './exit-codes.js';
import { keepHeapSmall } from './heap.js';
import { onInterrupt } from './interrupt.js';
import { type Streams, sayTo } from './streams.js';

const options = {
  redis: {
    flag: '--redis <url>',
    help: 'where chunks of names wait',
    rule: redisUrlRule,
    isRequired: true,
  },
  run: { flag: '--run <name>', help: 'the run to work for', rule: runNameRule },
  quiet: { flag: '-q, --quiet', help: 'nothing on standard error but errors', rule: flag() },
} satisfies OptionTable;

export const define = defineCommand({ options, run: (_, flags, streams) => work(flags, streams) });

async function work(
  { redis, run, quiet }: Resolved<typeof options>,
  streams: Streams,
): Promise<ExitCode> {
  keepHeapSmall();
  const say = sayTo(streams, quiet);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  await using worker = await openFleetWorker({ redis, name: run, failed: interrupt.stop });
  say(`working for the run ${run}`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await worker.close();
  say(`${grouped(worker.names)} names in ${grouped(worker.chunks)} chunks`);
  throw signal.reason;
}
