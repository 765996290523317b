/** Codes and URLs in, files out: the use case behind `flagprobe download`. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCompletedBatches, type Begin } from '../core/as-completed.js';
import type { DownloadResult } from '../core/model.js';
import { systemReason } from '../core/run-error.js';
import { mapSource, refuseText, type Source } from '../core/source.js';
import { UsageError } from '../core/usage-error.js';
import {
  type CodeInput,
  explainInput,
  type Input,
  inputText,
  mayNameFile,
  parseInput,
} from '../flags/parse-input.js';
import { serverText } from '../flags/services.js';
import { openAgent } from '../http/agent.js';
import { descriptorsLeft } from '../http/descriptors.js';
import { parseHeader } from '../http/header.js';
import { badProxy } from '../http/proxy.js';
import { invalidOption } from '../options/rule.js';
import { resolveOptions } from '../options/table.js';
import { withAskers } from '../storage/askers.js';
import { ByteBudget } from '../storage/byte-budget.js';
import { lockFolder, prepareFolder } from '../storage/download-folder.js';
import { FileNames } from '../storage/file-names.js';
import { isUnlisted, leavingLine, openManifest } from '../storage/manifest.js';
import { recordKey, USUAL_NAMING } from '../storage/manifest-record.js';
import { Saver } from '../storage/saver.js';
import { badCode, claimGivenName, type DownloadContext, downloadOne } from './download-one.js';
import { FileNotes, type NotedFiles, type RenamedFiles } from './file-notes.js';
import { HeadersByOrigin } from './headers-by-origin.js';
import { type InputOrigins, oneOrigin } from './input-origins.js';
import { Intake } from './intake.js';
import { Job } from './job.js';
import { type DownloadOptions, downloadOptions } from './options.js';
import { RequestQueue } from './request-queue.js';
import { Sites } from './sites.js';

/** Country codes and whole http(s) URLs. */
export type Codes = Iterable<string> | AsyncIterable<string>;
export type CodeLists = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** Connections, a folder and a thread that saves, kept from one call to the next. */
export interface Downloader extends AsyncDisposable {
  /** Where flags come from, in the order asked: a name in capitals, an address without user and password. */
  readonly sites: readonly { readonly label: string; readonly url: string }[];
  /** One result for each input, as they settle. */
  results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined>;
  /**
   * The same for very many: lists in, lists out, all that settled since the last.
   *
   * @param named those of the inputs that give their file a name (`URL<TAB>name`), if they are known before: no name that is
   *   taken from a URL goes before one of theirs. Of an array, {@link results} knows them
   */
  batches(
    lists: CodeLists,
    named?: Iterable<string>,
  ): AsyncGenerator<DownloadResult[], void, undefined>;
  /**
   * The inputs, codes and URLs, whose last record in the folder's manifest is an error: each as a text
   * that {@link results} asks for in the same place and saves under the same name. A `server` or `name`
   * that this downloader was opened with goes before that of the record.
   */
  failed(): string[];
  /** Files of URLs that got a number so far, because the name was taken. */
  readonly renamed: RenamedFiles;
  /**
   * Files that are called otherwise so far, because a file that this program has not saved has their name: that one is
   * kept, unless `force` is given.
   */
  readonly kept: RenamedFiles;
  /**
   * How many files that this program has not saved, or that have another size since, `skipExisting` took for those that
   * were asked for, so far.
   */
  readonly skippedForeign: number;
  /** Files of URLs that got another extension than that of the name asked for, as the image has it. */
  readonly retyped: RenamedFiles;
  /** Files that something else had changed since they were saved, and that were fetched anew so far. */
  readonly changed: NotedFiles<string>;
  /**
   * Files of earlier runs that are still there, so far, as what was asked for in their place was not found or failed: under
   * the same URL, that of another server, or one that a list has given the name since.
   */
  readonly outdated: NotedFiles<string>;
  /**
   * The paths of the files that an earlier run of the same `listName` asked for, and that no input so far has asked for: what
   * has left that list, as the manifest is told. A file is not among them as long as another list has it, by the last run of
   * that, or if it was asked for without a `listName`. None without one. To be called when all of the list was asked for.
   */
  unlisted(): AsyncGenerator<string, void, undefined>;
  /**
   * Cancels what is in flight, waits until what was fetched is saved, and closes every connection,
   * thread and server. Results that are still waited for reject.
   */
  close(): Promise<void>;
}

