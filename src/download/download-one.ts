/** One input: what it stands for, where that is asked, and the file and the result that come of it. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ImageExtension, normalizeExtension } from '../core/image-extensions.js';
import type { DownloadError, DownloadResult } from '../core/model.js';
import { RunError, systemReason } from '../core/run-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import { type Input, parseInput } from '../flags/parse-input.js';
import { type Site, serverText } from '../flags/services.js';
import { fillTemplate } from '../flags/template.js';
import type { Resolved } from '../options/table.js';
import { type Askers, DIRECT } from '../storage/askers.js';
import {
  claimedPart,
  expectedKinds,
  joinName,
  type NameParts,
  namePartsOf,
  splitName,
  withImageExtension,
} from '../storage/file-name.js';
import type { FileNames } from '../storage/file-names.js';
import type { KnownFile, Manifest } from '../storage/manifest.js';
import { type RecordSource, recordKey, USUAL_NAMING } from '../storage/manifest-record.js';
import type { Save, Saver } from '../storage/saver.js';
import { isDiskFailure, type SaveFailure } from '../storage/saver-messages.js';
import { type FetchContext, fetchImage } from './fetch-image.js';
import type { FetchTarget } from './fetch-target.js';
import type { FileNotes } from './file-notes.js';
import type { InputOrigins } from './input-origins.js';
import type { Job } from './job.js';
import type { downloadOptions } from './options.js';
import type { Image, ImageFailure, Outcome } from './outcome.js';

/** What all inputs have in common. */
export interface DownloadContext extends FetchContext {
  readonly options: Resolved<typeof downloadOptions>;
  /** Where countries' flags come from, the first that has one. */
  readonly sites: readonly Site[];
  readonly saver: Saver;
  readonly manifest: Manifest;
  readonly names: FileNames;
  readonly notes: FileNotes;
  /** Codes that are asked for in another place, or under another name, than those in which they failed. */
  readonly instead: Set<string>;
  readonly origins: InputOrigins;
  /** Who asked for what failed before: for codes, and what the records of URLs are known by. */
  readonly again: Map<string, Askers>;
  /** Lets other runs write into the folder. */
  readonly unlock: () => Promise<void>;
  /** The folder as an absolute path. */
  readonly folder: string;
  /** What a result's `file` begins with: the folder as it was given. */
  readonly prefix: string;
}

type UrlInput = Extract<Input, { kind: 'url' }>;

/** A target, and what its records in the manifest say of it and are known by. */
interface ManifestTarget extends FetchTarget {
  readonly source: RecordSource & { readonly askers: Askers };
  readonly key: string;
}

/** An input with what is decided before anything is asked, so that it does not depend on who is quicker. */
interface Item {
  readonly input: Input;
  /** A country's code; empty for a URL. */
  readonly code: string;
  readonly targets: readonly ManifestTarget[];
  /** Of a URL: what its file is to be called. */
  readonly wanted: NameParts;
  /** The same, with the extension that its image is expected to have. */
  readonly expected: NameParts;
  /** Of a URL: what its file is called unless its image is of another kind, claimed before anything is asked. */
  readonly claimed: NameParts;
  /** Whether the list gives that name: a number that was added to it is not the list's. */
  readonly isGiven: boolean;
}

const NO_NAME: NameParts = { stem: '', extension: '' };

/** Extensions under which a file may be there, the usual ones first. */
const EXTENSIONS = ['gif', 'png', 'svg', 'webp', 'jpg'] as const;

const NOTHING = new Uint8Array(0);

/** The process may open no more files for now. */
const NO_DESCRIPTOR = new Set(['EMFILE', 'ENFILE']);
const DESCRIPTOR_WAIT_MS = 50;

/**
 * Fetches what an input stands for and saves it. Rejects by the job's signal, and with a
 * {@link RunError} when the disk takes no file at all.
 */
export async function downloadOne(
  context: DownloadContext,
  input: Input,
  job: Job,
): Promise<DownloadResult> {
  const item = itemOf(context, input);
  const [first] = item.targets;
  for (const { source } of item.targets) context.manifest.markAsked(source);
  if (!first) {
    const message = `no country with this code, and ${context.sites[0]?.url} needs one`;
    return badCode(item.code, message);
  }
  if (context.options.skipExisting) {
    const there = await findExisting(context, item);
    if (there) return noteExisting(context, item, { ...there, target: first }, job);
  }
  return ask(context, item, job);
}

