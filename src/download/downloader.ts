/** Codes and URLs in, files out: the use case behind `flagprobe download`. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCompletedBatches, asCompletedLists, type Begin } from '../core/as-completed.js';
import type { DownloadResult } from '../core/model.js';
import { mapSource, type Source } from '../core/source.js';
import { UsageError } from '../core/usage-error.js';
import { explainInput, parseInput } from '../flags/input.js';
import { parseServer, type Site, site } from '../flags/services.js';
import { parseHeader } from '../http/header.js';
import type { HttpClient } from '../http/http-client.js';
import { badProxy } from '../http/proxy.js';
import { invalidOption } from '../options/rule.js';
import { resolveOptions } from '../options/table.js';
import type { FlagServer } from '../server/flag-server.js';
import { ByteBudget } from '../storage/byte-budget.js';
import { FileNames } from '../storage/file-name.js';
import { openManifest } from '../storage/manifest.js';
import { Saver } from '../storage/saver.js';
import { lockFolder, prepareFolder } from '../storage/target-folder.js';
import { badCode, Downloading, type DownloadMeans } from './download-one.js';
import { type DownloadOptions, downloadOptions } from './options.js';

/** Country codes and whole http(s) URLs. */
export type Codes = Iterable<string> | AsyncIterable<string>;
export type CodeLists = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** Connections, a folder and a thread that saves, kept from one call to the next. */
export interface Downloader extends AsyncDisposable {
  /** Where flags come from, in the order asked: a name in capitals, an address without user and password. */
  readonly sites: readonly { readonly label: string; readonly url: string }[];
  /** One result for each input, as they settle. */
  results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined>;
  /** The same for very many: lists in, lists out, all that settled since the last. */
  batches(lists: CodeLists): AsyncGenerator<DownloadResult[], void, undefined>;
  /** The inputs, codes and URLs, whose last record in the folder's manifest is an error. */
  failed(): string[];
  /** URLs whose file has a number in its name so far, because another URL's file has the name. */
  readonly numbered: number;
  /**
   * Cancels what is in flight, waits until what was won is saved, and closes every connection, thread
   * and server. Whoever still waits for a result gets an error.
   */
  close(): Promise<void>;
}

/** Yields one result for each input, as they settle. Throws a {@link UsageError} for a bad option. */
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
 */
export async function openDownloader(options: DownloadOptions = {}): Promise<Downloader> {
  const resolved = resolveOptions(downloadOptions, options);
  if (resolved.force && resolved.skipExisting) {
    throw new UsageError('Expected one of `force` and `skipExisting`, got both');
  }
  const proxy = badProxy(process.env);
  if (proxy) throw new UsageError(`Expected \`${proxy}\` to be the http(s) URL of a proxy`);
  options.signal?.throwIfAborted();
  const { dir } = resolved;
  const ca = options.ca === undefined ? undefined : await readCertificates(options.ca);
  const folder = await prepareFolder(dir).catch((error) => {
    throw unusable(dir, error);
  });
  const unlock = await lockFolder(dir);
  const saver = new Saver(folder);
  saver.start();
  const names = new FileNames(resolved.name);
  const [{ HttpClient }, { FlagSource }, { sites, servers }, manifest] = await Promise.all([
    import('../http/http-client.js'),
    import('./image-source.js'),
    openSites([resolved.server].flat()),
    openManifest(folder, (file, owner) => names.take(file, owner)),
  ]).catch(async (error) => {
    await saver.close();
    await unlock();
    throw error;
  });
  // The servers inside are asked directly, whatever the environment says about others.
  const exempt = servers.map(({ host, port }) => `${host}:${port}`).join(',');
  const client = new HttpClient({ ca, environment: process.env, exempt });
  const headers = resolved.headers.map((header) => parseHeader(header)!);
  const means: DownloadMeans = {
    options: resolved,
    sites,
    source: new FlagSource(client, { ...resolved, headers }),
    saver,
    manifest,
    names,
    unlock,
    budget: new ByteBudget(BYTE_BUDGET),
    folder,
    prefix: join(dir, 'x').slice(0, -1),
  };
  return new FileDownloader(means, client, servers, options.signal);
}

function unusable(dir: string, error: NodeJS.ErrnoException): UsageError {
  const { message, option } = invalidOption('dir', 'a folder in which files can be made', dir);
  return new UsageError(`${message} (${error.code})`, { option: option as string, cause: error });
}

