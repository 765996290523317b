/** One input on its way: from what it stands for to its one result. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadError, DownloadResult } from '../core/model.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Input } from '../flags/input.js';
import type { Site } from '../flags/services.js';
import { fillTemplate } from '../flags/template.js';
import type { Resolved } from '../options/table.js';
import type { ByteBudget, Reservation } from '../storage/byte-budget.js';
import {
  type FileNames,
  joinName,
  type NameParts,
  namePartsOf,
  splitName,
  withImageExtension,
} from '../storage/file-name.js';
import type { KnownFile, Manifest } from '../storage/manifest.js';
import type { Saver } from '../storage/saver.js';
import type { SaveFailure } from '../storage/saver-messages.js';
import type { Fetching, Target } from './fetch-image.js';
import type { FlagSource } from './image-source.js';
import type { downloadOptions } from './options.js';
import type { Fetched, Image, Outcome } from './outcome.js';

/** What all inputs have in common. */
export interface DownloadMeans {
  readonly options: Resolved<typeof downloadOptions>;
  /** Where countries' flags come from, the first that has one. */
  readonly sites: readonly Site[];
  readonly source: FlagSource;
  readonly saver: Saver;
  readonly manifest: Manifest;
  readonly names: FileNames;
  /** Lets other runs write into the folder. */
  readonly unlock: () => Promise<void>;
  readonly budget: ByteBudget;
  /** The folder as an absolute path. */
  readonly folder: string;
  /** What a result's `file` begins with: the folder as it was given. */
  readonly prefix: string;
}

/** A target, and what the manifest calls it. */
interface Asked extends Target {
  readonly key: string;
}

/** Extensions under which a file may be there, the usual ones first. */
const EXTENSIONS = ['gif', 'png', 'svg', 'webp', 'jpg'];

const NOTHING = new Uint8Array(0);

export class Downloading {
  readonly #means: DownloadMeans;
  readonly #input: Input;
  readonly #settle: (result: DownloadResult) => void;
  readonly #room: Reservation;
  /** A country's code; empty for a URL. */
  readonly #code: string;
  /** For a URL: what its file is called but for the extension, claimed before anything is asked. */
  #claimed: NameParts = { stem: '', extension: '' };
  #targets: readonly Asked[] = [];
  /** The place of the target that is being asked. */
  #at = 0;
  #fetching: Fetching | undefined;
  #attempts = 0;
  #startedAt: number | undefined;
  /** What the targets before this one came to. */
  #before: { readonly outcome: Outcome; readonly target: Asked } | undefined;
  /** The file that is there, while the server is asked whether it has another. */
  #known: KnownFile | undefined;
  #isCancelled = false;

  constructor(means: DownloadMeans, input: Input, settle: (result: DownloadResult) => void) {
    this.#means = means;
    this.#input = input;
    this.#settle = settle;
    this.#room = means.budget.open();
    this.#code = input.kind === 'code' ? input.cc : '';
  }

  begin(): void {
    this.#targets = this.#targetsOf(this.#input);
    if (this.#targets.length === 0) {
      const message = `no country with this code, and ${this.#means.sites[0]?.url} needs one`;
      this.#settle(badCode(this.#code, message));
      return;
    }
    this.#claimName(this.#input);
    if (this.#means.options.skipExisting) this.#skipOrAsk();
    else this.#ask();
  }

  /** Ends it without a word. */
  cancel(): void {
    this.#isCancelled = true;
    this.#fetching?.cancel();
    this.#room.release();
  }

  #targetsOf(input: Input): Asked[] {
    if (input.kind === 'url') {
      const { url, authorization } = input;
      return [{ cc: '', url, key: url.href, metadata: undefined, authorization }];
    }
    const { options, sites } = this.#means;
    const { cc, country } = input;
    const targets: Asked[] = [];
    for (const { template, metadata, authorization, alias } of sites) {
      const url = fillTemplate(template, cc, country);
      if (!url) continue;
      const isNamed = options.name === 'country' && metadata !== undefined;
      const beside = isNamed ? fillTemplate(metadata, cc, country) : undefined;
      const key = alias ? url.href.replace(...alias) : url.href;
      targets.push({ cc, url, key, metadata: beside, authorization });
    }
    return targets;
  }

