/** `flagprobe probe`: names to verdicts, verdicts to lines. */

import type { Command } from 'commander';
import { UsageError } from '../core/usage-error.js';
import type { Journal } from '../journal/journal.js';
import { invalidOption } from '../options/rule.js';
import { optionsOf } from '../options/table.js';
import type { OutputStyle } from '../output/format.js';
import { formats } from '../output/formats.js';
import {
  cappedText,
  failureKey,
  failureLines,
  MARKED,
  registrationCounts,
  registrationSummary,
} from '../output/registration-summary.js';
import { sortedLines } from '../output/sorted-lines.js';
import { grouped, probeFields, probeSummary, reasonsText } from '../output/summary.js';
import { Tally } from '../output/tally.js';
import { probeOptions } from '../probe/options.js';
import type { Prober, RegistryQueue } from '../probe/prober.js';
import type { RegistryFailure } from '../registration/paced-registry.js';
import { distrustText } from '../resolver/distrust-text.js';
import { giveUpText, outageText } from '../resolver/outage-text.js';
import { badLabelNote } from './bad-label-note.js';
import { roughTime } from './bar-text.js';
import { outputStyle } from './color.js';
import { defineCommand } from './command.js';
import { argumentBehind } from './commander-options.js';
import { endWithoutWaiting } from './end-process.js';
import type { ExitCode } from './exit-codes.js';
import { checkFleetFlags } from './fleet-flags.js';
import { closeOnAbort, joinInputs, type LineSource, shareRead } from './input-sources.js';
import { onInterrupt } from './interrupt.js';
import { openRunJournal } from './open-run-journal.js';
import { OutsideWatch } from './outside-watch.js';
import { type Pipeline, proberPipeline } from './pipeline.js';
import { type ProbeFlags, probeCommandOptions } from './probe-command-options.js';
import { openProbeInputs } from './probe-inputs.js';
import { checkRdapFlags, hintAtUnregistered } from './rdap-flags.js';
import { failingNote, inventionNote, outsideNote } from './resolver-notes.js';
import { carryOut, type Remarks, type Report, type Run, type RunContext } from './run.js';
import { type Say, type Streams, sayError, sayTo } from './streams.js';
import { hintAtTldArgument, MAX_HINTED, mistypedTlds } from './tld-hints.js';
import { tuneForNames } from './v8-flags.js';

export const define = defineCommand({
  argument: { name: '[name...]', help: 'domain names, words or URLs; - is standard input' },
  options: probeCommandOptions,
  notes: [
    'Marks: + found, * found only through a wildcard, two spaces no such name (NXDOMAIN), ~ no ' +
      'such record (NODATA), ? unknown, ! invalid; with --rdap, of names that do not exist: = ' +
      'registered, o not registered, # reserved.',
    'A missing name is not one that you can register: a registered name without delegation looks ' +
      'the same.',
    '-f names prints bare names: those that were found, or those of --only. Of missing names --only ' +
      'nxdomain leaves out those that exist without an address (NODATA); with --rdap, --only ' +
      'unregistered leaves out those that are registered or reserved.',
    '--transport system asks getaddrinfo, which reports some failures as "not found": its missing ' +
      'may be wrong.',
  ],
  exitCodes: [
    'every name was answered',
    'some were not',
    'wrong usage',
    '--expect did not hold',
    'the run failed',
  ],
  examples: [
    ['A word under two TLDs', 'flagprobe probe mystartup --tld dev,io'],
    [
      'Names that no registry has',
      'flagprobe probe mystartup --tld dev,io --rdap --only unregistered -f names',
    ],
    ['A list, as JSON lines', 'flagprobe probe -i names.txt --json'],
    ['MX records of a domain', 'flagprobe probe -t MX example.org'],
    ['Without a network', 'flagprobe probe def -r local --tld dev'],
  ],
  run: probe,
});

