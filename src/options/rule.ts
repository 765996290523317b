/** The kit of options: what is allowed, what is the default, and the sentence when it is wrong. */

import { didYouMean } from '../core/nearest.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';

/** One option: its default, and how a value is told from a wrong one. */
export interface Rule<T> {
  /** The end of the sentence "Expected … to be …". */
  readonly expected: string;
  /** The same for the command line, where other values are allowed there. */
  readonly expectedText?: string;
  readonly default: T;
  /** The default as help shows it, where the value itself says less. */
  readonly defaultText?: string;
  /** The closed list of allowed words, if it is one. */
  readonly choices?: readonly string[];
  /** Words that are allowed, among others: the nearest one is named where a value is wrong. */
  readonly suggestions?: () => readonly string[];
  /** The option may be given several times on the command line: its values are joined. */
  readonly isRepeatable?: true;
  /**
   * The value that a text on the command line stands for; undefined if it is not allowed.
   *
   * @param option the flag, for a message that says more than {@link expected}
   */
  read(text: string, option: string): T | undefined;
  /** Whether a value that a caller of the library gave is allowed. */
  allows(value: unknown): boolean;
  /** The option may not be given twice; of others the last time counts. */
  readonly isSingle?: true;
  /** A value may be an option by its looks: `-v`. */
  readonly takesOptions?: true;
  /** A wrong value as messages may show it, where it may hold a secret that is no part of a URL. */
  readonly shown?: (text: string) => string;
}

/**
 * The sentence for a wrong value, the same for the library and the command line.
 *
 * @param choices the words that are allowed: the one that was most likely meant is named
 */
export function invalidOption(
  option: string,
  expected: string,
  value: unknown,
  choices: readonly string[] = [],
): UsageError {
  const shown = withoutSecrets(String(value));
  const got = typeof value === 'string' ? `\`${shown}\`` : `\`${shown}\` (${typeof value})`;
  const wrongWord = shown.split(',').find((word) => !choices.includes(word));
  const hint = didYouMean(wrongWord ?? '', choices);
  return new UsageError(`Expected \`${option}\` to be ${expected}, got ${got}${hint}`, { option });
}

export function integer(from: number, to: number, defaultValue: number): Rule<number> {
  const allows = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
  return {
    expected: `an integer from ${from} to ${to}`,
    default: defaultValue,
    allows,
    read(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** A duration in seconds, decimals allowed. */
export function seconds(defaultValue: number): Rule<number> {
  const allows = (value: unknown) => typeof value === 'number' && value >= 0.001 && value <= 86_400;
  return {
    expected: 'a number of seconds from 0.001 to 86400',
    default: defaultValue,
    allows,
    read(text) {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** A number from 0 on, decimals allowed; 0 is no limit. */
export function amount(to: number, defaultValue: number): Rule<number> {
  const allows = (value: unknown) => typeof value === 'number' && value >= 0 && value <= to;
  return {
    expected: `a number from 0 (no limit) to ${to}`,
    default: defaultValue,
    allows,
    read(text) {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** One of a closed list of words. */
export function choice<const T extends string>(
  choices: readonly T[],
  defaultValue: NoInfer<T>,
): Rule<T> {
  const allows = (value: unknown) => choices.includes(value as T);
  return {
    expected: `one of ${choices.join(', ')}`,
    default: defaultValue,
    choices,
    allows,
    read: (text) => (allows(text) ? (text as T) : undefined),
  };
}

export function flag(): Rule<boolean> {
  return {
    expected: 'true or false',
    default: false,
    allows: (value) => typeof value === 'boolean',
    read: () => true,
  };
}

/** A list; on the command line its items are parted by commas. */
export function list(
  expected: string,
  allowsItem: (item: string) => boolean,
): Rule<readonly string[]> {
  const allows = (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && allowsItem(item));
  return {
    expected,
    default: [],
    isRepeatable: true,
    allows,
    read(text) {
      const items = text.split(',').map((item) => item.trim());
      return allows(items) ? items : undefined;
    },
  };
}

/** A size in bytes; on the command line `K`, `M` and `G` stand for powers of 1,024. */
export function size(defaultValue: number, defaultText: string): Rule<number> {
  const allows = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  return {
    expected: 'a number of bytes of at least 1, K, M or G behind it',
    default: defaultValue,
    defaultText,
    allows,
    read(text) {
      const [, digits, unit] = /^(\d{1,12})([KMG]?)$/i.exec(text) ?? [];
      if (digits === undefined) return undefined;
      const value = Number(digits) * 1024 ** ' KMG'.indexOf(unit?.toUpperCase() || ' ');
      return allows(value) ? value : undefined;
    },
  };
}

/** Some of a closed list of words. */
export function listOf(choices: readonly string[]): Rule<readonly string[]> {
  const rule = list(`some of ${choices.join(', ')}`, (item) => choices.includes(item));
  return { ...rule, choices };
}

/** A text; any that is not empty, unless told more. */
export function text(
  expected: string,
  defaultValue: string,
  allowsText = (given: string) => given !== '',
): Rule<string> {
  const allows = (value: unknown) => typeof value === 'string' && allowsText(value);
  return {
    expected,
    default: defaultValue,
    allows,
    read: (given) => (allows(given) ? given : undefined),
  };
}

/** Texts, each given by an option of its own: what they hold is not looked at here. */
export function texts(expected: string): Rule<readonly string[]> {
  return { ...list(expected, () => true), read: (given) => [given] };
}

/** A rule whose option may be left out without a default in its place. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return {
    ...rule,
    default: undefined,
    allows: (value) => value === undefined || rule.allows(value),
  };
}

/** A function that the library calls. */
export function callback<F extends (...args: never[]) => void>(): Rule<F | undefined> {
  return {
    expected: 'a function',
    default: undefined,
    allows: (value) => value === undefined || typeof value === 'function',
    read: () => undefined,
  };
}

/** What stops the call; its reason is thrown. */
export function abortSignal(): Rule<AbortSignal | undefined> {
  return {
    expected: 'an AbortSignal',
    default: undefined,
    allows: (value) =>
      value === undefined ||
      typeof (value as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
    read: () => undefined,
  };
}
