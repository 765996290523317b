/** A whole answer. */

/** Where the bytes of a body find room. */
export interface Room {
  /** Makes room for so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
}

/** What came back. A reply whose status is an error is still a reply. */
export class Reply {
  readonly status: number;
  /** The words that the server put behind the status. */
  readonly phrase: string;
  /** As it was sent: see `decodeBody`. Empty where `wantsBody` said no. */
  readonly body: Uint8Array;
  /** Name, value, name, value, … */
  readonly #headers: readonly Buffer[];

  constructor(head: Head, body: Uint8Array) {
    this.status = head.status;
    this.phrase = head.phrase;
    this.#headers = head.headers;
    this.body = body;
  }

  /** The first value of a header, each byte a character (ISO 8859-1). `name` is in lower case. */
  header(name: string): string | undefined {
    const at = indexOfHeader(this.#headers, name, 0);
    return at < 0 ? undefined : (this.#headers[at + 1] as Buffer).toString('latin1');
  }

  /** All values of a header that is a list (RFC 9110, 5.3), in lower case; empty if there is none. */
  list(name: string): string[] {
    return headerValues(this.#headers, name)
      .flatMap((value) => value.split(','))
      .map((value) => value.trim().toLowerCase());
  }
}

/** Status line and headers. */
export interface Head {
  readonly status: number;
  readonly phrase: string;
  readonly headers: readonly Buffer[];
}

/** Only what is asked for becomes a text: most headers of small answers are never looked at. */
export function headerValues(headers: readonly Buffer[], name: string): string[] {
  const values: string[] = [];
  for (
    let at = indexOfHeader(headers, name, 0);
    at >= 0;
    at = indexOfHeader(headers, name, at + 2)
  ) {
    values.push((headers[at + 1] as Buffer).toString('latin1'));
  }
  return values;
}

function indexOfHeader(headers: readonly Buffer[], name: string, from: number): number {
  for (let i = from; i < headers.length; i += 2) {
    const key = headers[i] as Buffer;
    if (key.length === name.length && key.toString('latin1').toLowerCase() === name) return i;
  }
  return -1;
}