async function probe(
  names: readonly string[],
  flags: ProbeFlags,
  streams: Streams,
  program: Command,
): Promise<ExitCode> {
  const say = sayTo(streams, flags.quiet);
  checkFleetFlags(flags);
  checkRdapFlags(flags);
  checkSort(flags, say);
  hintAtUnregistered(flags, say);
  if (!flags.quiet) await hintAtTldArgument(argumentBehind(program, '--tld'), flags, say);
  const inputs = await openProbeInputs(names, flags, streams, say);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  closeOnAbort(inputs, signal);
  // What asks is loaded only now: help and a wrong command line need none of it.
  const { openProber } = await import('../probe/prober.js');
  tuneForNames(flags.resolvers.length);
  let isGivenUp = false;
  const registryFailures = new Map<string, string>();
  await using prober = openProber({
    ...optionsOf(probeOptions, flags),
    onWarning: say,
    onDistrust: (notice) => say(distrustText(notice)),
    onOutage: (isOut, failures) =>
      say(isOut ? outageText(failures, flags.outage) : 'a resolver answers again'),
    onRegistryFailure: noteIn(registryFailures, say),
    // Why nothing can be found out is an error: -q shows it.
    onGiveUp(failures) {
      isGivenUp = true;
      sayError(streams, giveUpText(failures));
    },
    signal,
  });
  const fleetPipeline = flags.redis === undefined ? undefined : await import('./fleet-pipeline.js');
  await fleetPipeline?.checkFleetRedis(flags);
  await using journal = await openRunJournal(flags, say);
  const context: ProbeContext = {
    ...{ names, inputs, flags, interrupt, streams, journal, registryFailures },
    hasGivenUp: () => isGivenUp,
    isTyped: [...names, ...flags.inputs].includes('-') && streams.stdin.isTTY === true,
  };
  try {
    if (!fleetPipeline) {
      return await carryOut(probeRun(watchedPipeline(prober, context), inputs, context), context);
    }
    if (!journal) throw invalidOption('--output', 'a regular file with `--redis`', flags.output);
    const records = showsRecords(flags);
    const run = { records, journal, signal, say };
    await using fleet = await fleetPipeline.openFleetPipeline(flags, run);
    return await carryOut(probeRun(fleet, inputs, context), context);
  } finally {
    // A source that waits, a getaddrinfo or a Redis that is away must not keep the process alive.
    for (const input of inputs) input.close();
    if (flags.transport === 'system' || flags.redis !== undefined) endWithoutWaiting();
  }
}

function watchedPipeline(prober: Prober, { flags, journal, streams }: ProbeContext): Pipeline {
  const isUnwatched = flags.checkResolvers === 'off' || flags.transport === 'system';
  const watch = new OutsideWatch({
    view: isUnwatched ? undefined : () => prober.viewOutside(),
    journal,
    // No registry is asked again about what is settled.
    asksAgain: !flags.rdap,
    isResumable: flags.resume,
    say: sayTo(streams, flags.quiet),
  });
  return proberPipeline(prober, journal, watch, flags.ordered);
}

interface ProbeContext extends RunContext {
  /** The arguments. */
  readonly names: readonly string[];
  readonly inputs: readonly LineSource[];
  readonly flags: ProbeFlags;
  readonly journal: Journal | undefined;
  readonly isTyped: boolean;
  /** What happened first at registries that did not tell. */
  readonly registryFailures: ReadonlyMap<string, string>;
  /** Whether it was said that no resolver can be asked, and why. */
  hasGivenUp(): boolean;
}

function noteIn(registryFailures: Map<string, string>, say: Say) {
  return ({ host, reason, detail, isGivenUp }: RegistryFailure): void => {
    const key = failureKey(host, reason);
    if (!registryFailures.has(key)) registryFailures.set(key, detail);
    if (isGivenUp) say(`${host} is asked about no more names: ${detail}`);
  };
}

const UNSORTED = 'too many results to sort: from here on they are printed as they come';

function checkSort(flags: ProbeFlags, say: Say): void {
  if (flags.sort === undefined) return;
  // Neither the order of the input nor a file that grows goes with waiting for the end.
  for (const other of ['ordered', 'resume', 'redis'] as const) {
    if (flags[other]) throw new UsageError(`Expected \`--sort\` or \`--${other}\`, got both`);
  }
  say(
    flags.output === undefined
      ? 'results are printed at the end, because of --sort'
      : 'results are written at the end, because of --sort, and a stopped run cannot be gone on with',
  );
}

function showsRecords({ verbose, types }: ProbeFlags): boolean {
  return verbose || types.length > 0;
}

