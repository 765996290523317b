/** `flagprobe probe`: flags to options, names to the prober, verdicts to the writer. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { ProbeResult } from '../core/model.js';
import { UsageError } from '../core/usage-error.js';
import { checkRedis } from '../fleet/redis.js';
import type { Journal } from '../journal/journal.js';
import type { Settings } from '../journal/snapshot.js';
import { cleanLine } from '../names/domain.js';
import { wordLists } from '../names/words.js';
import { integer, wrong } from '../options/rule.js';
import { formats } from '../output/index.js';
import { probeSummary, Tally } from '../output/summary.js';
import { probeRules } from '../probe/options.js';
import { type NameLists, openProber, type ProbeOptions, type Prober } from '../probe/prober.js';
import { type Delivery, deliver, lookFor, OutputClosed } from './delivery.js';
import { deliverNumbered } from './durable-delivery.js';
import { EXIT, type ExitCode, endWithoutWaiting, systemReason } from './exit-codes.js';
import { checkFleetFlags, type FleetFlags, openFleetRun } from './fleet.js';
import { redisRule, runRule } from './fleet-options.js';
import { keepHeapSmall } from './heap.js';
import { type Interrupt, Interrupted, onInterrupt } from './interrupt.js';
import { addCommonOptions, type CommonFlags } from './options.js';
import { type Input, impliedInput, joinInputs, listInput, openInput } from './probe-inputs.js';
import { showProgress } from './progress.js';
import { openRunJournal } from './resume.js';
import { repeatable, ruled } from './rule-option.js';

interface ProbeFlags extends CommonFlags, FleetFlags {
  readonly input?: readonly string[];
  readonly words?: readonly string[];
  readonly maxLength?: number;
  readonly tld?: readonly string[];
  readonly type?: readonly string[];
  readonly resolver?: readonly string[];
  readonly transport?: ProbeOptions['transport'];
  readonly tlsName?: string;
  readonly tlsCa?: string;
  readonly wildcards?: ProbeOptions['wildcards'];
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly tries?: number;
  readonly outage?: number;
  readonly resume?: boolean;
  readonly force?: boolean;
}

const statuses = ['found', 'missing', 'unknown', 'invalid', 'nxdomain', 'nodata'];

/** What is asked when nobody says what. */
const DEFAULT_WORDS = 'python';
const DEFAULT_LENGTH = 4;
const DEFAULT_TLD = 'dev';

export function define(command: Command, done: (code: ExitCode) => void): void {
  command
    .argument('[name...]', 'domain names, words or URLs; - reads standard input')
    .addOption(repeatable('-i, --input <file>', 'read names from a file, one a line'))
    .addOption(
      ruled('--tld <tld,...>', 'ask every name without a dot under these', probeRules.tlds),
    )
    .addOption(
      repeatable(
        '-w, --words <list>',
        `add a word list: ${Object.keys(wordLists).join(', ')}, or a file`,
      ),
    )
    .addOption(
      ruled('-L, --max-length <n>', 'keep the words of at most n letters', wordLength).default(
        undefined,
      ),
    )
    .addOption(
      ruled('-t, --type <type,...>', 'ask for these records, not for an address', probeRules.types),
    )
    .addOption(
      ruled(
        '-r, --resolver <host[:port],...>',
        'whom to ask, or with https the URL; local is built in, @FILE reads a list (the system\u2019s)',
        resolverList,
      ),
    )
    .addOption(
      ruled('--wildcards <what>', 'names that only a wildcard answers for', probeRules.wildcards),
    )
    .addOption(ruled('--transport <name>', 'how to ask', probeRules.transport))
    .addOption(
      ruled(
        '--tls-name <name>',
        'tls, https: the name that the certificate must be for (the resolver\u2019s)',
        probeRules.tlsName,
      ).default(undefined),
    )
    .addOption(
      ruled(
        '--tls-ca <file>',
        'tls, https: trust only the certificates in it, PEM',
        certificates,
      ).default(undefined),
    )
    .addOption(ruled('-c, --concurrency <n>', 'questions in flight', probeRules.concurrency))
    .addOption(ruled('--timeout <seconds>', 'the longest one try may take', probeRules.timeout))
    .addOption(ruled('--tries <n>', 'tries a question', probeRules.tries))
    .addOption(
      ruled('--rate <n>', 'questions a second to each resolver; 0 is no limit', probeRules.rate),
    )
    .addOption(
      ruled(
        '--outage <seconds>',
        'how long to wait while no resolver answers; 0 is no limit',
        probeRules.outage,
      ),
    )
    .addOption(ruled('--shard <i/n>', 'ask only part i of n', probeRules.shard).default(undefined))
    .addOption(new Option('--resume', 'go on where the last run into --output stopped'))
    .addOption(new Option('--force', 'replace the output of a run that is not finished'))
    .addOption(
      ruled(
        '--redis <url>',
        'let a fleet of flagprobe workers ask; needs --output',
        redisRule,
      ).default(undefined),
    )
    .addOption(ruled('--run <name>', 'what its workers call this run', runRule).default(undefined))
    .addOption(new Option('-v, --verbose', 'show the records; no bar'));
  addCommonOptions(command, 'probe', statuses);
  command.addHelpText('after', notes);
  command.action(async (names: string[], flags: ProbeFlags) => done(await probe(names, flags)));
}

const wordLength = integer(1, 63, 63);

