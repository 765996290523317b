/** Codes in, flags out: the use case behind `flagprobe download`. */

import { join } from 'node:path';
import pLimit from 'p-limit';
import { asCompleted } from './core/as-completed.js';
import type { DownloadError, DownloadResult } from './core/model.js';
import { UsageError } from './core/usage-error.js';
import { ByteBudget } from './flags/byte-budget.js';
import { FileNames } from './flags/file-name.js';
import { Saver } from './flags/saver.js';
import { parseServer, type Site, site } from './flags/services.js';
import { FlagSource, type Image } from './flags/source.js';
import { prepareFolder } from './flags/target-folder.js';
import { fillTemplate } from './flags/template.js';
import { Cancellation } from './io/cancellation.js';
import type { HttpClient } from './io/http-client.js';
import { cleanCode, countries } from './names/codes.js';
import { downloadRules, type Settled, settle, wrong } from './options.js';
import type { FlagServer } from './server/flag-server.js';

export interface DownloadOptions {
  /** `remote`, `local`, `delay`, `error`, `flagcdn:svg`, `https://example.org/{cc}.png`, … (`remote`). */
  readonly server?: string | undefined;
  /** The folder for the files; made if it is not there (`downloaded`). */
  readonly dir?: string | undefined;
  /** What a file is called: `cc`, `CC`, `country`, `alpha3` (`CC`). */
  readonly name?: (typeof downloadRules.name)['or'] | undefined;
  /** Requests in flight (5). */
  readonly concurrency?: number | undefined;
  /** Seconds that one try may take (6.1). */
  readonly timeout?: number | undefined;
  /** Tries after the first, of what may pass (3). */
  readonly retries?: number | undefined;
  /** Bytes of the largest image that is taken (16 MiB). */
  readonly maxSize?: number | undefined;
  /** Results in the order of the codes (false: as they settle). */
  readonly ordered?: boolean | undefined;
  /** Stops everything; what is running then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export type Codes = Iterable<string> | AsyncIterable<string>;

/** Connections, a folder and a thread that saves, kept from one call to the next. */
export interface Downloader extends AsyncDisposable {
  /** Where the flags come from: a name in capitals, and an address without user and password. */
  readonly site: { readonly label: string; readonly url: string };
  /** One result for each code, as they settle. */
  results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined>;
  /**
   * Cancels what is in flight, waits until what was won is saved, and closes every connection, thread
   * and server. Whoever still waits for a result gets an error.
   */
  close(): Promise<void>;
}

/** Yields one result for each code, as they settle. Throws a {@link UsageError} for a bad option. */
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
 * Opens a downloader: the folder is made and tried, and an embedded server is started. Nothing is
 * asked for yet. Rejects with a {@link UsageError} for a bad option or a folder that cannot be used.
 */
export async function openDownloader(options: DownloadOptions = {}): Promise<Downloader> {
  const settled = settle(downloadRules, options);
  options.signal?.throwIfAborted();
  const { concurrency, dir, timeout } = settled;
  const folder = await prepareFolder(dir).catch((error) => {
    throw unusable(dir, error);
  });
  const [{ HttpClient }, { site, server }] = await Promise.all([
    import('./io/http-client.js'),
    openSite(settled.server),
  ]);
  return new FlagDownloader({
    options: settled,
    signal: options.signal,
    site,
    server,
    client: new HttpClient(concurrency, timeout * 1000),
    saver: new Saver(folder),
    folder,
  });
}

function unusable(dir: string, error: NodeJS.ErrnoException): UsageError {
  const { message } = wrong('dir', 'a folder in which files can be made', dir);
  return new UsageError(`${message} (${error.code})`, { cause: error });
}

async function openSite(text: string): Promise<{ site: Site; server: FlagServer | undefined }> {
  const parsed = parseServer(text)!;
  if (parsed.kind === 'site') return { site: parsed, server: undefined };
  const { openFlagServer } = await import('./server/flag-server.js');
  const server = await openFlagServer(parsed);
  return { site: site(parsed.label, `${server.url}/{cc}/{cc}.gif`, true), server };
}

/** Bytes between the network and the disk. */
const BYTE_BUDGET = 64 * 1024 * 1024;

/** Inputs at work beside those that have a permit: they wait for the disk, or for another try. */
const BESIDE = 256;

interface Parts {
  readonly options: Settled<typeof downloadRules>;
  readonly signal: AbortSignal | undefined;
  readonly site: Site;
  readonly server: FlagServer | undefined;
  readonly client: HttpClient;
  readonly saver: Saver;
  /** The folder as an absolute path. */
  readonly folder: string;
}

class FlagDownloader implements Downloader {
  readonly #parts: Parts;
  readonly #source: FlagSource;
  readonly #names: FileNames;
  readonly #budget = new ByteBudget(BYTE_BUDGET);
  readonly #runs = new Set<Cancellation>();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { options, client } = parts;
    this.#parts = parts;
    this.#source = new FlagSource(client, pLimit(options.concurrency), options);
    this.#names = new FileNames(options.name);
  }

  get site(): Downloader['site'] {
    const { label, url } = this.#parts.site;
    return { label, url };
  }

  async *results(codes: Codes): AsyncGenerator<DownloadResult, void, undefined> {
    const { signal, options } = this.#parts;
    const run = new Cancellation();
    const onAbort = () => run.cancel(signal?.reason);
    if (this.#closing) throw closed();
    signal?.addEventListener('abort', onAbort);
    this.#runs.add(run);
    try {
      yield* asCompleted(codes, (code) => this.#result(code, run), {
        concurrency: options.concurrency + BESIDE,
        ordered: options.ordered,
        signal,
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
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
    const { client, saver, server } = this.#parts;
    for (const run of this.#runs) run.cancel(closed());
    await Promise.all([client.close(), saver.close()]);
    await server?.close();
  }

  async #result(text: string, run: Cancellation): Promise<DownloadResult> {
    const cc = cleanCode(text);
    if (cc === undefined) return badCode(text, 'not a country code of two letters');
    const { site, options } = this.#parts;
    const country = countries.get(cc);
    const url = fillTemplate(site.template, cc, country);
    if (!url) return badCode(cc, `no country with this code, and ${site.url} needs one`);
    const metadata =
      options.name === 'country' && site.metadata
        ? fillTemplate(site.metadata, cc, country)
        : undefined;
    const reservation = this.#budget.open();
    try {
      const target = { cc, url, metadata, authorization: site.authorization };
      const { outcome, attempts, startedAt } = await this.#source.fetch(target, reservation, run);
      run.throwIfCancelled();
      const told =
        outcome.status === 'ok'
          ? await this.#save(this.#names.stem(cc, country, outcome.country), outcome)
          : outcome;
      const ms = startedAt === undefined ? 0 : round(performance.now() - startedAt);
      return { code: cc, url: url.href, ...told, attempts, ms };
    } finally {
      reservation.release();
    }
  }

  async #save(stem: string, { bytes, extension, httpStatus }: Image) {
    const { folder, options, saver } = this.#parts;
    const name = `${stem}.${extension}`;
    const failure = await saver.save(join(folder, name), bytes);
    if (failure) {
      const { code, message } = failure;
      return { status: 'error', reason: code, httpStatus, message } as const;
    }
    const file = join(options.dir, name);
    return { status: 'ok', httpStatus, file, bytes: bytes.length } as const;
  }
}

function badCode(code: string, message: string): DownloadError {
  return { code, url: '', status: 'error', reason: 'bad-code', message, attempts: 0, ms: 0 };
}

function closed(): Error {
  return new Error('The downloader is closed');
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
