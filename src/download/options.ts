/** The options of a download: one row each. */

import { UsageError } from '../core/usage-error.js';
import { headerWithoutValue } from '../core/without-secrets.js';
import { namings } from '../flags/codes.js';
import { listServices, parseServer, serverExpected, serverFault } from '../flags/services.js';
import { parseHeader } from '../http/header.js';
import {
  abortSignal,
  amount,
  choice,
  flag,
  integer,
  invalidOption,
  optional,
  type Rule,
  seconds,
  size,
  text,
} from '../options/rule.js';
import type { OptionsOf, OptionTable } from '../options/table.js';
import { isListName } from '../storage/askers.js';

/** `openDownloader`, `downloadMany`. */
export const downloadOptions = {
  /**
   * `remote`, `local`, `delay`, `error`, `flagcdn:svg`, `https://example.org/{cc}.png`, … (`remote`).
   * Several are tried in order for each code.
   */
  server: {
    flag: '-s, --server <server>',
    group: 'Where from and to',
    help: 'where to download from: a service (--list shows all), or a URL with {cc}, {CC}, {name}, {alpha3} or {numeric} in it; several are tried in order for each code',
    rule: servers('remote'),
    completes: { words: () => listServices().map(({ server, from }) => [server, from]) },
  },
  /** The folder for the files; made if it is not there (`downloaded`). */
  dir: {
    flag: '-d, --dir <folder>',
    group: 'Where from and to',
    help: 'the folder to save files in',
    rule: text('the name of a folder', 'downloaded'),
    completes: { path: 'folder' },
  },
  /** What a file is called: `cc`, `CC`, `country`, `alpha3` (`CC`). */
  name: {
    flag: '--name <kind>',
    group: 'Where from and to',
    help: 'how to name the file of a country',
    rule: choice(namings, 'CC'),
  },
  /** Requests in flight (5). */
  concurrency: {
    flag: '-c, --concurrency <n>',
    group: 'Requests',
    alias: '-m, --max_req <n>',
    help: 'most requests in flight',
    rule: integer(1, 1000, 5),
  },
  /** Requests in flight to one host (no limit of its own). */
  perHost: {
    flag: '--per-host <n>',
    group: 'Requests',
    help: 'most requests in flight to one host',
    rule: integer(1, 1000, 1000),
  },
  /** Requests a second to each host, tries again included; 0 is no limit (0). */
  rate: {
    flag: '--rate <n>',
    group: 'Requests',
    help: 'most requests per second to each host; 0 is no limit',
    rule: amount(1_000_000, 0),
  },
  /** Seconds, each: for the connection, for the head, and for any silence in the body (6.1). */
  timeout: {
    flag: '--timeout <seconds>',
    group: 'Requests',
    help: 'the longest silence while connecting, before an answer, and within it',
    rule: seconds(6.1),
  },
  /** Tries after the first, of what may pass (3). */
  retries: {
    flag: '--retries <n>',
    group: 'Requests',
    help: 'attempts after the first',
    rule: integer(0, 100, 3),
  },
  /** Seconds that a host may ask to wait (`Retry-After`) before an input is an error (30). */
  maxWait: {
    flag: '--max-wait <seconds>',
    group: 'Requests',
    help: 'the longest wait that a host may ask for (Retry-After)',
    rule: seconds(30),
  },
  /** Seconds that one input may take, tries and waits together; 0 is no limit (0). */
  maxTime: {
    flag: '--max-time <seconds>',
    group: 'Requests',
    help: 'the longest that one input may take, with all attempts and waits; 0 is no limit',
    rule: amount(86_400, 0),
  },
  /** Bytes of the largest file that is taken (16 MiB). */
  maxSize: {
    flag: '--max-size <bytes>',
    group: 'What to save',
    help: 'the largest file to accept',
    rule: size(16 * 1024 * 1024, '16M'),
  },
  /** `any` takes what does not begin like an image as well (`image`). */
  accept: {
    flag: '--accept <kind>',
    group: 'What to save',
    help: 'accept only images, or any file',
    rule: choice(['image', 'any'], 'image'),
  },
  /** A file that is there, and not empty, is `unchanged`, and nothing is asked (false). */
  skipExisting: {
    flag: '--skip-existing',
    group: 'What to save',
    help: 'do not ask again for files that are there',
    rule: flag(),
  },
  /** Everything is fetched anew, files that are there too (false). */
  force: {
    flag: '--force',
    group: 'What to save',
    help: 'download everything again',
    rule: flag(),
  },
  /** `Name: value`, each sent with every request, but never to another origin by a redirect (none). */
  headers: {
    flag: '--header <line>',
    group: 'Requests',
    help: 'send this header with every request, such as "Referer: https://example.org/"; not across a redirect to another site',
    rule: headers(),
  },
  /** A file of certificates (PEM) to trust beside those that node trusts. */
  ca: {
    flag: '--ca <file>',
    group: 'Requests',
    help: 'also trust the certificates in this file (PEM)',
    rule: optional(text('a file of certificates (PEM)', '', () => true)),
    completes: { path: 'file' },
  },
  /**
   * What the list that all inputs are from is called in the folder's manifest, so that {@link Downloader.unlisted} knows
   * what an earlier run of it brought (none).
   */
  listName: {
    help: 'what the list of all inputs is called in the manifest',
    rule: optional(text('a text without control characters', '', isListName)),
  },
  /** Results in the order of the inputs (false: as they settle). */
  ordered: {
    flag: '--ordered',
    group: 'Output',
    help: 'print results in the order of the input',
    rule: flag(),
  },
  /** Stops everything; what is running then throws the signal's reason. */
  signal: {
    help: 'stops everything',
    rule: abortSignal(),
  },
} satisfies OptionTable;

/**
 * The options of a download, all of which may be left out.
 *
 * @interface
 */
export type DownloadOptions = OptionsOf<typeof downloadOptions>;

/** One server or several; on the command line each has an option of its own. */
function servers(defaultValue: string): Rule<string | readonly string[]> {
  const isServer = (value: unknown) =>
    typeof value === 'string' && parseServer(value) !== undefined;
  return {
    expected: serverExpected,
    suggestions: () => listServices().map(({ server }) => server),
    default: defaultValue,
    isRepeatable: true,
    allows: (value) =>
      Array.isArray(value) ? value.length > 0 && value.every(isServer) : isServer(value),
    read(text, option) {
      if (isServer(text)) return [text];
      const fault = serverFault(text);
      if (fault === undefined) return undefined;
      throw new UsageError(`${invalidOption(option, serverExpected, text).message}: ${fault}`);
    },
  };
}

/** `Name: value`, each. */
function headers(): Rule<readonly string[]> {
  const isHeader = (value: unknown) =>
    typeof value === 'string' && parseHeader(value) !== undefined;
  return {
    expected:
      'a list of lines such as "Referer: https://example.org/", none about the connection or a condition (If-None-Match)',
    expectedText:
      'a line such as "Referer: https://example.org/", and not about the connection or a condition (If-None-Match)',
    default: [],
    isRepeatable: true,
    allows: (value) => Array.isArray(value) && value.every(isHeader),
    read: (text) => (isHeader(text) ? [text] : undefined),
    shown: headerWithoutValue,
  };
}
