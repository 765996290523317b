/** `flagprobe download`: codes to flags, results to lines. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { RunError, systemReason } from '../core/run-error.js';
import type { TextList } from '../core/text-list.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Downloader } from '../download/downloader.js';
import type { NotedFiles } from '../download/file-notes.js';
import { type DownloadOptions, downloadOptions } from '../download/options.js';
import { countries } from '../flags/codes.js';
import { isUrl, mayNameFile } from '../flags/parse-input.js';
import { listServices } from '../flags/services.js';
import { invalidOption } from '../options/rule.js';
import { optionsOf } from '../options/table.js';
import { formats } from '../output/formats.js';
import {
  type DownloadNoun,
  downloadFields,
  downloadOpening,
  downloadSummary,
  grouped,
  reasonCounts,
  reasonsText,
} from '../output/summary.js';
import type { Tally } from '../output/tally.js';
import { noteEnd, noteStart, wasCutShort } from '../storage/download-folder.js';
import { recordedInputs } from '../storage/manifest.js';
import { outputStyle } from './color.js';
import { defineCommand } from './command.js';
import { deliver } from './delivery.js';
import { type DownloadFlags, downloadCommandOptions } from './download-command-options.js';
import {
  type DownloadInputs,
  onlyFailed,
  onlyShard,
  readDownloadInputs,
  siteLines,
} from './download-inputs.js';
import { fileNotes } from './download-notes.js';
import { drawPreview, keepFiles } from './download-preview.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { checkOutputBeside } from './output-check.js';
import { print } from './print.js';
import { carryOut, type Run, type RunContext } from './run.js';
import { type Say, type Streams, sayError, sayTo } from './streams.js';
import { findUnlisted, knowsWhatLeft, printUnlisted } from './unlisted.js';
import { deferParserOptimization } from './v8-flags.js';

export const define = defineCommand({
  argument: {
    name: '[input...]',
    help:
      'countries (BR, BRA, 076 or Brazil), first letters (B is BA to BZ) or URLs (default: the 20 ' +
      'most populous countries)',
    completes: { words: () => [...countries.values()].map(({ cc, name }) => [cc, name]) },
  },
  options: downloadCommandOptions,
  notes: [
    'The servers local, delay and error are inside the program: try everything without a network.',
    'A second run into the same folder downloads only what has changed, where the server tells (ETag, ' +
      'Last-Modified).',
    'The environment variables http_proxy, https_proxy, all_proxy and no_proxy are obeyed.',
  ],
  exitCodes: [
    'every input was answered, "not found" too',
    'an error, or no file at all',
    'wrong usage',
    '--expect did not hold',
    'the run failed',
  ],
  examples: [
    ['Two flags, without a network', 'flagprobe download BR JP -s local'],
    ['Every country as SVG', 'flagprobe download -a -s flagcdn:svg'],
    ['A list of images', 'flagprobe download -i urls.txt -d images'],
    ['What failed last time', 'flagprobe download --retry-failed'],
    ['In a script, with 3 for a missing flag', 'flagprobe download -a --expect ok,unchanged -q'],
  ],
  run: (codes, flags, streams, program) =>
    flags.list ? list(streams) : download(codes, flags, streams, givenSource(flags, program)),
});

async function list({ stdout }: Streams): Promise<ExitCode> {
  const rows = listServices();
  const width = Math.max(...rows.map(({ server }) => server.length));
  await print(
    stdout,
    rows.map(({ server, from }) => `${server.padEnd(width)}  ${from}\n`).join(''),
  );
  return EXIT.answered;
}

/** The server and the kind of name that the command line gives: a default counts less than a record. */
function givenSource({ server, name }: DownloadFlags, program: Command): GivenSource {
  const command = program.commands.find((each) => each.name() === 'download');
  const isDefault = (option: string) => command?.getOptionValueSource(option) === 'default';
  return {
    server: isDefault('server') ? undefined : server,
    name: isDefault('name') ? undefined : name,
  };
}

type GivenSource = Pick<DownloadOptions, 'server' | 'name'>;

