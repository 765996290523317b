/** `flagprobe download`: flags to options, codes to the downloader, results to the writer. */

import { UsageError } from '../core/usage-error.js';
import { type Downloader, openDownloader } from '../download/downloader.js';
import { downloadOptions } from '../download/options.js';
import { isUrl } from '../flags/input.js';
import { listServices } from '../flags/services.js';
import { optionsOf } from '../options/table.js';
import { formats } from '../output/index.js';
import { downloadOpening, downloadSummary, Tally } from '../output/summary.js';
import { defineCommand } from './command.js';
import { deliver, lookFor, OutputClosed } from './delivery.js';
import { onlyFailed, onlyShard, readDownloadInputs } from './download-inputs.js';
import { type DownloadFlags, downloadCommandOptions } from './download-options.js';
import { EXIT, type ExitCode, RunError, systemReason } from './exit-codes.js';
import { type Interrupt, Interrupted, onInterrupt } from './interrupt.js';
import { drawPreview, keepFiles } from './preview.js';
import { showProgress } from './progress.js';

const notes = `
local, delay and error are a flag server inside the program, to try everything with no network.
What the folder holds is in its .flagprobe.jsonl: a second run asks only for what has changed.
Exit code: 0 all answered, 1 an error or no file at all, 2 wrong usage, 3 --expect did not hold,
4 the run failed.`;

export const define = defineCommand({
  argument: {
    name: '[code...]',
    help: 'country codes: BR, or B for BA to BZ (the 20 most populous countries)',
  },
  options: downloadCommandOptions,
  notes,
  run: async (codes, flags) => (flags.list ? list() : await download(codes, flags)),
});

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
  await using downloader = await openDownloader({
    ...optionsOf(downloadOptions, flags),
    signal: interrupt.signal,
  });
  const chosen = flags.retryFailed ? onlyFailed(given, downloader.failed()) : given.texts;
  const inputs = onlyShard(chosen, flags.shard);
  if (flags.retryFailed && chosen.length === 0) {
    if (!flags.quiet) process.stderr.write('Nothing failed the last time.\n');
    return EXIT.answered;
  }
  try {
    return await stream(downloader, inputs, flags, interrupt);
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
    const { output } = flags;
    const only = flags.only.length > 0 ? flags.only : undefined;
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
  if (
    expect.length > 0 &&
    answered.some((status) => tally.of(status) > 0 && !expect.includes(status))
  ) {
    return EXIT.unexpected;
  }
  const files = tally.of('ok') + tally.of('unchanged');
  // Nothing had failed, or this part of the list is empty.
  const mayBeEmpty = flags.retryFailed || flags.shard !== undefined;
  if (mayBeEmpty && inputs.length === 0) return EXIT.answered;
  return tally.of('error') > 0 || files === 0 ? EXIT.unanswered : EXIT.answered;
}