/**
 * Yields one result for each input, as they settle. Throws a {@link UsageError} for a bad option.
 *
 * @example
 * ```ts
 * for await (const flag of downloadMany(['BR', 'JP'], { server: 'flagcdn:svg', dir: 'flags' })) {
 *   console.log(flag.code, flag.status);
 * }
 * ```
 */
export async function* downloadMany(
  codes: Codes,
  options: DownloadOptions = {},
): AsyncGenerator<DownloadResult, void, undefined> {
  const downloader = await openDownloader(options);
  try {
    yield* downloader.results(codes);
  } finally {
    await downloader.close();
  }
}

/**
 * Opens a downloader: the folder is made and tried, its manifest is read, and an embedded server is
 * started. Nothing is asked for yet. Rejects with a {@link UsageError} for a bad option or a folder
 * that cannot be used.
 *
 * @example
 * ```ts
 * const downloader = await openDownloader({ dir: 'flags' });
 * try {
 *   for await (const flag of downloader.results(['BR', 'JP'])) console.log(flag.status);
 *   for await (const flag of downloader.results(downloader.failed())) console.log(flag.status);
 * } finally {
 *   await downloader.close();
 * }
 * ```
 */
export function openDownloader(options: DownloadOptions = {}): Promise<Downloader> {
  return openListDownloader(options, oneOrigin(options.listName));
}

/** The same for inputs that may be from several lists. */
export async function openListDownloader(
  options: DownloadOptions,
  origins: InputOrigins,
): Promise<Downloader> {
  const resolved = resolveOptions(downloadOptions, options);
  if (resolved.force && resolved.skipExisting) {
    throw new UsageError('Expected one of `force` and `skipExisting`, got both');
  }
  const proxy = badProxy(process.env);
  if (proxy) {
    const { message } = invalidOption(proxy, 'the http(s) URL of a proxy', process.env[proxy]);
    throw new UsageError(`${message}; SOCKS is not supported`);
  }
  options.signal?.throwIfAborted();
  const { dir } = resolved;
  const ca = options.ca === undefined ? undefined : await readCertificates(options.ca);
  const folder = await prepareFolder(dir).catch((error) => {
    throw unusable(dir, error);
  });
  const unlock = await lockFolder(dir);
  const saver = new Saver(folder);
  saver.start();
  try {
    return await open(options, resolved, { folder, unlock, ca, saver, origins });
  } catch (error) {
    await saver.close();
    await unlock();
    throw error;
  }
}

async function open(
  given: DownloadOptions,
  options: DownloadContext['options'],
  {
    ca,
    ...place
  }: Pick<DownloadContext, 'folder' | 'unlock' | 'saver' | 'origins'> & { ca?: string | undefined },
): Promise<Downloader> {
  const places = new Sites();
  const sites = await places.of([options.server].flat());
  // More requests than the process can open connections would only wait for each other.
  const left = await descriptorsLeft();
  // A server inside has the other end of each connection.
  const most = places.hostsInside !== '' ? Math.ceil(left / 2) : left;
  const concurrency = Math.min(options.concurrency, most);
  const names = new FileNames(options.name);
  names.foundIn(await readdir(place.folder), !options.force);
  const [agent, manifest] = await Promise.all([
    openAgent({
      connections: concurrency,
      ca,
      environment: process.env,
      // The servers inside are asked directly, whatever the environment says about others.
      exempt: () => places.hostsInside,
    }),
    openManifest(place.folder, (file, owner) => names.takeRecorded(file, owner)),
  ]);
  const { perHost, rate, maxWait } = options;
  const context: DownloadContext = {
    ...{ ...place, options, sites, agent, manifest, names },
    queue: new RequestQueue(concurrency, { perHost, rate, giveUpAfterMs: maxWait * 1000 }),
    headers: new HeadersByOrigin(options.headers.map((header) => parseHeader(header)!)),
    instead: new Set(),
    again: new Map(),
    notes: new FileNotes(),
    random: Math.random,
    prefix: join(options.dir, 'x').slice(0, -1),
  };
  return new FileDownloader(context, places, given);
}