async function noteExisting(
  context: DownloadContext,
  item: Item,
  { name, bytes, target }: ExistingFile & { readonly target: ManifestTarget },
  job: Job,
): Promise<DownloadResult> {
  const { manifest, prefix } = context;
  const file = { file: prefix + name, bytes };
  const result = { ...common(item, target, job), status: 'unchanged', ...file } as const;
  await noteAskers(context, target, name);
  return manifest.isContested(target.source) ? note(context, item, target, result) : result;
}

/** Asks each target until one has the image. */
async function ask(context: DownloadContext, item: Item, job: Job): Promise<DownloadResult> {
  let worst: { readonly outcome: Outcome; readonly target: ManifestTarget } | undefined;
  for (const target of item.targets) {
    const recorded = recordedFile(context, item, target);
    const isWhole = recorded !== undefined && (await isIntact(context.saver, recorded));
    const isChanged = recorded && !isWhole && (await isThere(context, recorded.file));
    const known = isWhole && hasAny(recorded.validators) ? recorded : undefined;
    const asked = known ? { ...target, validators: known.validators } : target;
    const outcome = await fetchInTime(context, asked, job);
    if (outcome.status === 'ok') {
      const result = await save(context, item, { image: outcome, target }, job);
      if (isChanged && result.status === 'ok') context.notes.changed.add(recorded.file);
      return result;
    }
    if (outcome.status === 'unchanged' && known) {
      return noteUnchanged(context, item, { known, target, httpStatus: outcome.httpStatus }, job);
    }
    job.room.release();
    job.last = undefined;
    // An error counts more than a "not found": its target may have had the image.
    const isWorse = worst?.outcome.status === 'not_found' && outcome.status === 'error';
    if (!worst || isWorse) worst = { outcome, target };
    if (job.isOutOfTime) break;
  }
  const { outcome, target } = worst!;
  await noteOutdated(context, item);
  const result = { ...common(item, target, job), ...(outcome as ImageFailure) };
  return note(context, item, target, result);
}

/** Notes the file of an earlier run that is still there for an input that brought nothing. */
async function noteOutdated(context: DownloadContext, item: Item): Promise<void> {
  const own = item.targets.flatMap(({ key }) => context.manifest.fileOf(key)?.file ?? []);
  for (const file of [...own, ...filesOfOthers(context, item)]) {
    if (!(await isThere(context, file))) continue;
    context.notes.outdated.add(file);
    await noteAskers(context, item.targets[0] as ManifestTarget, file);
    return;
  }
}

/** Files that other URLs brought under the name of an input: that of a country, or one that the list gives. */
function filesOfOthers({ manifest, names }: DownloadContext, item: Item): string[] {
  const { input, targets, claimed, isGiven } = item;
  const kind = normalizeExtension(claimed.extension);
  let files: string[] = [];
  if (input.kind === 'code') {
    const kinds = expectedExtensions(targets);
    files = kinds.map((each) => names.countryFile(input.cc, input.country, each));
  } else if (isGiven) {
    files = (kind ? [kind] : EXTENSIONS).map((each) => withImageExtension(claimed, each));
  }
  return files.filter((file) => targets.every(({ key }) => manifest.isOfAnother(key, file)));
}

async function isThere({ folder }: DownloadContext, file: string): Promise<boolean> {
  const status = await lstat(join(folder, file)).catch(() => undefined);
  return status?.isFile() === true;
}

/** That the time is over is an outcome like others. */
function fetchInTime(context: DownloadContext, target: FetchTarget, job: Job): Promise<Outcome> {
  const fetching = fetchImage(context, target, job);
  const seconds = context.options.maxTime;
  if (seconds === 0) return fetching;
  return fetching.catch((error) => {
    if (!job.isOutOfTime) throw error;
    const message = `not fetched within ${seconds} s, tries and waits together; --max-time gives more`;
    return { status: 'error', reason: 'timeout', message };
  });
}

