/** One run of a command that prints results: lines, progress, summary, exit code. */

import type { Resolved } from '../options/table.js';
import { Tally } from '../output/tally.js';
import type { RegistryQueue } from '../probe/prober.js';
import { type DeliveryContext, OutputClosed } from './delivery.js';
import { EXIT, type ExitCode, exitCodeOf, type Outcomes } from './exit-codes.js';
import { type Interrupt, Interrupted } from './interrupt.js';
import { type BarStyle, showProgress } from './progress.js';
import type { Total } from './progress-figures.js';
import type { RunOptions } from './run-options.js';
import { type Streams, sayTo } from './streams.js';

type RunFlags = Resolved<RunOptions>;

/** The surroundings of a run. */
export interface RunContext {
  readonly flags: RunFlags;
  readonly interrupt: Interrupt;
  readonly streams: Streams;
}

/** What an earlier part of the same run came to. */
interface EarlierPart {
  readonly tally: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What a command says about its results. */
export interface Report extends Outcomes {
  /** @param isStopped whether the run was interrupted */
  summary(tally: Tally, seconds: number, isStopped: boolean): string;
  /** What of the summary is an error, which `--quiet` does not hide. */
  fault?(tally: Tally): string | undefined;
}

export interface Run extends Report {
  readonly before?: EarlierPart | undefined;
  /** Writes every result, and counts it. */
  deliver(context: DeliveryContext): Promise<void>;
  readonly bar: BarStyle;
  /** How many results there will be; undefined while that is not known. */
  total(): Total | undefined;
  /** `12 found, 3 missing`. */
  counts(tally: Tally): string;
  /** What waits for registries. */
  queue?(): RegistryQueue | undefined;
  /** That names wait for registries, and how long; `isWhole` if all names have been read. */
  queueNotice?(queue: RegistryQueue, isWhole: boolean): string;
  /** What the summary counts, each by its name. */
  fields(tally: Tally): Readonly<Record<string, unknown>>;
  /** What follows the summary of a run that was not stopped. */
  finish?(): Promise<void>;
}

/**
 * Carries a run out and prints its summary. Throws {@link Interrupted} if it was stopped: the
 * results so far are written and summed up.
 */
export async function carryOut(run: Run, context: RunContext): Promise<ExitCode> {
  const { flags, interrupt, streams } = context;
  const tally = new Tally();
  if (run.before) tally.include(run.before.tally);
  const start = performance.now() - (run.before?.seconds ?? 0) * 1000;
  const seconds = () => (performance.now() - start) / 1000;
  const { only, output } = flags;
  const progress = await openProgress(run, context, tally);
  let stopped: Interrupted | undefined;
  try {
    await run.deliver({ only, output, tally, progress, interrupt, streams, seconds });
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.answered;
    if (!(error instanceof Interrupted)) throw error;
    stopped = error;
  } finally {
    progress.end(stopped !== undefined);
  }
  const fault = flags.quiet ? run.fault?.(tally) : undefined;
  if (fault !== undefined) sayTo(streams, false)(fault);
  sayTo(streams, flags.quiet)(run.summary(tally, seconds(), stopped !== undefined));
  if (stopped) throw stopped;
  await run.finish?.();
  return exitCodeOf(run, tally, flags.expect);
}

function openProgress(run: Run, { flags, streams }: RunContext, tally: Tally) {
  return showProgress({
    kind: flags.quiet || flags.verbose ? 'none' : flags.progress,
    stream: streams.stderr,
    style: run.bar,
    queueNotice: run.queueNotice,
    snapshot: () => ({
      done: tally.total,
      total: run.total(),
      counts: run.counts(tally),
      queue: run.queue?.(),
      fields: run.fields(tally),
    }),
  });
}
