/** What a download is asked for: codes from the command line, codes and URLs from files. */

import { isInShard, parseShard } from '../core/shard.js';
import { TextList } from '../core/text-list.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Downloader } from '../download/downloader.js';
import { type InputOrigins, oneOrigin, SeveralOrigins } from '../download/input-origins.js';
import { countries, findCode, selectCodes, suggestCode } from '../flags/codes.js';
import { explainInput, type Input, isUrl, parseInput, suggestInput } from '../flags/parse-input.js';
import { parseServer } from '../flags/services.js';
import { placeholders } from '../flags/template.js';
import { invalidOption } from '../options/rule.js';
import { isFile } from '../storage/line-list.js';
import { recordKey } from '../storage/manifest-record.js';
import type { DownloadInputFlags } from './download-command-options.js';
import { listTexts, rawLines } from './download-lines.js';
import { closeOnAbort, impliedInput, type LineSource, openInput } from './input-sources.js';
import type { Interrupt } from './interrupt.js';
import { isPipe } from './is-pipe.js';
import { listNameOf } from './list-name.js';
import { type Streams, sayTo } from './streams.js';
import { keepHeapSmall } from './v8-flags.js';

export interface DownloadInputs {
  /** Codes, sorted; then what is neither code nor URL; then URLs, in the order given. */
  readonly texts: TextList;
  /** Whether the command line says which, and not the default. */
  readonly areNamed: boolean;
  /** Whether they are from standard input, which nothing has named. */
  readonly areImplied: boolean;
  /** One line for each text that is asked for, and most likely meant as another country's code. */
  readonly hints: readonly string[];
  /** Which lists they are from. */
  readonly origins: InputOrigins;
  /** The first file that has none of them. */
  readonly emptyFile: string | undefined;
}

const EXPECTED =
  "a country's code or name, one letter for all codes that begin with it, or an http(s) URL";

/**
 * Codes are a set, sorted: all inputs are read before the first is asked for. Throws a usage error
 * for an argument that means nothing.
 */
export async function readDownloadInputs(
  args: readonly string[],
  flags: DownloadInputFlags,
  streams: Streams,
  interrupt: Interrupt,
): Promise<DownloadInputs> {
  refuseWrong([
    ...selectCodes({ texts: args.filter((text) => !isUrl(text)) }).wrong,
    ...args.filter((text) => isUrl(text) && !parseInput(text)),
  ]);
  const { all, every, limit } = flags;
  const sources = await openSources(args, flags, streams);
  const names = await Promise.all(flags.inputs.map((path) => listNameOf(path, flags.dir)));
  const lists = sources.map((source, i) => ({ source, name: names[i] }));
  const origins = originsOf(args, lists, flags);
  const parts = await partition(args, lists, { ...flags, origins }, interrupt);
  const { codes: texts, urls, spaced, unfilled, emptyFile } = parts;
  const isListed = args.length > 0 || sources.length > 0;
  const { codes, wrong } = selectCodes({ texts: isListed ? texts : undefined, all, every, limit });
  const inOrder = new TextList([...codes, ...wrong]);
  const most = (limit ?? Number.POSITIVE_INFINITY) + wrong.length;
  for (const page of urls.drain()) inOrder.add(page.slice(0, most - inOrder.length));
  return {
    texts: inOrder,
    areNamed: isListed || all || every,
    areImplied: sources.length > flags.inputs.length,
    hints: [...parts.hints, ...hintsOf(texts), ...spaceHint(spaced), ...placeholderHint(unfilled)],
    origins,
    emptyFile,
  };
}

/** A source that is open, and what the manifest calls it, if it is a list in a file. */
interface NamedSource {
  readonly source: LineSource;
  readonly name: string | undefined;
}

function originsOf(
  args: readonly string[],
  lists: readonly NamedSource[],
  { all, every }: Pick<DownloadInputFlags, 'all' | 'every'>,
): InputOrigins {
  const isDirect = args.length > 0 || all || every || lists.length === 0;
  const places = [...(isDirect ? [undefined] : []), ...lists.map(({ name }) => name)];
  if (new Set(places).size === 1) return oneOrigin(places[0]);
  const origins = new SeveralOrigins(places);
  for (const code of selectCodes({ texts: [], all, every }).codes) origins.add(code, undefined);
  return origins;
}

