/** The options of a download. */

import { parseServer, serverExpected } from '../flags/services.js';
import { parseHeader } from '../http/header.js';
import { amount, choice, flag, integer, type Rule, seconds, size, text } from '../options/rule.js';

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