function itemOf(context: DownloadContext, input: Input): Item {
  if (input.kind === 'code') {
    const targets = targetsOf(context, input);
    if (targets.length > 0) {
      context.names.claimCountry(input.cc, input.country, expectedExtensions(targets));
    }
    const none = { wanted: NO_NAME, expected: NO_NAME, claimed: NO_NAME, isGiven: false };
    return { input, code: input.cc, targets, ...none };
  }
  const { url, authorization, name, as = name } = input;
  const called = name === undefined ? undefined : joinName(splitName(name));
  const parts = { url: url.href, code: '', name: called };
  const key = recordKey(parts);
  const source = { ...parts, askers: askersOf(context, key) };
  const target = { cc: '', url, source, key, metadata: undefined, authorization };
  const wanted = as === undefined ? namePartsOf(url) : splitName(as);
  const expected = expectedName(context, url, wanted);
  const claimed = claimName(context, input, { key, wanted, expected });
  const isGiven = isNameGiven(input) && isCalled(joinName(claimed), wanted);
  return { input, code: '', targets: [target], wanted, expected, claimed, isGiven };
}

/** Claims the name that an input gives its file, if it does and no other has. */
export function claimGivenName(context: DownloadContext, text: string): void {
  const input = parseInput(text);
  if (input?.kind !== 'url' || input.name === undefined || !isNameGiven(input)) return;
  const expected = expectedName(context, input.url, splitName(input.name));
  context.names.claimIfFree(input.url.href, expected, true);
}

/** Whether the list gives the name that is wanted, and not one that came of it in an earlier run. */
function isNameGiven({ name, as = name }: UrlInput): boolean {
  return name !== undefined && as === name;
}

/** A name without an extension gets the one that the URL has: most likely the image is of that kind. */
function expectedName({ options }: DownloadContext, url: URL, wanted: NameParts): NameParts {
  const { extension } = namePartsOf(url);
  const isAdded =
    options.accept === 'image' &&
    normalizeExtension(wanted.extension) === undefined &&
    normalizeExtension(extension) !== undefined;
  return isAdded ? { stem: claimedPart(wanted), extension } : wanted;
}

/** As far as the URLs say it. */
function expectedExtensions(targets: readonly ManifestTarget[]): readonly string[] {
  const kinds = expectedKinds(targets.map(({ url }) => url));
  return kinds.length > 0 ? kinds : EXTENSIONS;
}

/** A file that is there keeps its name, unless the list wants another, or has the name for another input. */
function claimName(
  { manifest, names }: DownloadContext,
  input: UrlInput,
  { key, wanted, expected }: Pick<Item, 'wanted' | 'expected'> & { readonly key: string },
): NameParts {
  const { url, name } = input;
  const known = manifest.fileOf(key);
  const isGiven = isNameGiven(input);
  // With `force`, a file of the user gives its name back, beside which this one was saved before.
  const isBack = known && names.isReplaceable(withKindOf(known.file, expected));
  const isKept = known && !isBack && (name === undefined || isCalled(known.file, wanted));
  if (isKept && names.keep(known.file, url.href)) {
    names.claimIfFree(url.href, expected, isGiven);
    return splitName(known.file);
  }
  return names.claimUrl(url.href, expected, isGiven);
}

/** A name with the extension of a file that is there. */
function withKindOf(file: string, name: NameParts): string {
  const kind = normalizeExtension(splitName(file).extension);
  return kind === undefined ? joinName(name) : withImageExtension(name, kind);
}

/** Whether a file has a name, whatever kind of image it is: `logo-1.5` is `logo-1.5.png` then. */
function isCalled(file: string, name: NameParts): boolean {
  return claimedPart(splitName(file)) === claimedPart(name);
}

/** Who asks for an input: a code, or what the records of a URL are known by. */
function askersOf({ origins, again }: DownloadContext, subject: string): Askers {
  const askers = origins.askersOf(subject);
  return askers === DIRECT ? (again.get(subject) ?? DIRECT) : askers;
}

