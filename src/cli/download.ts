/** `flagprobe download`: flags to options, codes to the downloader, results to the writer. */

import { type Command, Option } from 'commander';
import { UsageError } from '../core/usage-error.js';
import { type Downloader, type DownloadOptions, openDownloader } from '../download/downloader.js';
import { downloadRules } from '../download/options.js';
import { isUrl } from '../flags/input.js';
import { listServices } from '../flags/services.js';
import { integer } from '../options/rule.js';
import { formats } from '../output/index.js';
import { downloadOpening, downloadSummary, Tally } from '../output/summary.js';
import { probeRules } from '../probe/options.js';
import { deliver, lookFor, OutputClosed } from './delivery.js';
import { type InputFlags, onlyFailed, onlyShard, readDownloadInputs } from './download-inputs.js';
import { EXIT, type ExitCode, RunError, systemReason } from './exit-codes.js';
import { type Interrupt, Interrupted, onInterrupt } from './interrupt.js';
import { addCommonOptions, type CommonFlags } from './options.js';
import { drawPreview, keepFiles } from './preview.js';
import { showProgress } from './progress.js';
import { repeatable, ruled, ruledEach } from './rule-option.js';

interface DownloadFlags extends CommonFlags, InputFlags {
  readonly list?: boolean;
  readonly server: string | readonly string[];
  readonly dir: string;
  readonly name: NonNullable<DownloadOptions['name']>;
  readonly concurrency: number;
  readonly max_req?: number;
  readonly perHost: number;
  readonly rate: number;
  readonly timeout: number;
  readonly retries: number;
  readonly maxTime: number;
  readonly maxSize: number;
  readonly accept: NonNullable<DownloadOptions['accept']>;
  readonly skipExisting?: boolean;
  readonly force?: boolean;
  readonly header?: readonly string[];
  readonly ca?: string;
  readonly gallery?: boolean;
  readonly preview?: boolean;
}

const statuses = ['ok', 'unchanged', 'not_found', 'error'];

export function define(command: Command, done: (code: ExitCode) => void): void {
  const rules = downloadRules;
  command
    .argument('[code...]', 'country codes: BR, or B for BA to BZ (the 20 most populous countries)')
    .addOption(new Option('-a, --all', 'every country code there is'))
    .addOption(new Option('-e, --every', 'every code from AA to ZZ'))
    .addOption(ruled('-l, --limit <n>', 'at most n inputs', limit).default(undefined))
    .addOption(
      repeatable('-i, --input <file>', 'read codes or URLs from a file, or - , one a line'),
    )
    .addOption(
      ruledEach('-s, --server <server>', 'where from; several are tried in order', rules.server),
    )
    .addOption(new Option('--list', 'list the services that --server knows, and end'))
    .addOption(ruled('-d, --dir <folder>', 'where to', rules.dir))
    .addOption(ruled('--name <kind>', "what a country's file is called", rules.name))
    .addOption(ruled('-c, --concurrency <n>', 'requests in flight', rules.concurrency))
    .addOption(ruled('-m, --max_req <n>', 'the same as -c', rules.concurrency).default(undefined))
    .addOption(ruled('--per-host <n>', 'requests in flight to one host', rules.perHost))
    .addOption(ruled('--rate <n>', 'requests a second to each host; 0 is no limit', rules.rate))
    .addOption(ruled('--timeout <seconds>', 'the longest one try may take', rules.timeout))
    .addOption(ruled('--retries <n>', 'tries after the first', rules.retries))
    .addOption(
      ruled('--max-time <seconds>', 'the longest one input may take; 0 is no limit', rules.maxTime),
    )
    .addOption(ruled('--max-size <bytes>', 'the largest file taken', rules.maxSize))
    .addOption(ruled('--accept <kind>', 'what is taken', rules.accept))
    .addOption(new Option('--skip-existing', 'ask nothing where the file is there'))
    .addOption(new Option('--force', 'fetch everything anew'))
    .addOption(new Option('--retry-failed', 'only what ended as an error the last time'))
    .addOption(
      ruled('--shard <i/n>', 'fetch only part i of n', probeRules.shard).default(undefined),
    )
    .addOption(ruled('--header <line>', "'Name: value', sent with every request", rules.headers))
    .addOption(new Option('--ca <file>', 'certificates (PEM) to trust as well'))
    .addOption(new Option('--gallery', 'write index.html into the folder, with every flag in it'))
    .addOption(new Option('--preview', 'draw the flags in the terminal at the end'))
    .addOption(new Option('-v, --verbose', 'no bar'));
  addCommonOptions(command, 'download', statuses);
  command.addHelpText('after', notes);
  command.action(async (codes: string[], flags: DownloadFlags) =>
    done(flags.list ? list() : await download(codes, flags)),
  );
}

