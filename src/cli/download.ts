/** `flagprobe download`: flags to options, codes to the downloader, results to the writer. */

import { type Command, Option } from 'commander';
import type { DownloadResult } from '../core/model.js';
import { UsageError } from '../core/usage-error.js';
import { type Downloader, type DownloadOptions, openDownloader } from '../index.js';
import { selectCodes } from '../names/codes.js';
import { downloadRules, integer, wrong } from '../options.js';
import { formats } from '../output/index.js';
import { downloadOpening, downloadSummary, Tally } from '../output/report.js';
import { addCommonOptions, type CommonFlags } from './common-options.js';
import { deliver, lookFor, OutputClosed } from './delivery.js';
import { EXIT, type ExitCode } from './exit.js';
import { openInput } from './inputs.js';
import { type Interrupt, Interrupted, onInterrupt } from './interrupt.js';
import { repeatable, ruled } from './program.js';
import { showProgress } from './progress.js';

interface DownloadFlags extends CommonFlags {
  readonly all?: boolean;
  readonly every?: boolean;
  readonly limit?: number;
  readonly input?: readonly string[];
  readonly server: string;
  readonly dir: string;
  readonly name: NonNullable<DownloadOptions['name']>;
  readonly concurrency: number;
  readonly max_req?: number;
  readonly timeout: number;
  readonly retries: number;
  readonly maxSize: number;
}

const statuses = ['ok', 'unchanged', 'not_found', 'error'];

export function define(command: Command, done: (code: ExitCode) => void): void {
  const { concurrency } = downloadRules;
  command
    .argument('[code...]', 'country codes: BR, or B for BA to BZ (the 20 most populous countries)')
    .addOption(new Option('-a, --all', 'every country code there is'))
    .addOption(new Option('-e, --every', 'every code from AA to ZZ'))
    .addOption(ruled('-l, --limit <n>', 'at most n codes', limit).default(undefined))
    .addOption(repeatable('-i, --input <file>', 'read codes from a file, or - , one a line'))
    .addOption(ruled('-s, --server <server>', 'where from', downloadRules.server))
    .addOption(ruled('-d, --dir <folder>', 'where to', downloadRules.dir))
    .addOption(ruled('--name <kind>', 'what a file is called', downloadRules.name))
    .addOption(ruled('-c, --concurrency <n>', 'requests in flight', concurrency))
    .addOption(ruled('-m, --max_req <n>', 'the same as -c', concurrency).default(undefined))
    .addOption(ruled('--timeout <seconds>', 'the longest one try may take', downloadRules.timeout))
    .addOption(ruled('--retries <n>', 'tries after the first', downloadRules.retries))
    .addOption(ruled('--max-size <bytes>', 'the largest image taken', downloadRules.maxSize))
    .addOption(new Option('-v, --verbose', 'no bar'));
  addCommonOptions(command, 'download', statuses);
  command.addHelpText('after', notes);
  command.action(async (codes: string[], flags: DownloadFlags) =>
    done(await download(codes, flags)),
  );
}

const limit = integer(1, 1000, 1000);

const notes = `
local, delay and error are a flag server inside the program, to try everything with no network.
Exit code: 0 all answered, 1 an error or no file at all, 2 wrong usage, 3 --expect did not hold,
4 the run failed.`;

async function download(args: readonly string[], flags: DownloadFlags): Promise<ExitCode> {
  const bad = selectCodes({ texts: args }).wrong[0];
  if (bad !== undefined) throw wrong('code', 'two letters, or one for all that begin with it', bad);
  using interrupt = onInterrupt();
  const lines = await readInputs(flags.input ?? [], interrupt);
  const { all, every } = flags;
  const isNamed = args.length > 0 || flags.input !== undefined;
  const texts = isNamed ? [...args, ...lines] : undefined;
  const selection = selectCodes({ texts, all, every, limit: flags.limit });
  const concurrency = flags.max_req ?? flags.concurrency;
  await using downloader = await openDownloader({
    server: flags.server,
    dir: flags.dir,
    name: flags.name,
    concurrency,
    timeout: flags.timeout,
    retries: flags.retries,
    maxSize: flags.maxSize,
    ordered: flags.ordered,
    signal: interrupt.signal,
  });
  try {
    const inputs = [...selection.codes, ...selection.wrong];
    return await stream(downloader, inputs, { ...flags, concurrency }, interrupt);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.answered;
    throw error;
  }
}

async function stream(
  downloader: Downloader,
  inputs: readonly string[],
  flags: DownloadFlags,
  interrupt: Interrupt,
): Promise<ExitCode> {
  const say = (text: string) => {
    if (!flags.quiet) process.stderr.write(`${text}\n`);
  };
  const { label, url } = downloader.site;
  say(downloadOpening(`${label} site: ${url}`, inputs, flags.concurrency));
  const start = performance.now();
  const tally = new Tally();
  using progress = await showProgress({
    kind: flags.quiet || flags.verbose ? 'none' : flags.progress,
    noun: 'flags',
    patience: 0,
    keeps: true,
    snapshot: () => ({
      done: tally.total,
      total: inputs.length,
      counts: `${tally.of('ok')} ok, ${tally.of('not_found')} not found, ${tally.of('error')} errors`,
    }),
  });
  const format = formats[flags.format].download?.(lookFor(flags.output, false));
  if (!format) throw new UsageError(`Expected \`--format\` to be one that download has`);
  let stopped: Error | undefined;
  try {
    const { only, output } = flags;
    const batches = inLists(downloader.results(inputs));
    await deliver(batches, { format, only, output, tally, progress, interrupt });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    stopped = error;
  }
  progress[Symbol.dispose]();
  const seconds = (performance.now() - start) / 1000;
  say(downloadSummary(tally, seconds, stopped && inputs.length - tally.total));
  if (stopped) throw stopped;
  const { expect } = flags;
  const answered = ['ok', 'unchanged', 'not_found'];
  if (expect && answered.some((status) => tally.of(status) > 0 && !expect.includes(status))) {
    return EXIT.unexpected;
  }
  const files = tally.of('ok') + tally.of('unchanged');
  return tally.of('error') > 0 || files === 0 ? EXIT.unanswered : EXIT.answered;
}

async function* inLists(
  results: AsyncIterable<DownloadResult>,
): AsyncGenerator<readonly DownloadResult[]> {
  for await (const result of results) yield [result];
}

/** Codes are a set, sorted: they are all read before the first is asked for. */
async function readInputs(paths: readonly string[], interrupt: Interrupt): Promise<string[]> {
  const inputs = paths.map((path) => openInput('--input', path));
  interrupt.signal.addEventListener('abort', () => {
    for (const input of inputs) input.close();
  });
  const lines: string[] = [];
  for (const { lists } of inputs) {
    for await (const list of lists) lines.push(...list);
  }
  interrupt.signal.throwIfAborted();
  return lines;
}
