/** What a download is asked for: codes from the command line, codes and URLs from files. */

import { isInShard, parseShard } from '../core/shard.js';
import { UsageError } from '../core/usage-error.js';
import { selectCodes, suggestCode } from '../flags/codes.js';
import { isUrl, parseInput } from '../flags/input.js';
import { invalidOption } from '../options/rule.js';
import type { DownloadInputFlags } from './download-command-options.js';
import { closeOnAbort, isFile, openInput } from './inputs.js';
import type { Interrupt } from './interrupt.js';
import type { Streams } from './streams.js';

export interface DownloadInputs {
  /** Codes, sorted; then what is neither code nor URL; then URLs, in the order given. */
  readonly texts: readonly string[];
  /** Whether the command line says which, and not the default. */
  readonly areNamed: boolean;
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
  const codesOf = (texts: readonly string[]) => texts.filter((text) => !isUrl(text));
  const bad =
    selectCodes({ texts: codesOf(args) }).wrong[0] ??
    args.find((text) => isUrl(text) && !parseInput(text));
  if (bad !== undefined) {
    const { message } = invalidOption('code', EXPECTED, bad);
    const meant = isUrl(bad) ? undefined : meantBy(bad);
    throw new UsageError(meant === undefined ? message : `${message}; did you mean ${meant}?`);
  }
  const { all, every, limit, inputs } = flags;
  const texts = [...args, ...(await readFiles(inputs, streams, interrupt))];
  const isListed = args.length > 0 || inputs.length > 0;
  const selection = selectCodes({
    texts: isListed ? codesOf(texts) : undefined,
    all,
    every,
    limit,
  });
  const room = limit === undefined ? undefined : limit - selection.codes.length;
  const urls = texts.filter(isUrl).slice(0, room);
  return {
    texts: [...selection.codes, ...selection.wrong, ...urls],
    areNamed: isListed || all || every,
  };
}

/** What an argument that is no code was most likely meant to be. */
function meantBy(text: string): string | undefined {
  if (isFile(text)) return `-i ${text}`;
  const parts = text.split(',');
  const areCodes = parts.length > 1 && selectCodes({ texts: parts }).wrong.length === 0;
  return areCodes ? parts.join(' ') : suggestCode(text);
}

/** Of the inputs, those that failed the last time; without any, all that failed. */
export function onlyFailed(
  { texts, areNamed }: DownloadInputs,
  failed: readonly string[],
): readonly string[] {
  if (!areNamed) return failed;
  const those = new Set(failed);
  return texts.filter((text) => {
    const input = parseInput(text);
    return input && those.has(input.kind === 'code' ? input.cc : input.url.href);
  });
}

/** Of the inputs, those of one part of all; a code and a URL count in the form that is asked for. */
export function onlyShard(texts: readonly string[], given: string | undefined): readonly string[] {
  const shard = given === undefined ? undefined : parseShard(given);
  if (!shard) return texts;
  return texts.filter((text) => {
    const input = parseInput(text);
    if (!input) return isInShard(text, shard);
    return isInShard(input.kind === 'code' ? input.cc : input.url.href, shard);
  });
}

async function readFiles(
  paths: readonly string[],
  { stdin }: Streams,
  { signal }: Interrupt,
): Promise<string[]> {
  const inputs = paths.map((path) => openInput('--input', path, stdin));
  closeOnAbort(inputs, signal);
  const lines: string[] = [];
  for (const { lists } of inputs) {
    for await (const list of lists) {
      for (const line of list) lines.push(line);
    }
  }
  signal.throwIfAborted();
  return lines;
}