function unusable(dir: string, error: NodeJS.ErrnoException): UsageError {
  const { message, option } = invalidOption('dir', 'a folder in which files can be made', dir);
  return new UsageError(`${message}: ${systemReason(error)}`, {
    option: option as string,
    cause: error,
  });
}

async function readCertificates(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    const { X509Certificate } = await import('node:crypto');
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    const { message } = invalidOption('ca', 'a file of certificates (PEM)', path);
    const isRead = (cause as NodeJS.ErrnoException).syscall === undefined;
    const why = isRead ? 'no certificate can be read in it' : systemReason(cause);
    throw new UsageError(`${message}: ${why}`, { option: 'ca', cause });
  }
}

/** Lines that the manifest is told at a time. */
const MAX_TOLD = 1000;

/** Bytes between the network and the disk. */
const BYTE_BUDGET = 64 * 1024 * 1024;

class FileDownloader implements Downloader {
  readonly #context: DownloadContext;
  readonly #places: Sites;
  readonly #given: DownloadOptions;
  readonly #budget = new ByteBudget(BYTE_BUDGET);
  readonly #closer = new AbortController();
  #runs = 0;
  #closing: Promise<void> | undefined;

  constructor(context: DownloadContext, places: Sites, given: DownloadOptions) {
    this.#context = context;
    this.#places = places;
    this.#given = given;
  }

  get sites(): Downloader['sites'] {
    return this.#context.sites.map(({ label, url }) => ({ label, url }));
  }

  get renamed(): RenamedFiles {
    return this.#context.notes.renamed;
  }

  get kept(): RenamedFiles {
    return this.#context.notes.kept;
  }

  get skippedForeign(): number {
    return this.#context.notes.skippedForeign;
  }

  get retyped(): RenamedFiles {
    return this.#context.notes.retyped;
  }

  get changed(): NotedFiles<string> {
    return this.#context.notes.changed;
  }

  get outdated(): NotedFiles<string> {
    return this.#context.notes.outdated;
  }

  async *unlisted(): AsyncGenerator<string, void, undefined> {
    const { manifest, origins, folder, prefix } = this.#context;
    if (origins.lists.length === 0) return;
    const listsOf = (subject: string) => origins.askersOf(subject).lists;
    const told: Promise<void>[] = [];
    for await (const listed of manifest.listed(origins.lists, listsOf)) {
      if (listed.gone.length > 0) told.push(this.#tell(manifest.tell(leavingLine(listed))));
      if (told.length >= MAX_TOLD) await Promise.all(told.splice(0));
      if (await isUnlisted(folder, listed)) yield prefix + listed.record.file;
    }
    await Promise.all(told);
  }

  /** Tells the manifest. A failure does no harm: the file then counts as one that a list still has. */
  #tell(record: string): Promise<void> {
    const { saver } = this.#context;
    return new Promise((settle) => {
      saver.save({ name: '', bytes: new Uint8Array(0), record, settle: () => settle() });
    });
  }

  failed(): string[] {
    const { manifest, options, sites, instead, again } = this.#context;
    const usual = sites.map(serverText).join('\t');
    return manifest.failed((failure) => {
      const { code, url, as, ...record } = failure;
      const subject = code || recordKey(failure);
      const askers = manifest.askersOf(failure);
      again.set(subject, withAskers(again.get(subject) ?? askers, askers));
      if (code === '') return inputText({ code, url, name: record.name, as });
      const { servers, name = USUAL_NAMING } = record;
      const isElsewhere = servers?.join('\t') !== usual;
      const isOtherwise = name !== options.name;
      const { server: givenServer, name: givenName } = this.#given;
      if ((isElsewhere && givenServer) || (isOtherwise && givenName)) instead.add(code);
      return inputText({
        ...{ code, url },
        servers: isElsewhere && !givenServer ? servers : undefined,
        name: isOtherwise && !givenName ? name : undefined,
      });
    });
  }

