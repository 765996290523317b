/** `flagprobe worker`: works for a fleet until it is told to stop. */

import { type Command, Option } from 'commander';
import { openFleetWorker } from '../fleet/worker.js';
import { grouped } from '../output/summary.js';
import type { ExitCode } from './exit-codes.js';
import { redisRule, runRule } from './fleet-options.js';
import { keepHeapSmall } from './heap.js';
import { onInterrupt } from './interrupt.js';
import { ruled } from './rule-option.js';

interface WorkerFlags {
  readonly redis: string;
  readonly run: string;
  readonly quiet?: boolean;
}

export function define(command: Command, done: (code: ExitCode) => void): void {
  command
    .addOption(
      ruled('--redis <url>', 'where chunks of names wait', redisRule)
        .default(undefined)
        .makeOptionMandatory(),
    )
    .addOption(ruled('--run <name>', 'the run to work for', runRule))
    .addOption(new Option('-q, --quiet', 'nothing on standard error but errors'))
    .action(async (flags: WorkerFlags) => done(await work(flags)));
}

async function work({ redis, run, quiet }: WorkerFlags): Promise<ExitCode> {
  keepHeapSmall();
  const say = (text: string) => {
    if (!quiet) process.stderr.write(`${text}\n`);
  };
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  await using worker = await openFleetWorker({ redis, name: run, failed: interrupt.stop });
  say(`working for the run ${run}`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await worker.close();
  say(`${grouped(worker.names)} names in ${grouped(worker.chunks)} chunks`);
  throw signal.reason;
}