async function readCertificates(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    const { X509Certificate } = await import('node:crypto');
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    const { message } = invalidOption('ca', 'a file of certificates (PEM)', path);
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${message} (${code})`, { option: 'ca', cause });
  }
}

async function openSites(
  texts: readonly string[],
): Promise<{ sites: readonly Site[]; servers: readonly FlagServer[] }> {
  const servers: FlagServer[] = [];
  const sites: Site[] = [];
  for (const text of texts) {
    const parsed = parseServer(text)!;
    if (parsed.kind === 'site') {
      sites.push(parsed);
      continue;
    }
    const { openFlagServer } = await import('../server/flag-server.js');
    const server = await openFlagServer(parsed);
    servers.push(server);
    const embedded = site(parsed.label, `${server.url}/{cc}/{cc}.gif`, true);
    sites.push({ ...embedded, alias: [server.url, 'local:/flags'] });
  }
  return { sites, servers };
}

/** Bytes between the network and the disk. */
const BYTE_BUDGET = 64 * 1024 * 1024;

/** Inputs at work beside those that are asked: they wait for the disk, or for another try. */
const BESIDE = 256;

class FileDownloader implements Downloader {
  readonly #means: DownloadMeans;
  readonly #client: HttpClient;
  readonly #servers: readonly FlagServer[];
  readonly #signal: AbortSignal | undefined;
  readonly #runs = new Set<Run>();
  #closing: Promise<void> | undefined;

  constructor(
    means: DownloadMeans,
    client: HttpClient,
    servers: readonly FlagServer[],
    signal: AbortSignal | undefined,
  ) {
    this.#means = means;
    this.#client = client;
    this.#servers = servers;
    this.#signal = signal;
  }

  get sites(): Downloader['sites'] {
    return this.#means.sites.map(({ label, url }) => ({ label, url }));
  }

  get numbered(): number {
    return this.#means.names.renamedCount;
  }

  failed(): string[] {
    return this.#means.manifest.failed();
  }

  results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined> {
    const lists = mapSource(codes, (code): readonly string[] => [code]);
    return this.#run((begin) => asCompletedLists(lists, begin, this.#pace));
  }

  batches(lists: CodeLists): AsyncGenerator<DownloadResult[], void, undefined> {
    const source: Source<readonly string[]> = mapSource(lists, (list) => list);
    return this.#run((begin) => asCompletedBatches(source, begin, this.#pace));
  }

  get #pace() {
    const { concurrency, ordered } = this.#means.options;
    return { concurrency: concurrency + BESIDE, ordered, signal: this.#signal };
  }

  async *#run<V>(
    start: (begin: Begin<string, DownloadResult>) => AsyncGenerator<V, void, undefined>,
  ): AsyncGenerator<V, void, undefined> {
    if (this.#closing) throw closed();
    const run = new Run(this.#means);
    // An abort must end what is in flight even while nobody reads the results.
    const onAbort = () => run.cancel(this.#signal?.reason);
    this.#signal?.addEventListener('abort', onAbort);
    if (this.#runs.size === 0) this.#means.source.forgive();
    this.#runs.add(run);
    try {
      yield* start(run.begin);
    } finally {
      this.#signal?.removeEventListener('abort', onAbort);
      this.#runs.delete(run);
      run.cancel(new Error('Nobody waits for the results any more'));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { saver, source } = this.#means;
    for (const run of this.#runs) run.cancel(closed());
    source.close();
    await Promise.all([this.#client.close(), saver.close()]);
    this.#means.manifest.close();
    await this.#means.unlock();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

/** The inputs of one call that are on their way. */
class Run {
  readonly #means: DownloadMeans;
  readonly #running = new Map<Downloading, (error: unknown) => void>();
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(means: DownloadMeans) {
    this.#means = means;
  }

  readonly begin: Begin<string, DownloadResult> = (text, settle, fail) => {
    if (this.#cancelled) return fail(this.#cancelled.reason);
    const input = parseInput(text);
    if (!input) return settle(badCode(text, explainInput(text)));
    const downloading = new Downloading(this.#means, input, (result) => {
      this.#running.delete(downloading);
      settle(result);
    });
    this.#running.set(downloading, fail);
    downloading.begin();
  };

  /** Ends what is in flight; whoever waits for it gets the reason. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = { reason };
    for (const [downloading, fail] of this.#running) {
      downloading.cancel();
      fail(reason);
    }
    this.#running.clear();
  }
}

function closed(): Error {
  return new Error('The downloader is closed');
}
