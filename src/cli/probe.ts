/** `flagprobe probe`: flags to options, names to the prober, verdicts to the writer. */

import type { ProbeResult } from '../core/model.js';
import { checkRedis } from '../fleet/redis.js';
import type { Journal } from '../journal/journal.js';
import { wordLists } from '../names/words.js';
import { invalidOption } from '../options/rule.js';
import { optionsOf, resumeSettings } from '../options/table.js';
import { formats } from '../output/index.js';
import { probeSummary, Tally } from '../output/summary.js';
import { probeOptions } from '../probe/options.js';
import { type NameLists, openProber, type Prober } from '../probe/prober.js';
import { readLineList } from '../storage/line-list.js';
import { defineCommand } from './command.js';
import { type Delivery, deliver, lookFor, OutputClosed } from './delivery.js';
import { deliverNumbered } from './durable-delivery.js';
import { EXIT, type ExitCode, endWithoutWaiting } from './exit-codes.js';
import { checkFleetFlags, openFleetRun } from './fleet.js';
import { keepHeapSmall } from './heap.js';
import { type Interrupt, Interrupted, onInterrupt } from './interrupt.js';
import { type Input, impliedInput, joinInputs, listInput, openInput } from './probe-inputs.js';
import { type ProbeFlags, probeCommandOptions, wordListNames } from './probe-options.js';
import { showProgress } from './progress.js';
import { openRunJournal } from './resume.js';

/** What is asked when nobody says what. */
const DEFAULT_WORDS = 'python';
const DEFAULT_LENGTH = 4;
const DEFAULT_TLD = 'dev';

const notes = `
Marks: + found, * found only by a wildcard, two spaces no such name (NXDOMAIN), ~ no such record
(NODATA), ? unknown, ! invalid.
A missing name is not a free name: registered names without delegation look the same.
--transport system asks through getaddrinfo, which calls some failures "not found": its missing
has no rcode and may be wrong.
Exit code: 0 all answered, 1 some not, 2 wrong usage, 3 --expect did not hold, 4 the run failed.`;

export const define = defineCommand({
  argument: { name: '[name...]', help: 'domain names, words or URLs; - reads standard input' },
  options: probeCommandOptions,
  notes,
  run: probe,
});

async function probe(names: readonly string[], flags: ProbeFlags): Promise<ExitCode> {
  keepHeapSmall();
  const say = (text: string) => {
    if (!flags.quiet) process.stderr.write(`${text}\n`);
  };
  checkFleetFlags(flags);
  const inputs = await gather(names, flags, say);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  signal.addEventListener('abort', () => {
    for (const input of inputs) input.close();
  });
  await using prober = openProber({
    ...optionsOf(probeOptions, flags),
    onOutage: (isOut) => say(isOut ? 'no resolver answers; waiting' : 'a resolver answers again'),
    signal,
  });
  if (flags.redis !== undefined) await checkRedis(flags.redis);
  await using journal = await openRunJournal(flags, resumeSettings(probeCommandOptions, flags));
  if (journal?.before?.finished) return wasFinished(journal.before, inputs, flags, say);
  try {
    if (flags.redis === undefined) {
      return await stream(ownMiddle(prober, journal), inputs, journal, flags, interrupt, say);
    }
    if (!journal) throw invalidOption('--output', 'a regular file with `--redis`', flags.output);
    await using fleet = await openFleetRun(flags, showsRecords(flags), journal, signal);
    return await stream(fleet, inputs, journal, flags, interrupt, say);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.answered;
    throw error;
  } finally {
    if (flags.transport === 'system') endWithoutWaiting();
  }
}

/** What turns names into lines of the output: a prober of our own, or a fleet. */
interface Middle {
  deliver(lists: NameLists, delivery: StreamDelivery): Promise<void>;
  /** How many verdicts are owed so far. */
  readonly taken: number;
  /** More that the progress line says. */
  readonly state?: readonly string[];
}

type StreamDelivery = Delivery<ProbeResult> & { readonly seconds: () => number };

function ownMiddle(prober: Prober, journal: Journal | undefined): Middle {
  return {
    async deliver(lists, delivery) {
      if (!journal) return deliver(prober.batches(lists), delivery);
      await deliverNumbered(prober.numbered(lists, journal.isDone), { ...delivery, journal });
    },
    get taken() {
      return prober.taken;
    },
  };
}

function showsRecords({ verbose, types }: ProbeFlags): boolean {
  return verbose || types.length > 0;
}

function wasFinished(
  before: NonNullable<Journal['before']>,
  inputs: readonly Input[],
  flags: ProbeFlags,
  say: (text: string) => void,
): ExitCode {
  for (const input of inputs) input.close();
  const tally = new Tally();
  tally.include(before.tally);
  say(`\`${flags.output}\` is finished`);
  return conclude(tally, before.seconds, flags, say);
}

