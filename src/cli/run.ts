/** One run of a command that prints results: lines, progress, summary, exit code. */

import { RunError } from '../core/run-error.js';
import type { Resolved } from '../options/table.js';
import { Tally } from '../output/tally.js';
import type { RegistryQueue } from '../probe/prober.js';
import { type DeliveryContext, OutputClosed } from './delivery.js';
import { EXIT, type ExitCode, exitCodeOf, type Outcomes } from './exit-codes.js';
import { type Interrupt, Interrupted } from './interrupt.js';
import { type BarStyle, type ProgressKind, showProgress } from './progress.js';
import type { Total } from './progress-figures.js';
import type { RunOptions } from './run-options.js';
import { type Streams, sayError, sayTo } from './streams.js';
import { unexpectedText } from './unexpected-text.js';

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
  /** @param isStopped whether the run ended before all was asked */
  summary(tally: Tally, seconds: number, isStopped: boolean): string;
  /** Why some inputs were not answered: what of the summary `--quiet` does not hide. */
  fault?(tally: Tally): string | undefined;
}

/** Sentences about a run. */
export interface Remarks {
  /** Why some inputs were not answered, or not to be relied on: `--quiet` does not hide it, and the exit code is not 0. */
  readonly errors: readonly string[];
  readonly notes: readonly string[];
}

export interface Run extends Report {
  readonly before?: EarlierPart | undefined;
  /** Whether what was done remains done where its lines cannot be written: a run that fails is summed up too. */
  readonly outlivesLines?: boolean;
  /** Writes every result, and counts it. */
  deliver(context: DeliveryContext): Promise<void>;
  readonly bar: BarStyle;
  /** Whether the inputs are typed on a terminal, where a bar would stand in their way. */
  readonly isTyped?: boolean;
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
  /** What stands before the summary of a run that was not stopped. */
  remarks?(tally: Tally): Promise<Remarks>;
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
  let stopped: Error | undefined;
  try {
    await run.deliver({ only, output, tally, progress, interrupt, streams, seconds });
  } catch (error) {
    stopped = stopOf(error, run, tally);
    if (!stopped && error instanceof OutputClosed) return EXIT.answered;
    if (!stopped) throw error;
  } finally {
    progress.end(stopped !== undefined);
  }
  const hasErrors = !stopped && (await sayBeforeSummary(run, context, tally));
  const summary = run.summary(tally, seconds(), stopped !== undefined);
  if (progress.summarize) progress.summarize(summary);
  else sayTo(streams, flags.quiet)(summary);
  if (stopped instanceof OutputClosed) return EXIT.answered;
  if (stopped) throw stopped;
  await run.finish?.();
  const code = exitCodeOf(run, tally, flags.expect);
  return hasErrors && code === EXIT.answered ? EXIT.unanswered : code;
}

/** What ended a run early, if there is something to sum up. */
function stopOf(error: unknown, { outlivesLines }: Run, tally: Tally): Error | undefined {
  if (error instanceof Interrupted) return error;
  if (!outlivesLines) return undefined;
  const hasFailed = error instanceof RunError && tally.total > 0;
  return error instanceof OutputClosed || hasFailed ? error : undefined;
}

/**
 * What explains an exit code other than 0 is said with `--quiet` too.
 *
 * @returns whether there is something that does
 */
async function sayBeforeSummary(
  run: Run,
  { flags, streams }: RunContext,
  tally: Tally,
): Promise<boolean> {
  const { errors = [], notes = [] } = (await run.remarks?.(tally)) ?? {};
  for (const note of notes) sayTo(streams, flags.quiet)(note);
  const fault = flags.quiet ? run.fault?.(tally) : undefined;
  const unexpected = unexpectedText(run, tally, flags.expect);
  for (const error of [...errors, fault, unexpected]) {
    if (error !== undefined) sayError(streams, error);
  }
  return errors.length > 0;
}

/** JSON lines are for programs: neither `--quiet` nor `--verbose` leaves them out. */
function progressKind({ progress, quiet, verbose }: RunFlags, isTyped: boolean): ProgressKind {
  if (progress === 'auto' && isTyped) return 'none';
  return progress !== 'json' && (quiet || verbose) ? 'none' : progress;
}

function openProgress(run: Run, { flags, streams }: RunContext, tally: Tally) {
  return showProgress({
    kind: progressKind(flags, run.isTyped ?? false),
    stream: streams.stderr,
    results: flags.output === undefined ? streams.stdout : undefined,
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