  async *results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined> {
    refuseText(codes, 'codes and URLs');
    const lists = mapSource(codes, (code): readonly string[] => [code]);
    const named = Array.isArray(codes) ? codes.filter(mayNameFile) : [];
    for await (const batch of this.#run(lists, named)) yield* batch;
  }

  async *batches(
    lists: CodeLists,
    named: Iterable<string> = [],
  ): AsyncGenerator<DownloadResult[], void, undefined> {
    yield* this.#run(
      mapSource(lists, (list) => list),
      named,
    );
  }

  async *#run(
    lists: Source<readonly string[]>,
    named: Iterable<string>,
  ): AsyncGenerator<DownloadResult[], void, undefined> {
    if (this.#closing) throw closed();
    const { names, options, queue } = this.#context;
    const { concurrency, ordered } = options;
    const intake = new Intake(lists, concurrency, () => queue.blocked);
    const onBlocked = () => intake.look();
    const { signal } = this.#given;
    const stops = [this.#closer.signal, ...(signal ? [signal] : [])];
    if (this.#runs++ === 0) {
      queue.forgive();
      names.startList();
    }
    for (const text of named) claimGivenName(this.#context, text);
    queue.onBlocked.add(onBlocked);
    try {
      const pace = { concurrency: intake.most, ordered, signal: AbortSignal.any(stops) };
      for await (const batch of asCompletedBatches(intake, this.#newRun(), pace)) {
        intake.taken(batch.length);
        yield batch;
      }
    } finally {
      this.#runs--;
      queue.onBlocked.delete(onBlocked);
    }
  }

  /** What begins each input of a run. */
  #newRun(): Begin<string, DownloadResult> {
    const jobs = new Set<Job>();
    const { maxTime } = this.#context.options;
    const maxTimeMs = maxTime === 0 ? Number.POSITIVE_INFINITY : maxTime * 1000;
    let isFirst = true;
    return (text, settle, fail, runSignal) => {
      if (isFirst) {
        // One listener for all: a signal is slow with thousands of them.
        runSignal.addEventListener('abort', () => {
          for (const job of jobs) job.abort(runSignal.reason);
        });
        isFirst = false;
      }
      if (typeof text !== 'string') {
        throw new UsageError(`Expected every input to be a text, got \`${text}\` (${typeof text})`);
      }
      const input = parseInput(text);
      if (!input) {
        settle(badCode(text, explainInput(text)));
        return;
      }
      const job = new Job(this.#budget.open(), maxTimeMs);
      jobs.add(job);
      const end = () => {
        jobs.delete(job);
        job.end();
      };
      this.#download(input, job).then(
        (result) => {
          end();
          settle(result);
        },
        (error) => {
          end();
          fail(error);
        },
      );
    };
  }

  #download(input: Input, job: Job): Promise<DownloadResult> {
    const isUsual = input.kind === 'url' || (input.servers.length === 0 && !input.naming);
    return isUsual ? downloadOne(this.#context, input, job) : this.#downloadOtherwise(input, job);
  }

  /** An input may say where it is asked for, and how its file is called. */
  async #downloadOtherwise(input: CodeInput, job: Job): Promise<DownloadResult> {
    const context = this.#context;
    const { servers, naming: name = context.options.name } = input;
    const sites = servers.length === 0 ? context.sites : await this.#places.of(servers);
    const names = new FileNames(name, context.names);
    const options = { ...context.options, name };
    return downloadOne({ ...context, sites, names, options }, input, job);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { agent, manifest, queue, saver, unlock } = this.#context;
    this.#closer.abort(closed());
    queue.close();
    await Promise.all([agent.close(), saver.close()]);
    await manifest.close();
    await unlock();
    await this.#places.close();
  }
}

function closed(): Error {
  return new Error('The downloader is closed');
}