const limit = integer(1, 1_000_000, 1_000_000);

const notes = `
local, delay and error are a flag server inside the program, to try everything with no network.
What the folder holds is in its .flagprobe.jsonl: a second run asks only for what has changed.
Exit code: 0 all answered, 1 an error or no file at all, 2 wrong usage, 3 --expect did not hold,
4 the run failed.`;

function list(): ExitCode {
  const rows = listServices();
  const width = Math.max(...rows.map(({ server }) => server.length));
  process.stdout.on('error', () => {});
  process.stdout.write(
    rows.map(({ server, from }) => `${server.padEnd(width)}  ${from}\n`).join(''),
  );
  return EXIT.answered;
}

async function download(args: readonly string[], flags: DownloadFlags): Promise<ExitCode> {
  if (flags.force && flags.skipExisting) {
    throw new UsageError('Expected one of `--force` and `--skip-existing`, got both');
  }
  using interrupt = onInterrupt();
  const given = await readDownloadInputs(args, flags, interrupt);
  const concurrency = flags.max_req ?? flags.concurrency;
  const { server, dir, name, perHost, rate, timeout, retries, maxTime, maxSize } = flags;
  const { accept, skipExisting, force, header, ca, ordered } = flags;
  await using downloader = await openDownloader({
    ...{ server, dir, name, concurrency, perHost, rate, timeout, retries, maxTime, maxSize },
    ...{ accept, skipExisting, force, headers: header, ca, ordered },
    signal: interrupt.signal,
  });
  const chosen = flags.retryFailed ? onlyFailed(given, downloader.failed()) : given.texts;
  const inputs = onlyShard(chosen, flags.shard);
  if (flags.retryFailed && chosen.length === 0) {
    if (!flags.quiet) process.stderr.write('Nothing failed the last time.\n');
    return EXIT.answered;
  }
  try {
    return await stream(downloader, inputs, { ...flags, concurrency }, interrupt);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.answered;
    throw error;
  }
}

async function gallery(dir: string): Promise<string> {
  try {
    const { writeGallery } = await import('../images/gallery.js');
    return await writeGallery(dir);
  } catch (error) {
    throw new RunError(`cannot write the gallery: ${systemReason(error)}`);
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
  const sites = downloader.sites.map(({ label, url }) => `${label} site: ${url}`);
  // A list of URLs has nothing to do with the services.
  const opening = inputs.every(isUrl) ? [] : [sites.join('\n')];
  say([...opening, downloadOpening('', inputs, flags.concurrency).trimStart()].join('\n'));
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
  const shown = new Map<string, string>();
  try {
    const { only, output } = flags;
    const batches = downloader.batches([inputs]);
    await deliver(flags.preview ? keepFiles(batches, shown) : batches, {
      format,
      only,
      output,
      tally,
      progress,
      interrupt,
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    stopped = error;
  }
  progress[Symbol.dispose]();
  const seconds = (performance.now() - start) / 1000;
  say(downloadSummary(tally, seconds, stopped && inputs.length - tally.total));
  const { numbered } = downloader;
  if (numbered > 0)
    say(`Files of ${numbered} URLs got a number: another URL has the same last part.`);
  if (stopped) throw stopped;
  if (flags.preview) say(`\n${(await drawPreview(shown)).trimEnd()}`);
  if (flags.gallery) say(`Gallery: ${await gallery(flags.dir)}`);
  const { expect } = flags;
  const answered = ['ok', 'unchanged', 'not_found'];
  if (expect && answered.some((status) => tally.of(status) > 0 && !expect.includes(status))) {
    return EXIT.unexpected;
  }
  const files = tally.of('ok') + tally.of('unchanged');
  // Nothing had failed, or this part of the list is empty.
  const mayBeEmpty = flags.retryFailed || flags.shard !== undefined;
  if (mayBeEmpty && inputs.length === 0) return EXIT.answered;
  return tally.of('error') > 0 || files === 0 ? EXIT.unanswered : EXIT.answered;
}
