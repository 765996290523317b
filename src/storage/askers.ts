/** Who has asked for a file: lists in files, each of which may have it no more, arguments and pipes. */

export interface Askers {
  /** Lists that have it, as far as their runs tell. The one that asked last is the last. */
  readonly lists: readonly string[];
  /** Lists that had it in an earlier run, and in a later one no more. */
  readonly left: readonly string[];
  /** Whether an argument or a pipe has asked for it too: of these it is never known that they no longer would. */
  readonly isDirect: boolean;
}

/** The same in a record of the manifest. */
export interface AskerFields {
  /** The list that asked for it last, if one in a file did: the path of that from the folder. */
  readonly list?: string;
  /** Other lists that have asked for it. */
  readonly lists?: readonly string[];
  /** Those lists that have it no more. */
  readonly left?: readonly string[];
  /** An argument or a pipe has asked for it too. */
  readonly direct?: true;
}

/** An argument or a pipe alone; what a record without any list says. */
export const DIRECT: Askers = { lists: [], left: [], isDirect: true };

/** Lists that are kept for one file, and characters of their names. */
const MAX_LISTS = 32;
const MAX_CHARACTERS = 16_384;

/** Parted the lists of a run in records of earlier versions. */
const OLD_SEPARATOR = '|';

/** Whether a list can have this name. */
export function isListName(name: string): boolean {
  return (
    name !== '' && name.length <= MAX_CHARACTERS && !/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(name)
  );
}

/** Those who asked before, and those who do now; the same object as `before` if nothing is new. */
export function withAskers(before: Askers, now: Askers): Askers {
  const isNew =
    now.lists.some((list) => !before.lists.includes(list)) ||
    now.left.some((list) => !before.lists.includes(list) && !before.left.includes(list)) ||
    (now.isDirect && !before.isDirect);
  if (!isNew) return before;
  const lists = [...new Set([...before.lists, ...now.lists])];
  const left = [...new Set([...before.left, ...now.left])];
  const isDirect = before.isDirect || now.isDirect;
  return bounded({ lists, left: left.filter((list) => !lists.includes(list)), isDirect });
}

/** The same without lists that have it no more. */
export function withoutLists({ lists, left, isDirect }: Askers, gone: readonly string[]): Askers {
  return {
    lists: lists.filter((list) => !gone.includes(list)),
    left: [...left, ...lists.filter((list) => gone.includes(list))],
    isDirect,
  };
}

/** Whether it is still asked for, as far as is known. */
export function isWanted({ lists, isDirect }: Askers): boolean {
  return lists.length > 0 || isDirect;
}

/** Lists that have it no more are forgotten first. What too many have counts as asked for by an argument: it stays wanted. */
function bounded({ lists, left, isDirect }: Askers): Askers {
  let kept = left;
  while (kept.length > 0 && isTooMuch([...lists, ...kept])) kept = kept.slice(1);
  if (!isTooMuch([...lists, ...kept])) return { lists, left: kept, isDirect };
  return { lists: lists.slice(-1), left: [], isDirect: true };
}

function isTooMuch(lists: readonly string[]): boolean {
  if (lists.length > MAX_LISTS) return true;
  return lists.length > 1 && lists.reduce((sum, { length }) => sum + length, 0) > MAX_CHARACTERS;
}

export function askersOf({ list, lists, left = [], direct }: AskerFields): Askers {
  if (list === undefined) return DIRECT;
  const named = lists === undefined ? list.split(OLD_SEPARATOR) : [...lists, list];
  const having = [...new Set(named)].filter((each) => !left.includes(each));
  return bounded({ lists: having, left, isDirect: direct === true });
}

export function askerFields({ lists, left, isDirect }: Askers): AskerFields {
  const list = lists.at(-1) ?? left.at(-1);
  if (list === undefined) return {};
  const others = lists.slice(0, -1);
  return {
    list,
    ...(others.length > 0 || list.includes(OLD_SEPARATOR) ? { lists: others } : {}),
    ...(left.length > 0 ? { left } : {}),
    ...(isDirect ? { direct: true } : {}),
  };
}

/** Those fields as the end of a JSON object; empty if there are none. */
export function formatAskers(askers: Askers): string {
  const { lists, left, isDirect } = askers;
  // What most records say, and there may be very many.
  if (lists.length === 0 && left.length === 0) return '';
  if (lists.length === 1 && left.length === 0 && !isDirect) {
    const [list = ''] = lists;
    if (!list.includes(OLD_SEPARATOR)) return `,"list":${JSON.stringify(list)}`;
  }
  return `,${JSON.stringify(askerFields(askers)).slice(1, -1)}`;
}

/** Characters of all that are kept. */
const MAX_KEPT = 4 * 1024 * 1024;

/** Keeps each once, and gives it a number: very many files are asked for by the same few. */
export class KnownAskers {
  readonly #numbers = new Map<string, number>();
  readonly #all: Askers[] = [];
  #characters = 0;

  constructor() {
    // What does not fit counts as asked for by an argument.
    this.numberOf(DIRECT);
  }

  /** Below 2^21: each has ten characters at least. */
  numberOf(askers: Askers): number {
    const text = formatAskers(askers);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#characters > MAX_KEPT) return 0;
    this.#characters += text.length;
    this.#numbers.set(text, this.#all.length);
    return this.#all.push(askers) - 1;
  }

  at(number: number): Askers {
    return this.#all[number] ?? DIRECT;
  }
}