/** Opens the files that are named; where nothing is, standard input, if something comes on it. */
async function openSources(
  args: readonly string[],
  { all, every, inputs, retryFailed, quiet }: DownloadInputFlags,
  streams: Streams,
): Promise<readonly LineSource[]> {
  const reading = { ...rawLines, hint: sayTo(streams, quiet) };
  const isBare = args.length + inputs.length === 0 && !all && !every && !retryFailed;
  if (!isBare) {
    if (!inputs.includes('-') && isPipe(streams.stdin)) sayTo(streams, quiet)(PIPE_UNREAD);
    return inputs.map((path) => openInput('--input', path, streams.stdin, reading));
  }
  // That a list is not read is no detail that -q may hide.
  const warn = sayTo(streams, false);
  const implied = await impliedInput(streams.stdin, warn, INSTEAD_OF_INPUT, reading);
  return implied ? [implied] : [];
}

const INSTEAD_OF_INPUT =
  'the 20 most populous countries are downloaded; name it with -i - to wait for it';

/** A pipe is read where nothing else is named, so one that is not may be a mistake. */
const PIPE_UNREAD =
  'standard input is a pipe and is not read, as something else is named; -i - reads it too';

/** Throws a usage error about arguments that mean nothing; the first few are named. */
function refuseWrong(wrong: readonly string[]): void {
  const [first, ...others] = wrong.slice(0, MAX_NAMED);
  if (first === undefined) return;
  const hintTo = (text: string) => {
    if (isUrl(text)) return `: ${explainInput(text)}`;
    const meant = meantBy(text);
    return meant === undefined ? '' : `; did you mean ${meant}?`;
  };
  const { message } = invalidOption('code', EXPECTED, first);
  const more = others.map((text) => ` and \`${withoutSecrets(text)}\`${hintTo(text)}`);
  throw new UsageError([message, hintTo(first), ...more].join(''));
}

const MAX_NAMED = 5;

/** What an argument that is no code was most likely meant to be. */
function meantBy(text: string): string | undefined {
  if (text === '-' || isFile(text)) return `-i ${text}`;
  const parts = text.split(',');
  const areCodes = parts.length > 1 && selectCodes({ texts: parts }).wrong.length === 0;
  return areCodes ? parts.join(' ') : suggestInput(text);
}

/**
 * Two letters are a code that is asked for, whether a country has it or not: a server may have a flag for `UK`. Most
 * likely it was meant as the code of a country.
 */
function hintsOf(texts: readonly string[]): string[] {
  const codes = new Set(texts.map(findCode));
  return [...codes].flatMap((code) => {
    const meant = code === undefined || countries.has(code) ? undefined : suggestCode(code);
    if (meant === undefined) return [];
    return [`\`${code}\` is no country and is asked for as it stands; did you mean ${meant}?`];
  });
}

/** Inputs that are asked for again. */
export interface FailedInputs {
  readonly texts: TextList;
  /** What was given and has no record: it has not failed, as it was never asked for. */
  readonly unrecorded: readonly string[];
}

/**
 * Of the inputs, those that failed the last time, and what is no input: that always fails. Without
 * any, all that failed.
 *
 * @param recorded what the manifest has records of, by {@link recordKey} or code
 */
export function onlyFailed(
  { texts, areNamed }: DownloadInputs,
  failed: readonly string[],
  recorded: Iterable<string>,
): FailedInputs {
  if (!areNamed) return { texts: new TextList(failed), unrecorded: [] };
  const failures = new FailedTexts(failed);
  const kept = new TextList();
  const others = new Map<string, string>();
  for (const page of texts.drain()) {
    for (const text of page) {
      const input = parseInput(text);
      const again = input ? failures.again(text, input) : [text];
      kept.add(again);
      if (input && again.length === 0) others.set(inputKey(input), text);
    }
  }
  if (others.size > 0) {
    for (const key of recorded) for (const each of [key, urlOf(key)]) others.delete(each);
  }
  return { texts: kept, unrecorded: [...others.values()] };
}

/** What a manifest's records of an input are known by. */
function inputKey(input: Input): string {
  if (input.kind === 'code') return input.cc;
  return recordKey({ url: input.url.href, code: '', name: input.name });
}

function urlOf(key: string): string {
  return key.split('\t')[0] as string;
}

/** What failed, by its key and by its URL: a code may have failed as several files, a URL under several names. */
class FailedTexts {
  readonly #byKey = new Map<string, string[]>();
  readonly #byUrl = new Map<string, string[]>();