function targetsOf(
  context: DownloadContext,
  { cc, country }: Extract<Input, { kind: 'code' }>,
): ManifestTarget[] {
  const { options, sites, instead } = context;
  const askers = askersOf(context, cc);
  const name = options.name === USUAL_NAMING ? undefined : options.name;
  const targets: ManifestTarget[] = [];
  for (const { template, metadata, authorization, alias } of sites) {
    const url = fillTemplate(template, cc, country);
    if (!url) continue;
    const isNamed = options.name === 'country' && metadata !== undefined;
    const beside = isNamed ? fillTemplate(metadata, cc, country) : undefined;
    const asked = alias ? url.href.replace(...alias) : url.href;
    const source = { url: asked, code: cc, name, askers, instead: instead.has(cc) };
    targets.push({ cc, url, source, key: recordKey(source), metadata: beside, authorization });
  }
  return targets;
}

/** The file that a target brought before, by the manifest, if it is called as it should be. */
function recordedFile(
  { manifest, options, names }: DownloadContext,
  item: Item,
  target: ManifestTarget,
): KnownFile | undefined {
  const known = options.force ? undefined : manifest.fileOf(target.key);
  if (!known || !isWanted(item, known.file, names, options.name)) return undefined;
  // If the file is unchanged, no other input of the list may write it.
  return names.keep(known.file, ownerOf(item.input)) ? known : undefined;
}

function hasAny({ etag, lastModified }: KnownFile['validators']): boolean {
  return etag !== undefined || lastModified !== undefined;
}

/** Whose the names are that an input claims. */
function ownerOf(input: Input): string {
  return input.kind === 'code' ? input.cc : input.url.href;
}

/** Whether a file is still there, and whole. */
function isIntact(
  saver: Saver,
  { file: name, bytes: size, sha256 }: Pick<KnownFile, 'file' | 'bytes' | 'sha256'>,
): Promise<boolean> {
  return new Promise((settle) => saver.check({ name, size, sha256, settle }));
}

async function save(
  context: DownloadContext,
  item: Item,
  { image, target }: { readonly image: Image; readonly target: ManifestTarget },
  job: Job,
): Promise<DownloadResult> {
  const { manifest, prefix } = context;
  const { httpStatus, bytes, validators } = image;
  const name = await fileNameOf(context, item, target, image);
  const { source } = target;
  const record = manifest.saved(source, name, httpStatus, validators);
  const { failure, offset } = await saved(context, { name, bytes, record });
  job.room.release();
  if (failure) {
    const { code: reason } = failure;
    const message = `cannot save \`${name}\`: ${systemReason(failure)}`;
    const result = { status: 'error', reason, httpStatus, message } as const;
    return note(context, item, target, { ...common(item, target, job), ...result });
  }
  manifest.remember(source, name, offset);
  const file = prefix + name;
  return {
    ...common(item, target, job),
    ...{ status: 'ok', httpStatus, file, bytes: bytes.length },
  };
}

async function noteUnchanged(
  context: DownloadContext,
  item: Item,
  { known, target, httpStatus }: { known: KnownFile; target: ManifestTarget; httpStatus: number },
  job: Job,
): Promise<DownloadResult> {
  const { file: name, bytes } = known;
  const status = 'unchanged';
  const file = context.prefix + name;
  const result = { ...common(item, target, job), status, httpStatus, file, bytes } as const;
  const { manifest } = context;
  noteName(context, item, target, name);
  const isKnown = manifest.isGood(target.key) && !manifest.isContested(target.source);
  if (!isKnown) return note(context, item, target, result);
  await noteAskers(context, target, name);
  return result;
}

/** Tells the manifest who asks for a file that is there, if that is new. */
async function noteAskers(
  context: DownloadContext,
  { source }: ManifestTarget,
  file: string,
): Promise<void> {
  const record = context.manifest.ask(file, source.askers);
  if (record !== undefined) await saved(context, { name: '', bytes: NOTHING, record });
}

/** Tells a result when the manifest has it. */
async function note(
  context: DownloadContext,
  item: Item,
  { source }: ManifestTarget,
  result: DownloadResult,
): Promise<DownloadResult> {
  const { manifest } = context;
  const request = result.status === 'error' ? requestOf(context, item) : {};
  const record = manifest.note({ ...result, ...source, ...request });
  await saved(context, { name: '', bytes: NOTHING, record });
  return result;
}