const notes = `
Marks: + found, * found only by a wildcard, two spaces no such name (NXDOMAIN), ~ no such record
(NODATA), ? unknown, ! invalid.
A missing name is not a free name: registered names without delegation look the same.
--transport system asks through getaddrinfo, which calls some failures "not found": its missing
has no rcode and may be wrong.
Exit code: 0 all answered, 1 some not, 2 wrong usage, 3 --expect did not hold, 4 the run failed.`;

/** `-r`: a list as the rule reads it, or \`@FILE\`. */
const resolverList = {
  ...probeRules.resolvers,
  expected: `${probeRules.resolvers.expected}, or @FILE with one on each line`,
  read: (text: string) =>
    text.startsWith('@')
      ? probeRules.resolvers.read(
          linesOf('--resolver', '@ and a readable file', text.slice(1)).join(','),
        )
      : probeRules.resolvers.read(text),
};

/** `--tls-ca`: the file's text. */
const certificates = {
  ...probeRules.tlsCa,
  expected: 'a readable file with certificates in PEM',
  read(path: string) {
    return probeRules.tlsCa.read(linesOf('--tls-ca', this.expected, path).join('\n'));
  },
};

async function probe(names: readonly string[], flags: ProbeFlags): Promise<ExitCode> {
  keepHeapSmall();
  const say = (text: string) => {
    if (!flags.quiet) process.stderr.write(`${text}\n`);
  };
  checkFleetFlags(flags);
  const { inputs, tlds } = await gather(names, flags, say);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  signal.addEventListener('abort', () => {
    for (const input of inputs) input.close();
  });
  const asking = {
    concurrency: flags.concurrency,
    timeout: flags.timeout,
    tries: flags.tries,
    rate: flags.rate,
    outage: flags.outage,
    transport: flags.transport,
    wildcards: flags.wildcards,
    resolvers: flags.resolver,
    tlsName: flags.tlsName,
    tlsCa: flags.tlsCa,
    types: flags.type,
    tlds,
  };
  await using prober = openProber({
    ...asking,
    onOutage: (isOut) => say(isOut ? 'no resolver answers; waiting' : 'a resolver answers again'),
    shard: flags.shard,
    ordered: flags.ordered,
    signal,
  });
  if (flags.redis !== undefined) await checkRedis(flags.redis);
  await using journal = await openRunJournal(flags, settingsOf(flags));
  if (journal?.before?.finished) return wasFinished(journal.before, inputs, flags, say);
  try {
    if (flags.redis === undefined) {
      return await stream(ownMiddle(prober, journal), inputs, journal, flags, interrupt, say);
    }
    if (!journal) throw wrong('--output', 'a regular file with `--redis`', flags.output);
    await using fleet = await openFleetRun(flags, asking, showsRecords(flags), journal, signal);
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

function showsRecords({ verbose, type }: ProbeFlags): boolean {
  return verbose === true || type !== undefined;
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
    const { only, output } = flags;
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

/** What decides what stands in the output: a run goes on only with the same. */
function settingsOf(flags: ProbeFlags): Settings {
  const { format, only, ordered, tld, type, shard, transport, verbose, wildcards, redis } = flags;
  return {
    format,
    only: [...(only ?? [])].sort().join(','),
    ordered: ordered ? 'yes' : '',
    tld: (tld ?? []).join(','),
    type: (type ?? []).join(','),
    shard: shard ?? '',
    transport: transport === 'system' ? transport : '',
    verbose: format === 'text' && verbose ? 'yes' : '',
    wildcards: wildcards ?? '',
    redis: redis === undefined ? '' : 'URL',
  };
}

/** Whether every answered name got an answer that was expected. */
function holds(tally: Tally, expected: readonly string[] | undefined): boolean {
  if (!expected) return true;
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
): Promise<{ inputs: readonly Input[]; tlds: readonly string[] }> {
  const isBare = names.length + (flags.input?.length ?? 0) + (flags.words?.length ?? 0) === 0;
  const implied = isBare ? await impliedInput(say) : undefined;
  const isDefault = isBare && !implied;
  const maxLength = flags.maxLength ?? (isDefault ? DEFAULT_LENGTH : undefined);
  const isShort = (word: string) => maxLength === undefined || [...word].length <= maxLength;
  const tlds = flags.tld ?? [];
  const wordInput = (list: string) => {
    const words = wordsOf(list).filter(isShort);
    const isWhole = (word: string) => tlds.length > 0 || word.includes('.');
    return listInput(
      list,
      words.map((word) => (isWhole(word) ? word : `${word}.${DEFAULT_TLD}`)),
    );
  };
  const words = (isDefault ? [DEFAULT_WORDS] : (flags.words ?? [])).map(wordInput);
  const texts = names.filter((name) => name !== '-');
  const named = [
    ...(texts.length > 0 ? [listInput('the arguments', texts)] : []),
    ...(names.includes('-') ? [openInput('-', '-')] : []),
    ...(flags.input ?? []).map((path) => openInput('--input', path)),
    ...(implied ? [implied] : []),
  ];
  const inputs = maxLength && flags.tld ? named.map((input) => shorten(input, isShort)) : named;
  return { inputs: [...inputs, ...words], tlds };
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
    : linesOf('--words', `${Object.keys(wordLists).join(', ')} or a readable file`, list);
}

/** The lines of a file that is small enough to hold. */
function linesOf(option: string, expected: string, path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .replace(/^\ufeff/, '')
      .split('\n');
    return lines.map(cleanLine).filter((line) => line !== undefined);
  } catch (error) {
    throw new UsageError(`${wrong(option, expected, path).message}: ${systemReason(error)}`);
  }
}
