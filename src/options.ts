/** Every option of the library: what is allowed, what is the default, and the sentence when it is wrong. */

import { parseShard } from './core/shard.js';
import { UsageError } from './core/usage-error.js';
import { recordTypes, typeNumber } from './dns/types.js';
import { parseHeader } from './flags/header.js';
import { parseServer, serverExpected } from './flags/services.js';
import { cleanTld } from './names/domain.js';
import { parseEndpoint } from './transports/endpoint.js';
import { transportNames } from './transports/index.js';

/** One option: its default, and how a value is told from a wrong one. */
export interface Rule<T> {
  /** The end of the sentence "Expected … to be …". */
  readonly expected: string;
  /** The default. */
  readonly or: T;
  /** The closed list of allowed words, if it is one. */
  readonly choices?: readonly string[];
  /** The value that a text on the command line stands for; undefined if it is not allowed. */
  read(text: string): T | undefined;
  /** Whether a value that a caller of the library gave is allowed. */
  allows(value: unknown): boolean;
}

/** The values that a table of rules makes. */
export type Settled<Rules> = { [K in keyof Rules]: Rules[K] extends Rule<infer T> ? T : never };

/** The sentence for a wrong value, the same for the library and the command line. */
export function wrong(option: string, expected: string, value: unknown): UsageError {
  const got = typeof value === 'string' ? `\`${value}\`` : `\`${String(value)}\` (${typeof value})`;
  return new UsageError(`Expected \`${option}\` to be ${expected}, got ${got}`, { option });
}

/** Checks the options of a caller and fills in the defaults. Throws a {@link UsageError}. */
export function settle<Rules extends Record<string, Rule<unknown>>>(
  rules: Rules,
  given: { readonly [K in keyof Rules]?: unknown },
): Settled<Rules> {
  const settled: Record<string, unknown> = {};
  for (const [option, rule] of Object.entries(rules)) {
    const value = given[option] ?? rule.or;
    if (!rule.allows(value)) throw wrong(option, rule.expected, value);
    settled[option] = value;
  }
  return settled as Settled<Rules>;
}