/** @param notAsked how many inputs were read and not answered when a run was stopped */
function reportOf(
  { flags, journal, registryFailures: failures }: ProbeContext,
  notAsked: (tally: Tally) => number,
): Report {
  const { rdap, rdapMax, ordered } = flags;
  const bounds = { max: rdapMax, canResume: journal !== undefined && !ordered, failures };
  const unknown = (tally: Tally) =>
    tally.of('unknown') +
    tally.of('invalid') +
    tally.of(`${MARKED.asked} unknown`) +
    tally.of(`${MARKED.unasked} no-rdap`) +
    tally.of(`${MARKED.unasked} rdap-cap`);
  return {
    summary(tally, seconds, isStopped) {
      const summary = probeSummary(tally, seconds, isStopped ? notAsked(tally) : undefined);
      return rdap ? `${summary}\n${registrationSummary(tally, bounds)}` : summary;
    },
    answered: (tally) =>
      rdap
        ? [...tally.marksOf(MARKED.answer).keys()]
            .filter((answer) => /^(?:found|missing)/.test(answer))
            .map((answer) => `${MARKED.answer} ${answer}`)
        : ['found', 'missing nxdomain', 'missing nodata', 'missing wildcard'],
    isComplete: (tally) => unknown(tally) === 0,
    fault(tally) {
      const invalid = reasonsText(tally, ['invalid']);
      const capped = tally.of(`${MARKED.unasked} rdap-cap`);
      const lines = [
        ...(invalid === '' ? [] : [invalid]),
        ...(rdap && unknown(tally) > 0 ? unknownRegistrations(tally) : []),
        ...(capped > 0 ? [cappedText(capped, rdapMax)] : []),
        ...failureLines(tally, bounds),
      ];
      return lines.length > 0 ? lines.join('\n') : undefined;
    },
  };
}

function unknownRegistrations(tally: Tally): string[] {
  const asked = tally.of(`${MARKED.asked} unknown`);
  const without = tally.of(`${MARKED.unasked} no-rdap`);
  const counts = [
    ...(asked > 0 ? [`${grouped(asked)} not told by their registry`] : []),
    ...(without > 0 ? [`${grouped(without)} no-rdap`] : []),
  ];
  return counts.length > 0 ? [`registration unknown: ${counts.join(', ')}`] : [];
}

/** What the names and the resolvers of a run are to be told of. */
async function remarksOn(
  tally: Tally,
  pipeline: Pipeline,
  context: ProbeContext,
): Promise<Remarks> {
  const { errors, notes } = await remarksOnResolvers(tally, pipeline, context);
  const mistyped = await mistypedTlds(tally, context.names.slice(0, MAX_HINTED), context.flags);
  const badLabels = await badLabelNote(tally);
  const onNames = badLabels === undefined ? mistyped : [...mistyped, badLabels];
  const onLists = context.inputs.flatMap((input) => input.note?.() ?? []);
  return { errors, notes: [...notes, ...onNames, ...onLists] };
}

/** Which resolvers failed, what names stayed unknown by, and whether the resolvers deny or make up everything. */
async function remarksOnResolvers(
  tally: Tally,
  { resolvers: report, changed }: Pipeline,
  { flags, hasGivenUp }: ProbeContext,
): Promise<Remarks> {
  const changes = changed === undefined ? [] : [changed];
  if (hasGivenUp()) return { errors: changes, notes: [] };
  const failing = failingNote(report);
  const resolvers = failing === undefined ? [] : [failing];
  const outside =
    changed === undefined && flags.redis === undefined
      ? ((await outsideNote(flags, tally)) ?? (await inventionNote(flags, tally, report)))
      : undefined;
  const all = outside === undefined ? changes : [outside];
  if (tally.of('unknown') > 0) {
    return { errors: [...resolvers, ...all, reasonsText(tally, ['unknown'])], notes: [] };
  }
  // What matters of a missing name is said by its registry then.
  return flags.rdap && outside !== undefined
    ? { errors: [], notes: [...resolvers, outside] }
    : { errors: all, notes: resolvers };
}

function sumOf(counts: Readonly<Record<string, number>> = {}): number {
  const tally = new Tally();
  tally.include(counts);
  return tally.total;
}

