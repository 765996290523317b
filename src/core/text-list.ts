/** Very many short texts in half the memory that an array of them takes: pages of one string each. */

/** Texts of a page. */
const PAGE = 1000;

/** Texts without line feeds, in the order in which they were added. */
export class TextList {
  readonly #pages: string[] = [];
  #last: string[] = [];
  #length = 0;

  constructor(texts: readonly string[] = []) {
    this.add(texts);
  }

  /** How many were added, also after {@link drain}. */
  get length(): number {
    return this.#length;
  }

  add(texts: readonly string[]): void {
    this.#length += texts.length;
    for (const text of texts) {
      if (this.#last.push(text) < PAGE) continue;
      this.#pages.push(this.#last.join('\n'));
      this.#last = [];
    }
  }

  /** One of the texts, as in an array; counted from the end for a negative index. */
  at(index: number): string | undefined {
    const place = index < 0 ? this.#length + index : index;
    const page = this.#pages[Math.floor(place / PAGE)]?.split('\n') ?? this.#last;
    return page[place % PAGE];
  }

  forEach(visit: (text: string) => void): void {
    for (const page of this.#pages) page.split('\n').forEach(visit);
    this.#last.forEach(visit);
  }

  /** Those that are wanted, one by one. */
  *those(isWanted: (text: string) => boolean): Generator<string, void, undefined> {
    for (const page of this.#pages) yield* page.split('\n').filter(isWanted);
    yield* this.#last.filter(isWanted);
  }

  /** A list of those that are kept; nothing is left here. */
  filter(isKept: (text: string) => boolean): TextList {
    const kept = new TextList();
    for (const page of this.drain()) kept.add(page.filter(isKept));
    return kept;
  }

  /** Gives all texts, page by page, and lets go of each page: nothing is left here. */
  *drain(): Generator<readonly string[], void, undefined> {
    for (let page = this.#pages.shift(); page !== undefined; page = this.#pages.shift()) {
      yield page.split('\n');
    }
    const rest = this.#last;
    this.#last = [];
    if (rest.length > 0) yield rest;
  }
}