async function stream(
  middle: Middle,
  inputs: readonly Input[],
  journal: Journal | undefined,
  flags: ProbeFlags,
  interrupt: Interrupt,
  say: (text: string) => void,
): Promise<ExitCode> {
  const { before } = journal ?? {};
  const start = performance.now() - (before?.seconds ?? 0) * 1000;
  const seconds = () => (performance.now() - start) / 1000;
  const tally = new Tally();
  if (before) tally.include(before.tally);
  let isReadToEnd = false;
  const joined = joinInputs(inputs, () => {
    isReadToEnd = true;
  });
  using progress = await showProgress({
    kind: flags.quiet || flags.verbose ? 'none' : flags.progress,
    noun: 'names',
    patience: 0.5,
    keeps: false,
    snapshot: () => ({
      done: tally.total,
      total: isReadToEnd ? middle.taken : undefined,
      counts: [
        ...['found', 'missing', 'unknown'].map((key) => `${tally.of(key)} ${key}`),
        ...(middle.state ?? []),
      ].join(', '),
    }),
  });
  const look = lookFor(flags.output, showsRecords(flags));
  const format = formats[flags.format].probe(look);
  let stopped: Error | undefined;
  try {
    const { output } = flags;
    const only = flags.only.length > 0 ? flags.only : undefined;
    const lists = journal?.watch(joined) ?? joined;
    await middle.deliver(lists, { format, only, output, tally, progress, interrupt, seconds });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    stopped = error;
  }
  progress[Symbol.dispose]();
  // Of an earlier part more may be done than this one has come to.
  const notAsked = Math.max(0, middle.taken - tally.total);
  if (!stopped) return conclude(tally, seconds(), flags, say);
  say(probeSummary(tally, seconds(), notAsked));
  throw stopped;
}

/** The last words of a run that came to its end. */
function conclude(
  tally: Tally,
  seconds: number,
  { expect }: ProbeFlags,
  say: (text: string) => void,
): ExitCode {
  say(probeSummary(tally, seconds));
  if (!holds(tally, expect)) return EXIT.unexpected;
  return tally.of('unknown') + tally.of('invalid') > 0 ? EXIT.unanswered : EXIT.answered;
}

/** Whether every answered name got an answer that was expected. */
function holds(tally: Tally, expected: readonly string[]): boolean {
  if (expected.length === 0) return true;
  const isExpected = (...keys: string[]) => keys.some((key) => expected.includes(key));
  return (
    (isExpected('found') || tally.of('found') === 0) &&
    (isExpected('missing', 'nxdomain') || tally.of('missing nxdomain') === 0) &&
    (isExpected('missing', 'nodata') || tally.of('missing nodata') === 0)
  );
}

async function gather(
  names: readonly string[],
  flags: ProbeFlags,
  say: (text: string) => void,
): Promise<readonly Input[]> {
  const { tlds } = flags;
  const isBare = names.length + flags.inputs.length + flags.words.length === 0;
  const implied = isBare ? await impliedInput(say) : undefined;
  const isDefault = isBare && !implied;
  const maxLength = flags.maxLength ?? (isDefault ? DEFAULT_LENGTH : undefined);
  const isShort = (word: string) => maxLength === undefined || [...word].length <= maxLength;
  const wordInput = (list: string) => {
    const words = wordsOf(list).filter(isShort);
    const isWhole = (word: string) => tlds.length > 0 || word.includes('.');
    return listInput(
      list,
      words.map((word) => (isWhole(word) ? word : `${word}.${DEFAULT_TLD}`)),
    );
  };
  const words = (isDefault ? [DEFAULT_WORDS] : flags.words).map(wordInput);
  const texts = names.filter((name) => name !== '-');
  const named = [
    ...(texts.length > 0 ? [listInput('the arguments', texts)] : []),
    ...(names.includes('-') ? [openInput('-', '-')] : []),
    ...flags.inputs.map((path) => openInput('--input', path)),
    ...(implied ? [implied] : []),
  ];
  const inputs =
    maxLength && tlds.length > 0 ? named.map((input) => shorten(input, isShort)) : named;
  return [...inputs, ...words];
}

/** With `--tld` every name without a dot is a word, and long words are left out. */
function shorten(input: Input, isShort: (word: string) => boolean): Input {
  async function* short(): AsyncGenerator<readonly string[]> {
    for await (const texts of input.lists) {
      yield texts.filter((text) => text.includes('.') || isShort(text));
    }
  }
  return { ...input, lists: short() };
}

function wordsOf(list: string): readonly string[] {
  return Object.hasOwn(wordLists, list)
    ? wordLists[list as keyof typeof wordLists]
    : readLineList(list, '--words', `${wordListNames} or a readable file`);
}