  get #target(): Asked {
    return this.#targets[this.#at] as Asked;
  }

  /** Asks the target; if its file is there, only for another version. */
  #ask(): void {
    const { manifest, options, saver } = this.#means;
    const known = options.force ? undefined : manifest.fileOf(this.#target.key);
    if (!known || !this.#isWanted(known.file) || isEmpty(known.validators)) {
      this.#fetch(this.#target);
      return;
    }
    const { file: name, bytes: size, sha256, validators } = known;
    const settle = (holds: boolean) => {
      if (this.#isCancelled) return;
      this.#known = holds ? known : undefined;
      this.#fetch(holds ? { ...this.#target, validators } : this.#target);
    };
    saver.check({ name, size, sha256, settle });
  }

  #fetch(target: Target): void {
    const { source } = this.#means;
    this.#fetching = source.fetch(target, this.#room, this.#timeLeft, this.#onFetched);
  }

  /** Milliseconds; Infinity is no limit. */
  get #timeLeft(): number {
    const { maxTime } = this.#means.options;
    if (maxTime === 0) return Number.POSITIVE_INFINITY;
    const spent = this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt;
    return Math.max(1, maxTime * 1000 - spent);
  }

  readonly #onFetched = ({ outcome, attempts, startedAt }: Fetched): void => {
    this.#fetching = undefined;
    this.#attempts += attempts;
    this.#startedAt ??= startedAt;
    if (outcome.status === 'ok') {
      this.#save(outcome);
    } else if (outcome.status === 'unchanged') {
      this.#unchanged(this.#known as KnownFile, outcome.httpStatus);
    } else if (this.#at + 1 < this.#targets.length && !this.#isOutOfTime) {
      this.#room.release();
      this.#keep(outcome);
      this.#at++;
      this.#ask();
    } else {
      this.#keep(outcome);
      this.#end();
    }
  };

  get #isOutOfTime(): boolean {
    return this.#means.options.maxTime > 0 && this.#timeLeft <= 1;
  }

  /** An error counts more than a "not found": who knows what that one had. */
  #keep(outcome: Outcome): void {
    const isGraver = this.#before?.outcome.status === 'not_found' && outcome.status === 'error';
    if (!this.#before || isGraver) this.#before = { outcome, target: this.#target };
  }

  #end(): void {
    const { outcome, target } = this.#before!;
    const common = this.#common(target);
    if (outcome.status === 'not_found') {
      const { status, httpStatus } = outcome;
      this.#note(target, { ...common, status, httpStatus });
    } else if (outcome.status === 'error') {
      this.#note(target, { ...common, ...outcome });
    }
  }

  #save(image: Image): void {
    const { manifest, prefix, saver } = this.#means;
    const target = this.#target;
    const { httpStatus, bytes, validators } = image;
    const name = this.#nameOf(image);
    const source = { url: target.key, code: this.#code };
    const record = manifest.saved(source, name, httpStatus, validators);
    const settle = (failure: SaveFailure | undefined, offset?: number) => {
      this.#room.release();
      const common = this.#common(target);
      if (failure) {
        const { code: reason, message } = failure;
        this.#note(target, { ...common, status: 'error', reason, httpStatus, message });
      } else {
        manifest.remember(source, name, offset);
        const { code, url, attempts, ms } = common;
        const file = prefix + name;
        this.#settle({
          code,
          url,
          status: 'ok',
          httpStatus,
          file,
          bytes: bytes.length,
          attempts,
          ms,
        });
      }
    };
    saver.save({ name, bytes, record, settle });
  }

  #unchanged({ file, bytes }: KnownFile, httpStatus: number): void {
    const { manifest, prefix } = this.#means;
    const target = this.#target;
    const status = 'unchanged';
    const result = {
      ...this.#common(target),
      status,
      httpStatus,
      file: prefix + file,
      bytes,
    } as const;
    if (manifest.isGood(target.key)) this.#settle(result);
    else this.#note(target, result);
  }

  /** Tells the result when the manifest has it. */
  #note({ key }: Asked, result: DownloadResult): void {
    const { manifest, saver } = this.#means;
    this.#room.release();
    const record = manifest.note({ ...result, url: key });
    // A full disk takes nothing away from what is known.
    saver.save({ name: '', bytes: NOTHING, record, settle: () => this.#settle(result) });
  }

  #common({ url }: Asked) {
    const startedAt = this.#startedAt;
    const ms = startedAt === undefined ? 0 : Math.round((performance.now() - startedAt) * 10) / 10;
    return { code: this.#code, url: url.href, attempts: this.#attempts, ms };
  }

  #nameOf(image: Image): string {
    const { names, options } = this.#means;
    if (this.#input.kind === 'code') {
      const { cc, country } = this.#input;
      const extension = image.extension ?? namePartsOf(this.#target.url).extension;
      return names.ofCountry(cc, country, extension, image.country);
    }
    const { extension } = image;
    // The extension follows the image; what need not be one is called as its URL says.
    if (options.accept === 'any' || extension === undefined) return joinName(this.#claimed);
    return withImageExtension(this.#claimed, extension);
  }

  #claimName(input: Input): void {
    const { manifest, names } = this.#means;
    if (input.kind === 'code') {
      names.claimCountry(input.cc, input.country);
      return;
    }
    const wanted = input.name === undefined ? namePartsOf(input.url) : splitName(input.name);
    const known = manifest.fileOf(this.#target.key);
    const keepsName =
      known && (input.name === undefined || splitName(known.file).stem === wanted.stem);
    this.#claimed = keepsName ? splitName(known.file) : names.claimUrl(this.#target.key, wanted);
  }

  /** Whether a file that is there is called as it would be called now. */
  #isWanted(file: string): boolean {
    if (this.#input.kind === 'url') return splitName(file).stem === this.#claimed.stem;
    const { cc, country } = this.#input;
    const { names, options } = this.#means;
    const stem = file.replace(/\.[^.]*$/, '');
    if (stem === names.stem(cc, country)) return true;
    // The server may have called the country otherwise.
    const others = [cc, cc.toLowerCase(), country?.alpha3];
    return options.name === 'country' && !others.includes(stem);
  }

  async #skipOrAsk(): Promise<void> {
    const there = await this.#present();
    if (this.#isCancelled) return;
    if (!there) return this.#ask();
    const { file, bytes } = there;
    this.#settle({ ...this.#common(this.#target), status: 'unchanged', file, bytes });
  }

  /** The file that is there under the name that it would have, if there is one. */
  async #present(): Promise<{ readonly file: string; readonly bytes: number } | undefined> {
    const { folder, prefix } = this.#means;
    for (const name of this.#candidates()) {
      const status = await lstat(join(folder, name)).catch(() => undefined);
      if (status?.isFile()) return { file: prefix + name, bytes: status.size };
    }
    return undefined;
  }

  #candidates(): string[] {
    const { manifest, names } = this.#means;
    const known = this.#targets.flatMap(({ key }) => manifest.fileOf(key)?.file ?? []);
    if (this.#input.kind === 'code') {
      const stem = names.stem(this.#input.cc, this.#input.country);
      const wanted = known.filter((file) => this.#isWanted(file));
      return [...wanted, ...EXTENSIONS.map((extension) => `${stem}.${extension}`)];
    }
    const others = EXTENSIONS.map((extension) => withImageExtension(this.#claimed, extension));
    return [joinName(this.#claimed), ...others];
  }
}

/** A result for what cannot be asked. */
export function badCode(code: string, message: string): DownloadError {
  // What is meant as a URL, and is none, may hold a password too.
  const shown = withoutSecrets(code);
  return { code: shown, url: '', status: 'error', reason: 'bad-code', message, attempts: 0, ms: 0 };
}

function isEmpty({ etag, lastModified }: KnownFile['validators']): boolean {
  return etag === undefined && lastModified === undefined;
}