/** How an input was asked for, so that one that failed can be asked for again in the same way. */
function requestOf({ sites }: DownloadContext, { input, claimed }: Item) {
  if (input.kind === 'code') return { servers: sites.map(serverText) };
  const usual = input.name === undefined ? namePartsOf(input.url) : splitName(input.name);
  return isCalled(joinName(claimed), usual) ? {} : { as: joinName(claimed) };
}

/** Saves a file and its record: where the record is in the manifest, or why it could not be. */
async function saved(
  { options, saver }: DownloadContext,
  { name, bytes, record }: Omit<Save, 'settle'>,
): Promise<{ readonly failure?: SaveFailure | undefined; readonly offset?: number | undefined }> {
  for (;;) {
    const { failure, offset } = await new Promise<Awaited<ReturnType<typeof saved>>>((resolve) => {
      const settle: Save['settle'] = (failure, offset) => resolve({ failure, offset });
      saver.save({ name, bytes, record, settle });
    });
    // Every other file would fail as well.
    if (failure && isDiskFailure(failure))
      throw new RunError(`cannot save in \`${options.dir}\`: ${systemReason(failure)}`);
    if (!failure || !NO_DESCRIPTOR.has(failure.code)) return { failure, offset };
    await delay(DESCRIPTOR_WAIT_MS);
  }
}

function common({ code, input }: Item, { url }: FetchTarget, job: Job) {
  const ms = Math.round(job.ms * 10) / 10;
  const named = input.kind === 'url' && input.name !== undefined ? { name: input.name } : {};
  return { code, url: url.href, ...named, attempts: job.attempts, ms };
}

/**
 * Claims the name of the file that an image becomes. A file of that name that we have not saved keeps it, unless it is
 * the same image: then the manifest was lost.
 */
async function fileNameOf(
  context: DownloadContext,
  item: Item,
  target: ManifestTarget,
  image: Image,
): Promise<string> {
  const { names, notes, saver } = context;
  const wanted = wantedFile(context, item, target, image);
  const isTaken = names.isForeign(wanted);
  if (isTaken && (await isSame(saver, wanted, image.bytes)) && names.isForeign(wanted)) {
    names.take(wanted, ownerOf(item.input));
    return wanted;
  }
  const file = claimFile(context, item, target, image);
  if (isTaken) notes.kept.add({ file, wanted });
  else if (item.input.kind === 'url') notes.noteUrlFile(file, item.wanted, wanted);
  return file;
}

/** Notes what is otherwise than wanted of the name of a file that is unchanged. */
function noteName(
  context: DownloadContext,
  item: Item,
  target: ManifestTarget,
  file: string,
): void {
  const extension = normalizeExtension(splitName(file).extension);
  // What a server calls a country is known only of an image that it has just sent.
  const wanted = wantedFile(context, item, target, { extension, country: undefined });
  if (file === wanted || (item.input.kind === 'code' && context.options.name === 'country')) return;
  if (context.names.isForeign(wanted)) context.notes.kept.add({ file, wanted });
  else if (item.input.kind === 'url') context.notes.noteUrlFile(file, item.wanted, wanted);
}

/** What an image's file would be called if no other had that name. */
function wantedFile(
  { names, options }: DownloadContext,
  { input, wanted }: Item,
  target: ManifestTarget,
  { extension, country }: Pick<Image, 'extension' | 'country'>,
): string {
  if (input.kind === 'code') {
    const kind = extension ?? namePartsOf(target.url).extension;
    return names.wantedFile(input.cc, input.country, kind, country);
  }
  if (options.accept === 'any' || extension === undefined) return joinName(wanted);
  return withImageExtension(wanted, extension);
}

async function isSame(saver: Saver, file: string, bytes: Uint8Array): Promise<boolean> {
  const { hash } = await import('node:crypto');
  const sha256 = hash('sha256', bytes, 'hex');
  return isIntact(saver, { file, bytes: bytes.length, sha256 });
}