async function download(
  args: readonly string[],
  flags: DownloadFlags,
  streams: Streams,
  source: GivenSource,
): Promise<ExitCode> {
  if (flags.force && flags.skipExisting) {
    throw new UsageError('Expected one of `--force` and `--skip-existing`, got both');
  }
  await checkOutputBeside(flags);
  using interrupt = onInterrupt();
  const say = sayTo(streams, flags.quiet);
  if (flags.retryFailed && !existsSync(flags.dir)) {
    throw invalidOption('--dir', 'the folder of an earlier download', flags.dir);
  }
  const given = await readDownloadInputs(args, flags, streams, interrupt);
  for (const hint of given.hints) say(hint);
  if (flags.unlisted) return await printUnlisted(given, flags, streams);
  // Found out at the end, that would come too late.
  if (flags.gallery) await inGallery('checkGallery', flags.dir);
  deferParserOptimization();
  // What downloads is loaded only now: help and a wrong command line need none of it.
  const { openListDownloader } = await import('../download/downloader.js');
  const options = { ...optionsOf(downloadOptions, flags), ...source, signal: interrupt.signal };
  await using downloader = await openListDownloader(options, given.origins);
  const { texts, neverAsked } = flags.retryFailed
    ? failedOf(given, downloader, flags.dir)
    : { texts: given.texts };
  if (flags.retryFailed && texts.length === 0) {
    say('Nothing failed the last time.');
    if (neverAsked === undefined) return EXIT.answered;
    sayError(streams, neverAsked);
    return EXIT.unanswered;
  }
  const inputs = onlyShard(texts, flags.shard);
  const noun = nounOf(inputs, downloader, flags);
  if (inputs.length === 0)
    say(given.areImplied ? EMPTY_INPUT : 'there was no country and no URL to download');
  else say(openingOf(downloader, inputs, flags.concurrency, noun));
  if (!flags.retryFailed) await noteStart(flags.dir);
  const context = { flags, interrupt, streams };
  return await carryOut(
    downloadRun(downloader, { inputs, noun, neverAsked, given }, context, say),
    context,
  );
}

const EMPTY_INPUT =
  'standard input has no country and no URL to download; with < /dev/null it is not read';

/** What failed, and a sentence about what has not because it was never asked for: most likely that is a surprise. */
function failedOf(given: DownloadInputs, downloader: Downloader, dir: string) {
  const { texts, unrecorded } = onlyFailed(given, downloader.failed(), recordedInputs(dir));
  if (!given.areNamed) return { texts, neverAsked: wasCutShort(dir) ? CUT_SHORT : undefined };
  const [first = ''] = unrecorded;
  if (unrecorded.length === 0) return { texts };
  const shown = `\`${withoutSecrets(first.split('\t')[0] as string)}\``;
  const what =
    unrecorded.length === 1
      ? `${shown} has no record in \`${dir}\` and is`
      : `${shown} and ${unrecorded.length - 1} more have no record in \`${dir}\` and are`;
  return {
    texts,
    neverAsked: `${what} not asked for now; without --retry-failed everything is.`,
  };
}

const CUT_SHORT =
  'The last run was cut short; the same command without --retry-failed asks for what it left out.';

/** What the inputs bring; where a country is among them, flags. */
function nounOf(inputs: TextList, downloader: Downloader, { accept }: DownloadFlags): DownloadNoun {
  const areUrls = isUrl(inputs.at(-1) ?? '') && siteLines(inputs, downloader).length === 0;
  if (!areUrls) return 'flags';
  return accept === 'image' ? 'images' : 'files';
}

/** From where, what, how many at once. */
function openingOf(
  downloader: Downloader,
  inputs: TextList,
  concurrency: number,
  noun: DownloadNoun,
): string {
  const opening = downloadOpening(inputs, concurrency, noun);
  return [...siteLines(inputs, downloader), opening].join('\n');
}

interface DownloadContext extends RunContext {
  readonly flags: DownloadFlags;
}

interface Chosen {
  readonly inputs: TextList;
  readonly noun: DownloadNoun;
  /** That there is more to ask for than what failed. */
  readonly neverAsked?: string | undefined;
  /** What the command line names, of which these are all or a part. */
  readonly given: DownloadInputs;
}