  constructor(failed: readonly string[]) {
    for (const text of failed) {
      const input = parseInput(text);
      // What a manifest says may be anything.
      if (!input) continue;
      const key = inputKey(input);
      addTo(this.#byKey, key, text);
      if (urlOf(key) !== key) addTo(this.#byUrl, urlOf(key), text);
    }
  }

  /** The texts that ask for an input again; a login is only in the text that was given. */
  again(text: string, input: Input): readonly string[] {
    const key = inputKey(input);
    const before = this.#byKey.get(key) ?? [];
    if (input.kind === 'code') return before;
    const [address = ''] = text.split('\t');
    return [...before, ...(this.#byUrl.get(key) ?? [])].map((each) => {
      const [, ...fields] = each.split('\t');
      return [address, ...fields].join('\t');
    });
  }
}

function addTo(lists: Map<string, string[]>, key: string, text: string): void {
  const list = lists.get(key);
  if (list) list.push(text);
  else lists.set(key, [text]);
}

/** The lines that say where codes are asked for; none of a list of URLs, as no service is asked. */
export function siteLines(texts: TextList, { sites }: Pick<Downloader, 'sites'>): string[] {
  const usual = sites.map(({ label, url }) => `${label} site: ${url}`);
  const lines = new Set<string>();
  texts.forEach((text) => {
    if (isUrl(text)) return;
    const input = parseInput(text);
    if (input?.kind !== 'code') return;
    const { servers } = input;
    for (const line of servers.length === 0 ? usual : servers.map(siteLine)) lines.add(line);
  });
  return [...lines];
}

function siteLine(server: string): string {
  const { label, ...place } = parseServer(server)!;
  return `${label} site: ${'url' in place ? place.url : 'inside the program'}`;
}

/** A space in an address is asked for as `%20`, and most likely a tab was meant. */
function spaceHint(url: string | undefined): string[] {
  if (url === undefined) return [];
  const shown = withoutSecrets(url);
  return [
    `\`${shown}\` has a space, which is asked for as %20; the name of a file stands behind a tab`,
  ];
}

/** What stands for a country in a template is asked for as it is in a URL of a list. */
function placeholderHint(url: string | undefined): string[] {
  if (url === undefined) return [];
  const shown = withoutSecrets(url.split('\t')[0] as string);
  return [`\`${shown}\` is asked for as it stands: only -s fills in a country, for each code`];
}

/** Of the inputs, those of one part of all; a code and a URL count in the form that is asked for. */
export function onlyShard(texts: TextList, given: string | undefined): TextList {
  const shard = given === undefined ? undefined : parseShard(given);
  if (!shard) return texts;
  return texts.filter((text) => {
    const input = parseInput(text);
    if (!input) return isInShard(text, shard);
    return isInShard(input.kind === 'code' ? input.cc : input.url.href, shard);
  });
}

/** Texts beyond which a small heap is worth more than a fast one. */
const LONG_LIST = 50_000;

/** Arguments and lines, URLs apart from what should be codes. */
class Partition {
  readonly codes: string[] = [];
  readonly urls = new TextList();
  /** The first URL with a space within its address. */
  spaced: string | undefined;
  /** The first URL with what only a template may have, such as `{cc}`. */
  unfilled: string | undefined;
  /** How lists are read that are tables. */
  readonly hints: string[] = [];
  /** The first file without any. */
  emptyFile: string | undefined;

  get length(): number {
    return this.codes.length + this.urls.length;
  }

  take(texts: readonly string[], name: string | undefined, origins: InputOrigins): void {
    const urls = texts.filter(isUrl);
    const codes = texts.filter((text) => !isUrl(text));
    this.urls.add(urls);
    for (const code of codes) this.codes.push(code);
    this.spaced ??= urls.find((text) => /^[^\t]*\S +[^\s#]/.test(text));
    this.unfilled ??= urls.find((text) => placeholders.some((each) => text.includes(each)));
    if (!(origins instanceof SeveralOrigins)) return;
    for (const code of selectCodes({ texts: codes }).codes) origins.add(code, name);
    for (const url of urls) {
      const input = parseInput(url);
      if (input) origins.add(inputKey(input), name);
    }
  }
}

async function partition(
  args: readonly string[],
  lists: readonly NamedSource[],
  { column, origins }: Pick<DownloadInputFlags, 'column'> & Pick<DownloadInputs, 'origins'>,
  { signal }: Interrupt,
): Promise<Partition> {
  const parts = new Partition();
  // Line feeds mean nothing in a URL, and an argument may have some.
  parts.take(
    args.map((text) => text.replaceAll('\n', '')),
    undefined,
    origins,
  );
  closeOnAbort(
    lists.map(({ source }) => source),
    signal,
  );
  let isLong = false;
  for (const { source, name } of lists) {
    const before = parts.length;
    for await (const texts of listTexts(source, column, (text) => parts.hints.push(text))) {
      parts.take(texts, name, origins);
      if (isLong || parts.length <= LONG_LIST) continue;
      isLong = true;
      keepHeapSmall();
    }
    if (parts.length === before) parts.emptyFile ??= source.label;
  }
  signal.throwIfAborted();
  return parts;
}