function claimFile(
  { names, options }: DownloadContext,
  { input, claimed, isGiven }: Item,
  target: ManifestTarget,
  image: Image,
): string {
  if (input.kind === 'code') {
    const extension = image.extension ?? namePartsOf(target.url).extension;
    const file = names.countryFile(input.cc, input.country, extension, image.country);
    names.take(file, input.cc);
    return file;
  }
  // The extension follows the image; what need not be one is called as its URL says.
  const extension = options.accept === 'any' ? undefined : image.extension;
  const file = names.urlFile(input.url.href, claimed, extension, isGiven);
  names.take(file, input.url.href, isGiven);
  return file;
}

/** Whether a file that is there is called as it would be called now. */
function isWanted(
  { input, claimed, isGiven }: Item,
  file: string,
  names: FileNames,
  naming: DownloadContext['options']['name'],
): boolean {
  const { extension } = splitName(file);
  if (input.kind === 'url') {
    const kind = normalizeExtension(extension);
    return names.urlFile(input.url.href, claimed, kind, isGiven) === file;
  }
  const { cc, country } = input;
  if (names.countryFile(cc, country, extension) === file) return true;
  // The server may have called the country otherwise.
  const others = [cc, cc.toLowerCase(), country?.alpha3];
  return naming === 'country' && !others.includes(file.replace(/\.[^.]*$/, ''));
}

interface ExistingFile {
  readonly name: string;
  readonly bytes: number;
}

/** The file that is there under a name that it would have, if there is one; an empty one is no image. */
async function findExisting(
  context: DownloadContext,
  item: Item,
): Promise<ExistingFile | undefined> {
  for (const name of candidates(context, item)) {
    const status = await lstat(join(context.folder, name)).catch(() => undefined);
    if (!status?.isFile() || status.size === 0 || isOfAnother(context, item, name)) continue;
    const isOurs = !context.names.isForeign(name) && hasKnownSize(context, item, name, status.size);
    if (!context.names.keep(name, ownerOf(item.input))) continue;
    if (!isOurs) context.notes.skippedForeign++;
    return { name, bytes: status.size };
  }
  return undefined;
}

/** Whether a file is as large as it was when it was saved, as far as that is known. */
function hasKnownSize(
  { manifest }: DownloadContext,
  { targets }: Item,
  file: string,
  size: number,
) {
  const known = targets.map(({ key }) => manifest.fileOf(key)).find((each) => each?.file === file);
  return known === undefined || known.bytes === size;
}

/** Whether another URL brought a file. Of a country, any flag of the kind that is asked for will do. */
function isOfAnother({ manifest }: DownloadContext, item: Item, file: string): boolean {
  if (item.code !== '' && expectedExtensions(item.targets).includes(splitName(file).extension)) {
    return false;
  }
  return item.targets.every(({ key }) => manifest.isOfAnother(key, file));
}

function candidates({ manifest, names, options }: DownloadContext, item: Item): string[] {
  const { input, expected, claimed, isGiven } = item;
  /** What has the name that is wanted, if it is not from here. */
  const foreign = (file: string) => (names.isForeign(file) ? [file] : []);
  // What an earlier run has saved goes before a file of the user.
  const known = item.targets
    .flatMap(({ key }) => manifest.fileOf(key)?.file ?? [])
    .filter((file) => isWanted(item, file, names, options.name));
  if (input.kind === 'code') {
    const { cc, country } = input;
    const usual = EXTENSIONS.flatMap((extension) => [
      ...foreign(names.wantedFile(cc, country, extension)),
      names.countryFile(cc, country, extension),
    ]);
    return [...known, ...usual];
  }
  const { href } = input.url;
  const usual = [
    ...known,
    ...foreign(joinName(expected)),
    names.urlFile(href, claimed, undefined, isGiven),
  ];
  // Of a name with an extension, a file with another is its own only where the manifest says so.
  if (normalizeExtension(claimed.extension) !== undefined) return usual;
  const fileWith = (kind: ImageExtension) => [
    ...foreign(withImageExtension(expected, kind)),
    names.urlFile(href, claimed, kind, isGiven),
  ];
  return [...usual, ...EXTENSIONS.flatMap(fileWith)];
}

/** A result for what cannot be asked. */
export function badCode(code: string, message: string): DownloadError {
  // What is meant as a URL, and is none, may hold a password too.
  const shown = withoutSecrets(code);
  return { code: shown, url: '', status: 'error', reason: 'bad-code', message, attempts: 0, ms: 0 };
}
