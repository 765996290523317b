/** The options of a probe. */

import { parseShard } from '../core/shard.js';
import { recordTypes, typeNumber } from '../dns/types.js';
import { cleanTld } from '../names/domain.js';
import { amount, choice, flag, integer, list, type Rule, seconds, text } from '../options/rule.js';
import { parseEndpoint } from '../transports/endpoint.js';
import { transportNames } from '../transports/index.js';

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

/** `2/5`; an empty text is no shard, and cannot be given on the command line. */
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
