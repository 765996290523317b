/** Whether a text is an SVG: by its root element, not by what it contains (XML 1.0, 2.8). */

/** Bytes that are read before the root element must begin: most files need the first alone. */
const PROLOG_LIMITS = [4096, 262_144];

/** Whether the root element is `svg`, with or without a namespace prefix, in UTF-8 or UTF-16. */
export function hasSvgRoot(bytes: Uint8Array): boolean {
  const encoding = encodingOf(bytes);
  if (!encoding) return false;
  for (const limit of PROLOG_LIMITS) {
    const root = rootOf(new TextDecoder(encoding).decode(bytes.subarray(0, limit)));
    if (root !== undefined) return /^(?:[^\s<>/=:]+:)?svg$/.test(root);
    if (bytes.length <= limit) return false;
  }
  return false;
}

/** Undefined if the first character that is not white space cannot begin a document. */
function encodingOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === LESS_THAN && second === 0) return 'utf-16le';
  if (first === 0 && second === LESS_THAN) return 'utf-16be';
  const start = first === 0xef && second === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === LESS_THAN) return 'utf-8';
    if (!WHITE_SPACE.has(bytes[at] as number)) return undefined;
  }
  return undefined;
}

const LESS_THAN = 0x3c;
const WHITE_SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The name of the root element. Undefined if the text ends before it; empty if the document cannot be
 * an SVG, because something else comes first.
 */
function rootOf(text: string): string | undefined {
  for (let at = 0; ; ) {
    at = skipWhiteSpace(text, at);
    if (at >= text.length) return undefined;
    if (text[at] !== '<') return '';
    const end = endOfMisc(text, at);
    if (end === undefined) return undefined;
    if (end === at) return elementName(text, at + 1);
    if (end < 0) return '';
    at = end;
  }
}

/**
 * The place behind a comment, processing instruction or DOCTYPE; `at` itself if an element begins
 * there, -1 if the DOCTYPE is another's, undefined if the text ends first.
 */
function endOfMisc(text: string, at: number): number | undefined {
  if (text.startsWith('<?', at)) return behind(text, '?>', at + 2);
  if (text.startsWith('<!--', at)) return behind(text, '-->', at + 4);
  if (!text.startsWith('<!', at)) return at;
  const name = /^<!DOCTYPE\s+(?:[^\s<>[:]+:)?svg(?=[\s>[])/.exec(text.slice(at, at + 256));
  if (name) return endOfDoctype(text, at + name[0].length);
  return text.length - at < 256 ? undefined : -1;
}

/** The place behind a DOCTYPE: its `>` counts outside quotes, comments and the internal subset. */
function endOfDoctype(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text[at] as string;
    let end: number | undefined = at + 1;
    if (char === '"' || char === "'") end = behind(text, char, at + 1);
    else if (text.startsWith('<!--', at)) end = behind(text, '-->', at + 4);
    else if (char === '[' || char === '<') depth++;
    else if (char === ']') depth--;
    else if (char === '>' && depth-- === 0) return at + 1;
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

function behind(text: string, what: string, from: number): number | undefined {
  const at = text.indexOf(what, from);
  return at < 0 ? undefined : at + what.length;
}

function skipWhiteSpace(text: string, from: number): number {
  let at = from;
  while (WHITE_SPACE.has(text.charCodeAt(at)) || text.charCodeAt(at) === 0xfeff) at++;
  return at;
}

/** Undefined if the name may go on behind the end of the text. */
function elementName(text: string, from: number): string | undefined {
  const [name = ''] = /^[^\s<>/=]*/.exec(text.slice(from, from + 256)) ?? [];
  return from + name.length < text.length ? name : undefined;
}