function downloadRun(
  downloader: Downloader,
  { inputs, noun, neverAsked, given }: Chosen,
  { flags, streams }: DownloadContext,
  say: Say,
): Run {
  const style = outputStyle(flags.output === undefined ? streams.stdout : undefined, flags.color, {
    records: false,
  });
  const format = formats[flags.format].download?.(style);
  if (!format) throw new UsageError('Expected `--format` to be one that download has');
  const files = new Map<string, string>();
  let unlisted: NotedFiles<string> = { count: 0, first: [] };
  // Nothing had failed, or this part of the list is empty.
  const mayBeEmpty = inputs.length === 0 && (flags.retryFailed || flags.shard !== undefined);
  return {
    deliver(context) {
      const batches = downloader.batches(inputs.drain(), inputs.those(mayNameFile));
      const shown = flags.preview ? keepFiles(batches, files) : batches;
      return deliver(shown, { ...context, format });
    },
    bar: { noun, delaySeconds: 0, isKept: true },
    total: () => ({ count: inputs.length, isExact: true }),
    fields: (tally) => ({
      ...downloadFields(tally),
      not_asked: inputs.length - tally.total,
      renamed: downloader.renamed.count,
      retyped: downloader.retyped.count,
      kept: downloader.kept.count,
      changed: downloader.changed.count,
      outdated: downloader.outdated.count,
      unlisted: unlisted.count,
    }),
    counts: countsText,
    outlivesLines: true,
    async remarks(tally) {
      if (knowsWhatLeft(given, tally, flags)) unlisted = await findUnlisted(downloader);
      return { errors: neverAsked === undefined ? [] : [neverAsked], notes: [] };
    },
    summary(tally, seconds, isStopped) {
      const notAsked = isStopped ? inputs.length - tally.total : undefined;
      const notes = fileNotes(downloader, unlisted);
      const text = `${downloadSummary(tally, seconds, notAsked, noun)}${notes}${errorsText(tally)}`;
      return isStopped ? `${text}\nThe same command goes on: what is there is only checked.` : text;
    },
    async finish() {
      if (!flags.retryFailed) await noteEnd(flags.dir);
      // A drawing is made of a terminal's own commands.
      if (flags.preview && !flags.quiet) {
        streams.stderr.write(`\n${(await drawPreview(files, streams.stderr)).trimEnd()}\n`);
      }
      if (flags.gallery) say(`Gallery: ${await inGallery('writeGallery', flags.dir)}`);
    },
    fault: (tally) => (mayBeEmpty ? undefined : faultText(tally)),
    answered: () => ['ok', 'unchanged', 'not_found'],
    isComplete: (tally) =>
      mayBeEmpty || (tally.of('error') === 0 && tally.of('ok') + tally.of('unchanged') > 0),
  };
}

function countsText(tally: Tally): string {
  const unchanged = tally.of('unchanged');
  return [
    `${tally.of('ok')} ok`,
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
    `${tally.of('not_found')} not found`,
    `${tally.of('error')} errors`,
  ].join(', ');
}

/** Why there were errors, and how to ask again; empty if there were none. */
function errorsText(tally: Tally): string {
  const count = tally.of('error');
  if (count === 0) return '';
  const again = count > tally.of('error bad-code') ? '; --retry-failed asks for them again' : '';
  return `\nErrors: ${reasonCounts(tally, 'error')}${again}.`;
}

/** Why not every input was answered, or that there is no file; undefined if all is well. */
function faultText(tally: Tally): string | undefined {
  if (tally.of('error') > 0) return reasonsText(tally, ['error']);
  if (tally.of('ok') + tally.of('unchanged') > 0) return undefined;
  return `no file is there: ${grouped(tally.of('not_found'))} not found`;
}

async function inGallery(what: 'checkGallery' | 'writeGallery', dir: string): Promise<string> {
  try {
    const module = await import('../images/gallery.js');
    return await module[what](dir);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(`cannot write the gallery: ${systemReason(error)}`);
  }
}
