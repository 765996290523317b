/** The head of an HTTP/1 answer: its status line and its headers (RFC 9112, 4 and 5). */

/** How the end of a body is told (RFC 9112, 6.3): so many bytes, chunks, the end of the connection. */
export type Framing = number | 'chunked' | 'close';

/** Headers that somebody looks at; of the others only the form is checked. */
const KNOWN = [
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'transfer-encoding',
] as const;
export type HeaderName = (typeof KNOWN)[number];

export class HttpHead {
  readonly status: number;
  /** Bytes from the beginning of the head to that of the body. */
  readonly size: number;
  /** The words that the server put behind the status. */
  readonly phrase: string;
  readonly #isFirstVersion: boolean;
  /** Name, value, name, value, … */
  readonly #fields: readonly string[];

  constructor(line: StatusLine, fields: readonly string[], size: number) {
    this.#isFirstVersion = line.version === 0;
    this.status = line.status;
    this.phrase = line.phrase;
    this.#fields = fields;
    this.size = size;
  }

  /** The first value of a header. */
  header(name: HeaderName): string | undefined {
    const at = this.#fields.indexOf(name);
    return at < 0 ? undefined : this.#fields[at + 1];
  }

  /** All values of a header that is a list (RFC 9110, 5.3), in lower case. */
  list(name: HeaderName): string | undefined {
    const fields = this.#fields;
    let list: string | undefined;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === name)
        list = list === undefined ? fields[i + 1] : `${list},${fields[i + 1]}`;
    }
    return list?.toLowerCase();
  }

  /** How the body ends; undefined if that is not to be told, and so nothing of it is to be trusted. */
  get framing(): Framing | undefined {
    if (this.status === 204 || this.status === 304) return 0;
    const codings = this.list('transfer-encoding');
    // We ask for no other coding, so a server may not use one (RFC 9110, 10.1.4).
    if (codings !== undefined) return codings === 'chunked' ? 'chunked' : undefined;
    const lengths = this.list('content-length');
    if (lengths === undefined) return 'close';
    // A length that came twice counts once (RFC 9110, 8.6).
    const isLength = /^(\d{1,15})(?:[ \t]*,[ \t]*\1)*$/.test(lengths);
    return isLength ? Number.parseInt(lengths, 10) : undefined;
  }

  /** Whether the connection takes another request (RFC 9112, 9.3). */
  get isKept(): boolean {
    const wish = this.list('connection');
    if (wish === undefined) return !this.#isFirstVersion;
    if (wish === 'keep-alive') return true;
    if (/(?:^|,)[ \t]*close[ \t]*(?:,|$)/.test(wish)) return false;
    return !this.#isFirstVersion || /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/.test(wish);
  }
}

const [LF, CR, TAB, SPACE, COLON] = [10, 13, 9, 32, 58];

/** What a byte may be part of: 1 is a name, 2 is a value. */
const PART = new Uint8Array(256).map((_, byte) => {
  const isName = /^[!#$%&'*+.^_`|~\w-]$/.test(String.fromCharCode(byte));
  const isValue = byte === TAB || (byte >= SPACE && byte !== 127);
  return Number(isName) + 2 * Number(isValue);
});

/**
 * Reads a head that begins at `from`, with what is there up to `to`: the head, or in words what is wrong
 * with it, or undefined if it goes on. Only what somebody looks at becomes a text: where answers are
 * small, their heads are most of the work.
 */
export function readHead(bytes: Buffer, from: number, to: number): HttpHead | string | undefined {
  let line: StatusLine | undefined;
  const fields = new Fields();
  for (let at = from; ; ) {
    let feed = at;
    while (feed < to && bytes[feed] !== LF) feed++;
    if (feed === to) return line || beginsLikeHead(bytes, from, to) ? undefined : NO_HTTP;
    const end = feed > at && bytes[feed - 1] === CR ? feed - 1 : feed;
    if (!line) {
      line = statusLine(bytes, at, end);
      if (!line) return NO_HTTP;
    } else if (end === at) {
      return new HttpHead(line, fields.known, feed + 1 - from);
    } else {
      const trouble = fields.read(bytes, at, end);
      if (trouble) return trouble;
    }
    at = feed + 1;
  }
}

const NO_HTTP = 'no status line of HTTP/1';

/** Whether bytes may become a head when more of them come. */
function beginsLikeHead(bytes: Buffer, from: number, to: number): boolean {
  return 'HTTP/1.'.startsWith(bytes.toString('latin1', from, Math.min(to, from + 7)));
}

interface StatusLine {
  readonly version: number;
  readonly status: number;
  readonly phrase: string;
}

/** `HTTP/1.1 200 OK`, without words as well. */
function statusLine(bytes: Buffer, from: number, to: number): StatusLine | undefined {
  if (to - from < 12 || !beginsLikeHead(bytes, from, to)) return undefined;
  const version = digit(bytes, from + 7);
  const status =
    digit(bytes, from + 9) * 100 + digit(bytes, from + 10) * 10 + digit(bytes, from + 11);
  const hasSpaces = bytes[from + 8] === SPACE && (to - from === 12 || bytes[from + 12] === SPACE);
  // A sign that is no digit makes it no number.
  if (!hasSpaces || !(version >= 0 && status >= 100) || !isValue(bytes, from, to)) return undefined;
  return { version, status, phrase: bytes.toString('latin1', from + 13, to) };
}

function digit(bytes: Buffer, at: number): number {
  const value = (bytes[at] as number) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** Headers, line by line. */
class Fields {
  /** Name, value, name, value, … of those that somebody looks at. */
  readonly known: string[] = [];
  #last: HeaderName | undefined;

  /** Reads a line; gives what is wrong with it, if anything is. */
  read(bytes: Buffer, from: number, to: number): string | undefined {
    // A line that begins with a blank goes on with the value before it (RFC 9112, 5.2).
    const isMore = isBlank(bytes[from]);
    let start = from;
    if (!isMore) {
      while (start < to && ((PART[bytes[start] as number] as number) & 1) !== 0) start++;
      if (start === from || bytes[start] !== COLON) return 'a line that is no header';
      this.#last = knownName(bytes, from, start);
      start++;
    }
    if (!isValue(bytes, start, to)) return 'a control character';
    if (this.#last === undefined) return undefined;
    let end = to;
    while (start < end && isBlank(bytes[start])) start++;
    while (end > start && isBlank(bytes[end - 1])) end--;
    const value = bytes.toString('latin1', start, end);
    if (isMore) this.known.push(`${this.known.pop()} ${value}`.trim());
    else this.known.push(this.#last, value);
    return undefined;
  }
}

function isValue(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (((PART[bytes[i] as number] as number) & 2) === 0) return false;
  }
  return true;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function knownName(bytes: Buffer, from: number, to: number): HeaderName | undefined {
  for (const name of KNOWN) {
    if (name.length === to - from && isCalled(bytes, from, name)) return name;
  }
  return undefined;
}

/** The bytes are of a name: the bit of lower case changes no other sign in it to a letter or `-`. */
function isCalled(bytes: Buffer, from: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((bytes[from + i] as number) | 32) !== name.charCodeAt(i)) return false;
  }
  return true;
}
