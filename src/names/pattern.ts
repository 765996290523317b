/**
 * Patterns that stand for many words: `[a-z]{3}`, `(get|try){}app`. A closed, finite set: letters that
 * stand for themselves, classes, alternatives, repetition by a number, and `{}` for a word from
 * elsewhere. Words are made one by one from their position, so a pattern takes no memory.
 */

export interface Pattern {
  readonly source: string;
  /** How many words it stands for, for each word that `{}` stands for. */
  readonly size: number;
  /** Whether it has a `{}`. */
  readonly takesWord: boolean;
  /** The word at a position from 0 to `size - 1`; the last part of the pattern changes first. */
  wordAt(position: number, word?: string): string;
}

/** A part of a pattern: so many texts, each with its position. */
interface Part {
  readonly size: number;
  /** The length of its longest text, the word not counted. */
  readonly length: number;
  textAt(position: number, word: string): string;
}

/** What stands for something else than itself, or cannot be in a name. */
const SPECIAL = /[[\]{}()|\s\\/:@#?*+^$]/;
const REPETITION = /^\{(\d{1,2})\}/;
const CLASS = /^\[([^[\]]+)\]/;
/** The longest label of a name (RFC 1035, 2.3.4). */
const MAX_REPETITION = 63;
/** The longest name. A pattern whose texts may be longer is refused, or nesting could make them endless. */
const MAX_LENGTH = 253;
const MAX_SOURCE_LENGTH = 1000;

/** Undefined if the text is not a pattern. */
export function parsePattern(source: string): Pattern | undefined {
  if (source === '' || source.length > MAX_SOURCE_LENGTH) return undefined;
  if (EMPTY_LABEL.test(source)) return undefined;
  const parser = new Parser(source);
  const part = parser.alternatives();
  if (!part || !parser.isAtEnd || part.length > MAX_LENGTH) return undefined;
  return {
    source,
    size: part.size,
    takesWord: source.includes('{}'),
    wordAt: (position, word = '') => part.textAt(position, word),
  };
}

/** A dot that would leave a label of a name empty. */
const EMPTY_LABEL = /^\.|\.$|\.\./;
const DOT = '. stands for itself, between two labels of a name; [a-z] is any letter';

/** What is not known, and what to write in its place. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/\{\d*,\d*\}/, "is not known, only a number such as {3}; '([a-z]{2}|[a-z]{3})' is both lengths"],
  [/\?/, "is not known; '(|s)' is an s or nothing"],
  [/[*+]/, 'is not known, only a number such as {3}'],
  [/[\^$]/, 'is not known; a pattern always stands for whole words'],
  [/\\.?|\[\[|\[:/, 'is not known; [a-z] is any letter, [0-9] any digit'],
  [
    /^\{\d+\}|\{(?:0+|0*6[4-9]|0*[7-9]\d|\d{3,})\}/,
    'repeats nothing: {3} stands behind what it repeats, 1 to 63 times',
  ],
];

/** What is wrong with a text that is not a pattern, where that is easily told. */
export function patternFault(source: string): string | undefined {
  for (const [sign, why] of FAULTS) {
    const [found] = sign.exec(source) ?? [];
    if (found !== undefined) return `${found} ${why}`;
  }
  for (const [open, close] of [
    ['[', ']'],
    ['(', ')'],
    ['{', '}'],
  ] as const) {
    if (source.split(open).length !== source.split(close).length) {
      return `each ${open} needs its ${close}`;
    }
  }
  return EMPTY_LABEL.test(source) ? DOT : undefined;
}

/** What is wrong with a pattern of words, to which TLDs are put, that makes whole names. */
export function dotFault(source: string): string | undefined {
  return source.includes('.') ? DOT : undefined;
}

/** Recursive descent; a method returns undefined where the text is not what it reads. */
class Parser {
  #rest: string;

  constructor(source: string) {
    this.#rest = source;
  }

  get isAtEnd(): boolean {
    return this.#rest === '';
  }

  /** `one|two|three`; each may be empty. */
  alternatives(): Part | undefined {
    const parts: Part[] = [];
    do {
      const part = this.#sequence();
      if (!part) return undefined;
      parts.push(part);
    } while (this.#take('|'));
    return oneOf(parts);
  }

  #sequence(): Part | undefined {
    const parts: Part[] = [];
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      const part = this.#atom();
      if (!part) return undefined;
      const [found, digits] = REPETITION.exec(this.#rest) ?? [];
      const times = found === undefined ? 1 : Number(digits);
      if (times < 1 || times > MAX_REPETITION) return undefined;
      this.#rest = this.#rest.slice(found?.length ?? 0);
      for (let time = 0; time < times; time++) parts.push(part);
    }
    return inSequence(parts);
  }

  #atom(): Part | undefined {
    if (this.#take('{}')) return { size: 1, length: 0, textAt: (_, word) => word };
    if (this.#take('(')) {
      const part = this.alternatives();
      return part && this.#take(')') ? part : undefined;
    }
    const [found, inside] = CLASS.exec(this.#rest) ?? [];
    if (found !== undefined && inside !== undefined) {
      this.#rest = this.#rest.slice(found.length);
      return classOf(inside);
    }
    const [char] = this.#rest;
    if (char === undefined || SPECIAL.test(char)) return undefined;
    this.#rest = this.#rest.slice(char.length);
    return { size: 1, length: 1, textAt: () => char };
  }

  #take(text: string): boolean {
    if (!this.#rest.startsWith(text)) return false;
    this.#rest = this.#rest.slice(text.length);
    return true;
  }
}

/** `a-z0-9_`: a hyphen at either end stands for itself. */
function classOf(inside: string): Part | undefined {
  const chars = [...inside];
  const members = new Set<string>();
  for (let i = 0; i < chars.length; i++) {
    const from = chars[i] as string;
    if (SPECIAL.test(from)) return undefined;
    const to = chars[i + 2];
    if (chars[i + 1] !== '-' || to === undefined) {
      members.add(from);
      continue;
    }
    const last = to.codePointAt(0) as number;
    for (let code = from.codePointAt(0) as number; code <= last; code++) {
      members.add(String.fromCodePoint(code));
    }
    i += 2;
  }
  const texts = [...members].filter((char) => !SPECIAL.test(char));
  return texts.length > 0
    ? { size: texts.length, length: 1, textAt: (position) => texts[position] as string }
    : undefined;
}

function oneOf(parts: readonly Part[]): Part {
  if (parts.length === 1) return parts[0] as Part;
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    length: Math.max(...parts.map(({ length }) => length)),
    textAt(position, word) {
      let rest = position;
      for (const part of parts) {
        if (rest < part.size) return part.textAt(rest, word);
        rest -= part.size;
      }
      return '';
    },
  };
}

function inSequence(parts: readonly Part[]): Part {
  return {
    size: parts.reduce((product, { size }) => product * size, 1),
    length: parts.reduce((sum, { length }) => sum + length, 0),
    textAt(position, word) {
      let rest = position;
      let text = '';
      for (let i = parts.length - 1; i >= 0; i--) {
        const part = parts[i] as Part;
        text = part.textAt(rest % part.size, word) + text;
        rest = Math.floor(rest / part.size);
      }
      return text;
    },
  };
}