export function integer(from: number, to: number, or: number): Rule<number> {
  const allows = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
  return {
    expected: `an integer from ${from} to ${to}`,
    or,
    allows,
    read(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** A duration in seconds, decimals allowed. */
function seconds(or: number): Rule<number> {
  const allows = (value: unknown) => typeof value === 'number' && value >= 0.001 && value <= 86_400;
  return {
    expected: 'a number of seconds from 0.001 to 86400',
    or,
    allows,
    read(text) {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** A number from 0 on, decimals allowed; 0 is no limit. */
function amount(to: number, or: number): Rule<number> {
  const allows = (value: unknown) => typeof value === 'number' && value >= 0 && value <= to;
  return {
    expected: `a number from 0 (no limit) to ${to}`,
    or,
    allows,
    read(text) {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      return allows(value) ? value : undefined;
    },
  };
}

/** One of a closed list of words. */
export function choice<const T extends string>(choices: readonly T[], or: NoInfer<T>): Rule<T> {
  const allows = (value: unknown) => choices.includes(value as T);
  return {
    expected: `one of ${choices.join(', ')}`,
    or,
    choices,
    allows,
    read: (text) => (allows(text) ? (text as T) : undefined),
  };
}

function flag(): Rule<boolean> {
  return {
    expected: 'true or false',
    or: false,
    allows: (value) => typeof value === 'boolean',
    read: () => true,
  };
}

/** A list; on the command line its items are parted by commas. */
function list(expected: string, allowsItem: (item: string) => boolean): Rule<readonly string[]> {
  const allows = (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && allowsItem(item));
  return {
    expected,
    or: [],
    allows,
    read(text) {
      const items = text.split(',').map((item) => item.trim());
      return allows(items) ? items : undefined;
    },
  };
}

/** A size in bytes; on the command line `K`, `M` and `G` stand for powers of 1,024. */
function size(or: number): Rule<number> {
  const allows = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  return {
    expected: 'a number of bytes of at least 1, K, M or G behind it',
    or,
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
function text(
  expected: string,
  or: string,
  allowsText = (given: string) => given !== '',
): Rule<string> {
  const allows = (value: unknown) => typeof value === 'string' && allowsText(value);
  return { expected, or, allows, read: (given) => (allows(given) ? given : undefined) };
}

/** `probe`, `openProber`, `multiProbe`. */
export const probeRules = {
  /** Questions in flight, all resolvers together. */
  concurrency: integer(1, 65_536, 1000),
  /** Seconds that one try may take. */
  timeout: seconds(3),
  /** Questions a second to each resolver; 0 is no limit. */
  rate: amount(1_000_000, 0),
  /** Seconds without any resolver before names are given up; 0 is no limit. */
  outage: amount(86_400, 30),
  /** Tries a question, the first included. */
  tries: integer(1, 100, 5),
  transport: choice(transportNames, 'auto'),
  /** None is the system's configured resolvers. */
  resolvers: list('HOST, HOST:PORT, [IPV6]:PORT, an https URL or local', isResolver),
  /** The name that a resolver's certificate must be for; none is its host. */
  tlsName: text('the name in a certificate', '', isTlsName),
  /** Certificates in PEM that are trusted; none is those that come with node. */
  tlsCa: text('certificates in PEM', '', isPem),
  /** None asks for an address: A, and AAAA where there is no A. */
  types: list(`record types such as ${recordTypes.join(', ')} or TYPE65`, isRecordType),
  /** What a name is called that only a wildcard answers for: found with a mark, or missing. */
  wildcards: choice(['mark', 'missing', 'off'], 'mark'),
  /** A name without a dot is asked under each of these. */
  tlds: list('top-level domains such as dev or com.br', (tld) => cleanTld(tld) !== undefined),
  /** Only the names that belong to this part of all; none is all of them. */
  shard: shard(),
  /** Results in the order of the names, not as they settle. */
  ordered: flag(),
};

/** `openDownloader`, `downloadMany`. */
export const downloadRules = {
  /** Where the flags come from: the first that has one. */
  server: servers('remote'),
  /** Requests in flight. */
  concurrency: integer(1, 1000, 5),
  /** Requests in flight to one host. */
  perHost: integer(1, 1000, 1000),
  /** Requests a second to each host; 0 is no limit. */
  rate: amount(1_000_000, 0),
  /** Seconds that one try may take. */
  timeout: seconds(6.1),
  /** Tries after the first. */
  retries: integer(0, 100, 3),
  /** Seconds that one input may take, tries and waits together; 0 is no limit. */
  maxTime: amount(86_400, 0),
  /** Bytes of the largest file that is taken. */
  maxSize: size(16 * 1024 * 1024),
  /** `any`: what does not begin like an image is taken as well. */
  accept: choice(['image', 'any'], 'image'),
  dir: text('the name of a folder', 'downloaded'),
  /** What a file is called. */
  name: choice(['cc', 'CC', 'country', 'alpha3'], 'CC'),
  /** Nothing is asked where the file is there. */
  skipExisting: flag(),
  /** Everything is fetched anew. */
  force: flag(),
  /** Sent with every request, but never to another origin by a redirect. */
  headers: headers(),
  /** Results in the order of the inputs, not as they settle. */
  ordered: flag(),
};

/** One server or several; on the command line each has an option of its own. */
function servers(or: string): Rule<string | readonly string[]> {
  const isServer = (value: unknown) =>
    typeof value === 'string' && parseServer(value) !== undefined;
  return {
    expected: serverExpected,
    or,
    allows: (value) =>
      Array.isArray(value) ? value.length > 0 && value.every(isServer) : isServer(value),
    read: (text) => (isServer(text) ? text : undefined),
  };
}

/** `Name: value`, each. */
function headers(): Rule<readonly string[]> {
  const isHeader = (value: unknown) =>
    typeof value === 'string' && parseHeader(value) !== undefined;
  return {
    expected: 'Name: value, and none that is about the connection or the condition',
    or: [],
    allows: (value) => Array.isArray(value) && value.every(isHeader),
    read: (text) => (isHeader(text) ? [text] : undefined),
  };
}

function isResolver(text: string): boolean {
  return text === 'local' || parseEndpoint(text) !== undefined;
}

function isTlsName(given: string): boolean {
  if (given === '') return true;
  const endpoint = parseEndpoint(given);
  return endpoint !== undefined && endpoint.port === undefined && endpoint.path === undefined;
}

function isPem(given: string): boolean {
  return given === '' || given.includes('-----BEGIN CERTIFICATE-----');
}

/** `2/5`; an empty text is no shard, and nobody may type that. */
function shard(): Rule<string> {
  const isShard = (given: string) => parseShard(given) !== undefined;
  return {
    ...text('i/n with i from 1 to n', '', (given) => given === '' || isShard(given)),
    read: (given) => (isShard(given) ? given : undefined),
  };
}

function isRecordType(text: string): boolean {
  return typeNumber(text) !== undefined;
}