/** How a run goes on, or that it cannot; what it has not read yet is not in its counts. */
function stopText(
  isReadToEnd: boolean,
  output: string | undefined,
  canResume: boolean,
): string | undefined {
  const where = isReadToEnd ? '' : ' before all names were read';
  if (output === undefined) return where === '' ? undefined : `stopped${where}`;
  const how = canResume
    ? 'the same command with --resume goes on'
    : `\`${output}\` is not whole, and cannot be gone on with`;
  return `stopped${where}; ${how}`;
}

/** An input without a name is no error, and most likely a mistake. */
function emptyText({ maxLength }: ProbeFlags): string {
  const why = maxLength === undefined ? '' : ` (--max-length ${maxLength} leaves out longer ones)`;
  return `there was no name to look up${why}`;
}

function queueText(
  { names, host, seconds }: RegistryQueue,
  isWhole: boolean,
  rate: number,
): string {
  const count = `${grouped(names)} names wait for registries${isWhole ? '' : ' so far'}`;
  const pace = `each is asked ${rate === 1 ? 'once' : `${rate} times`} a second at most (--rdap-rate)`;
  return `${count}, ${host} for about ${roughTime(seconds)}: ${pace}`;
}

function styleOf({ flags, streams }: ProbeContext): OutputStyle {
  return outputStyle(flags.output === undefined ? streams.stdout : undefined, flags.color, {
    records: showsRecords(flags),
    registration: flags.rdap,
  });
}

/** `12 found, 3 missing, 0 unknown`, and how the pipeline does. */
function countsText(tally: Tally, { state = [] }: Pipeline): string {
  const counts = ['found', 'missing', 'unknown'].map((key) => `${tally.of(key)} ${key}`);
  return [...counts, ...state].join(', ');
}

/** How many resolvers are not believed, and how many fail. */
function resolverFields(pipeline: Pipeline): Record<string, number | boolean> {
  const { distrusted, contradicted, changed, resolvers } = pipeline;
  return {
    ...(distrusted !== undefined && { distrusted }),
    ...(contradicted !== undefined && { contradicted }),
    ...(resolvers && { failing: resolvers.failing.length }),
    ...(changed !== undefined && { changed: true }),
  };
}

function probeRun(pipeline: Pipeline, inputs: readonly LineSource[], context: ProbeContext): Run {
  const { flags, streams, journal } = context;
  let isReadToEnd = false;
  const joined = joinInputs(inputs, () => {
    isReadToEnd = true;
  });
  const { before } = journal ?? {};
  // Of an earlier part more may be done than this one has come to.
  const report = reportOf(context, (tally) => Math.max(0, pipeline.taken - tally.total));
  const totalBefore = sumOf(before?.tally);
  return {
    ...report,
    summary(tally, seconds, isStopped) {
      const text = report.summary(tally, seconds, isStopped);
      if (isStopped) {
        const why = stopText(isReadToEnd, flags.output, journal !== undefined);
        return why === undefined ? text : `${why}\n${text}`;
      }
      if (pipeline.taken === 0) return `${emptyText(flags)}\n${text}`;
      const isUnchanged = before?.finished && tally.total === totalBefore;
      return isUnchanged ? `\`${flags.output}\` is finished\n${text}` : text;
    },
    before,
    remarks: (tally) => remarksOn(tally, pipeline, context),
    deliver: (delivery) =>
      pipeline.deliver(journal?.watch(joined) ?? joined, {
        ...delivery,
        format: formats[flags.format].probe(styleOf(context)),
        sorter: flags.sort && sortedLines(flags.sort, () => sayTo(streams, flags.quiet)(UNSORTED)),
      }),
    bar: { noun: 'names', delaySeconds: 0.5, isKept: false },
    isTyped: context.isTyped,
    total() {
      if (isReadToEnd) return { count: pipeline.taken, isExact: true };
      const share = shareRead(inputs) ?? 0;
      if (share === 0) return undefined;
      return { count: Math.round(pipeline.taken / share), isExact: false };
    },
    fields: (tally) => ({
      ...probeFields(tally),
      not_asked: Math.max(0, pipeline.taken - tally.total),
      ...resolverFields(pipeline),
      ...(flags.rdap && {
        registration: { ...registrationCounts(tally), waiting: pipeline.queue?.names ?? 0 },
      }),
    }),
    queue: () => pipeline.queue,
    queueNotice: (queue, isWhole) => queueText(queue, isWhole, flags.rdapRate),
    counts: (tally) => countsText(tally, pipeline),
  };
}
