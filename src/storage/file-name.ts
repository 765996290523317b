/** Names for files: what a server, a list or a table calls an image, as a name that is safe everywhere. */

import { type ImageExtension, normalizeExtension } from '../core/image-extensions.js';

/** Bytes; file systems take 255, and the extension and a suffix have to fit as well. */
const MAX_STEM = 200;

/** Names that Windows keeps for devices, whatever the extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** What is kept of a name: letters, digits, `.`, `-`, `@` (`logo@2x`) and whole emoji, flags among them. */
const KEPT = '\\p{RGI_Emoji}|[\\p{L}\\p{M}\\p{N}.@\\-]';
let keptOrNot: RegExp | undefined;

/**
 * A file name without its extension: letters, digits, emoji, `.`, `-` and `@`, one `_` for any run of
 * others. Never a path, never hidden, never empty: undefined if nothing is left.
 */
export function safeStem(text: string): string | undefined {
  if (/^[a-z0-9]{5,100}$/i.test(text)) return text;
  let stem = withoutUnsafe(text.slice(0, 2 * MAX_STEM).normalize('NFC')).replace(
    /^[.@_-]+|[._]+$/g,
    '',
  );
  while (Buffer.byteLength(stem) > MAX_STEM) stem = stem.replace(/.$/u, '');
  if (RESERVED.test(stem)) stem = `_${stem}`;
  return stem || undefined;
}

function withoutUnsafe(text: string): string {
  if (/^[a-z0-9.@-]+(?:_[a-z0-9.@-]+)*$/i.test(text)) return text;
  if (!/\p{S}/u.test(text)) return text.replace(/[^\p{L}\p{M}\p{N}.@-]+/gu, '_');
  // Made when it is needed: few names have an emoji, and the table behind it is large.
  keptOrNot ??= new RegExp(`(${KEPT})|(?:(?!${KEPT}).)+`, 'gsv');
  return text.replace(keptOrNot, (_, kept?: string) => kept ?? '_');
}

/** Bytes of the longest name that a file system takes. */
const MAX_NAME = 255;

/** Whether a name is one that we could have given: nothing else of a foreign list is touched. */
export function isSafeName(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME || RESERVED.test(name)) return false;
  return !/^[.@-]|\.$/.test(name) && withoutUnsafe(name) === name;
}

export interface NameParts {
  readonly stem: string;
  /** Without a dot; empty where there is none. */
  readonly extension: string;
}

/** A safe file name in two parts, from any text; `index` where nothing is left. */
export function splitName(text: string): NameParts {
  const dot = text.lastIndexOf('.');
  const extension = dot > 0 ? text.slice(dot + 1) : '';
  if (!/^[a-z0-9]{1,10}$/i.test(extension))
    return { stem: safeStem(text) ?? 'index', extension: '' };
  return { stem: safeStem(text.slice(0, dot)) ?? 'index', extension };
}

export function joinName({ stem, extension }: NameParts): string {
  return extension === '' ? stem : `${stem}.${extension}`;
}

/** `flag.png` that turns out a GIF is `flag.gif`; `flag.php` is `flag.php.gif`. */
export function withImageExtension(name: NameParts, extension: string): string {
  if (normalizeExtension(name.extension) === extension) return joinName(name);
  return joinName({ stem: claimedPart(name), extension });
}

/** All of a name but the extension of an image, which may change. */
export function claimedPart(name: NameParts): string {
  return normalizeExtension(name.extension) === undefined ? joinName(name) : name.stem;
}

/**
 * What a URL calls its file: the last part of its path, else the file that its query names, else the
 * query; `index` where there is none of them.
 */
export function namePartsOf({ pathname, search, searchParams }: URL): NameParts {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (last !== '' || search.length < 2) return splitName(decode(last));
  const file = [...searchParams.values()].find((value) => /\.[a-z0-9]{1,10}$/i.test(value));
  return splitName(
    file === undefined ? decode(search.slice(1)) : (file.split(/[/\\]/).at(-1) ?? ''),
  );
}

/** The kinds of image that URLs promise by the names of their files; empty where none does. */
export function expectedKinds(urls: readonly URL[]): ImageExtension[] {
  const kinds = urls.map((url) => normalizeExtension(namePartsOf(url).extension));
  return kinds.filter((kind) => kind !== undefined);
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
