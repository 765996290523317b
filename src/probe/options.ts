/** The options of a probe: one row each. */

import { UsageError } from '../core/usage-error.js';
import { recordTypes, TYPE, typeNumber } from '../dns/types.js';
import { cleanTld, type NameRules } from '../names/clean-domain.js';
import {
  abortSignal,
  amount,
  callback,
  choice,
  flag,
  integer,
  invalidOption,
  list,
  optional,
  type Rule,
  seconds,
  text,
} from '../options/rule.js';
import { shardRule } from '../options/shard-rule.js';
import type { OptionsOf, OptionTable, WorkerOptionsOf } from '../options/table.js';
import type { RegistryFailure } from '../registration/paced-registry.js';
import type { DistrustNotice } from '../resolver/distrust-text.js';
import type { OutageListener, ResolverFailure } from '../resolver/outage-watch.js';
import { isFile, readAllLines, readLineList } from '../storage/line-list.js';
import { ENDPOINT_FORMS, parseEndpoint } from '../transports/endpoint.js';
import { transportNames } from '../transports/index.js';
import { readResolverList } from '../transports/resolver-list.js';

/** `probe`, `openProber`, `multiProbe`. */
export const probeOptions = {
  /** Every name without a dot is asked under each of these top-level domains. */
  tlds: {
    flag: '--tld <tld,...>',
    group: 'Names',
    help: 'look up every name without a dot under each of these top-level domains, or @FILE with one on each line',
    rule: tldList(),
    resume: true,
  },
  /** Record types, `MX` or `TYPE65` (an address: A, and AAAA where there is no A). */
  types: {
    flag: '-t, --type <type,...>',
    group: 'Queries',
    help: 'look up records of these types instead of addresses',
    rule: {
      ...list(
        'record types such as A, AAAA, CNAME, MX, NS, TXT, CAA, TLSA, ANY or TYPE65',
        isRecordType,
      ),
      suggestions: () => recordTypes,
    },
    completes: { words: () => recordTypes.map((name) => [name, '']) },
    resume: true,
  },
  /**
   * `192.0.2.1`, `[2001:db8::1]:53`, `dns.example:53`, `local` (the system's resolvers); for `https`
   * URLs, `https://dns.example/dns-query`.
   */
  resolvers: {
    flag: '-r, --resolver <host[:port],...>',
    group: 'Resolvers',
    env: 'FLAGPROBE_RESOLVER',
    help: 'ask these resolvers: HOST, HOST:PORT, a tls:// or https:// URL, local (built in), or @FILE with one on each line',
    rule: { ...resolverList(), defaultText: 'those of the system' },
    completes: { words: [['local', 'the DNS server inside the program']] },
  },
  /**
   * What becomes of a found name when a random name beside it has the same records: `mark` sets
   * `wildcard`, `missing` makes it missing, `off` does not ask (`mark`).
   */
  wildcards: {
    flag: '--wildcards <what>',
    group: 'Queries',
    help: 'what to do with names that only a wildcard matches',
    rule: choice(['mark', 'missing', 'off'], 'mark'),
    resume: true,
  },
  /** `auto`, `system`, `udp`, `tcp`, `tls` or `https` (`auto`). */
  transport: {
    flag: '--transport <name>',
    group: 'Resolvers',
    help: 'how to send queries',
    rule: choice(transportNames, 'auto'),
    // getaddrinfo reports less than a DNS answer does; all others report the same.
    resume: (transport: string) => (transport === 'system' ? transport : ''),
  },
  /** `tls`, `https`: the name that the certificate must be for (the resolver's host). */
  tlsName: {
    flag: '--tls-name <name>',
    group: 'Resolvers',
    help: 'the name that certificates must be for (tls, https)',
    rule: {
      ...text('the name in a certificate', '', isTlsName),
      defaultText: 'the host of the resolver',
    },
  },
  /** `tls`, `https`: certificates in PEM that are trusted (those that come with node). */
  tlsCa: {
    flag: '--tls-ca <file>',
    group: 'Resolvers',
    help: 'trust only the certificates in this PEM file (tls, https)',
    rule: certificates(),
    completes: { path: 'file' },
  },
  /** Questions in flight, all resolvers together (10000; `system` 32). */
  concurrency: {
    flag: '-c, --concurrency <n>',
    group: 'Pace',
    env: 'FLAGPROBE_CONCURRENCY',
    help: 'most queries in flight, over all resolvers',
    rule: integer(1, 65_536, 10_000),
  },
  /** Seconds that one try may take (3). */
  timeout: {
    flag: '--timeout <seconds>',
    group: 'Pace',
    help: 'wait this long for the answer to one attempt',
    rule: seconds(3),
  },
  /** Tries a question, the first included (5). */
  tries: {
    flag: '--tries <n>',
    group: 'Pace',
    help: 'attempts for each query',
    rule: integer(1, 100, 5),
  },
  /**
   * Questions a second that each resolver is asked at the most, tries again included; 0 is no limit
   * (0).
   */
  rate: {
    flag: '--rate <n>',
    group: 'Pace',
    help: 'most queries per second to each resolver; 0 is no limit',
    rule: amount(1_000_000, 0),
  },
  /** Seconds that the run waits while no resolver answers; 0 is no limit (30). */
  outage: {
    flag: '--outage <seconds>',
    group: 'Pace',
    help: 'wait this long while no resolver answers; 0 is no limit',
    rule: amount(86_400, 30),
  },
  /**
   * `auto`: with several resolvers, what one says counts once it has stood a check with names that
   * cannot exist; `off`: all are believed (`auto`).
   */
  checkResolvers: {
    flag: '--check-resolvers <what>',
    group: 'Resolvers',
    help: 'whether to stop asking resolvers that make up or withhold answers',
    rule: choice(['auto', 'off'], 'auto'),
    resume: true,
  },
  /**
   * Resolvers that confirm what the others say, in the forms of `resolvers`; nothing else is asked of
   * them. What they say is the verdict (none).
   */
  trusted: {
    flag: '--trusted <host[:port],...>',
    group: 'Resolvers',
    help: 'confirm at these resolvers what the others found',
    rule: resolverList(),
    completes: { words: [['local', 'the DNS server inside the program']] },
    resume: (trusted: readonly string[]) => [...trusted].sort().join(','),
  },
  /** `found`: only what the others found is confirmed by `trusted`; `all`: what they denied too (`found`). */
  confirm: {
    flag: '--confirm <what>',
    group: 'Resolvers',
    help: 'what --trusted confirms: only names that were found, or missing ones too',
    rule: choice(['found', 'all'], 'found'),
    resume: (confirm: string, { trusted }) => (String(trusted) === '' ? '' : confirm),
  },
  /** Told about each resolver that is not believed, and when all would be, so that all are. */
  onDistrust: {
    help: 'told which resolvers are not believed',
    rule: callback<(notice: DistrustNotice) => void>(),
    workers: false,
  },
  /** Called when no resolver answers any more, with what happened to each, and when one does again. */
  onOutage: {
    help: 'called when no resolver answers any more, and when one does again',
    rule: callback<OutageListener>(),
    workers: false,
  },
  /**
   * Called when names are given up because no resolver can be asked: at once where waiting is of no
   * use, else after `outage`.
   */
  onGiveUp: {
    help: 'called when names are given up because no resolver can be asked',
    rule: callback<(failures: readonly ResolverFailure[]) => void>(),
    workers: false,
  },
  /** Whether each name's registrable domain is registered: by the DNS, else by its registry (false). */
  rdap: {
    flag: '--rdap',
    group: 'Registration',
    help: 'ask the registry (RDAP) whether names that the DNS does not have are registered',
    rule: flag(),
    resume: true,
    workers: false,
  },
  /** Questions a second to one registry host; 0 is no limit (1). */
  rdapRate: {
    flag: '--rdap-rate <n>',
    group: 'Registration',
    help: 'most questions per second to one registry host; 0 is no limit',
    rule: amount(1000, 1),
    workers: false,
  },
  /** Domains that one run asks one registry host about; 0 is no limit (1000). */
  rdapMax: {
    flag: '--rdap-max <n>',
    group: 'Registration',
    help: 'most domains to ask one registry host about; 0 is no limit',
    rule: integer(0, 999_999_999, 1000),
    workers: false,
  },
  /**
   * The table of registry servers (RFC 9224): a file, a URL, or `off` for the one that the package
   * brings (IANA's, refreshed once a day).
   */
  rdapBootstrap: {
    flag: '--rdap-bootstrap <table>',
    group: 'Registration',
    help: 'the table of registries: a file, a URL, or off for the built-in one (default: that of IANA)',
    rule: optional(text('a file, a URL or off', 'off')),
    completes: { words: [['off', '']], path: 'file' },
    resume: true,
    workers: false,
  },
  /** `dev=https://rdap.example/`: the registry server of a TLD, in place of the table's. */
  rdapServers: {
    flag: '--rdap-server <tld=url,...>',
    group: 'Registration',
    help: 'the registry server of a TLD, instead of the one in the table',
    rule: registryServers(),
    resume: true,
    workers: false,
  },
  /** Called with a sentence for people when something is amiss that does not stop the run. */
  onWarning: {
    help: 'called with a sentence when something is amiss that does not stop the run',
    rule: callback<(text: string) => void>(),
    workers: false,
  },
  /** Called when a registry does not tell, the first time for each reason, and when it is given up. */
  onRegistryFailure: {
    help: 'called when a registry does not tell, and when it is given up',
    rule: callback<(failure: RegistryFailure) => void>(),
    workers: false,
  },
  /** `2/5`: only the second of five parts of the names, split by a hash; the union is the whole. */
  shard: {
    flag: '--shard <i/n>',
    group: 'Names',
    help: 'take only part i of n of the names',
    rule: shardRule,
    resume: true,
    workers: false,
  },
  /** Results in the order of the names (false: as they settle). */
  ordered: {
    flag: '--ordered',
    group: 'Output',
    help: 'print results in the order of the input',
    rule: flag(),
    resume: true,
    workers: false,
  },
  /** Stops everything; what is running then throws the signal's reason. */
  signal: {
    help: 'stops everything',
    rule: abortSignal(),
    workers: false,
  },
} satisfies OptionTable;

/**
 * The options of a probe, all of which may be left out.
 *
 * @interface
 */
export type ProbeOptions = OptionsOf<typeof probeOptions>;

/**
 * What the workers of a fleet are told: how to ask, not which names or where to write.
 *
 * @interface
 */
export type WorkerProbeOptions = WorkerOptionsOf<typeof probeOptions>;

/** On the command line also `@FILE`, with one on each line. */
function tldList(): Rule<readonly string[]> {
  const rule = list('top-level domains such as dev or com.br', isTld);
  const expectedText = `${rule.expected}, or @FILE with one on each line`;
  return {
    ...rule,
    expectedText,
    read(given, option) {
      if (given.startsWith('@')) return tldsIn(given.slice(1), option);
      // A TLD itself that is the name of a file as well is told by a dot in front: .com.br
      if (!/[./]/.test(given.slice(1)) || !isFile(given)) return rule.read(given, option);
      const { message } = invalidOption(option, expectedText, given);
      throw new UsageError(`${message}, which is a file: \`${option} @${given}\` reads it`);
    },
  };
}

function isTld(text: string): boolean {
  return cleanTld(text) !== undefined;
}

function tldsIn(path: string, option: string): readonly string[] {
  const tlds = readLineList(path, option, '@ and a readable file');
  const wrong = tlds.find((tld) => !isTld(tld));
  if (wrong === undefined && tlds.length > 0) return tlds;
  const what = wrong === undefined ? 'an empty one' : `\`${wrong}\``;
  throw new UsageError(
    `Expected \`${path}\` to hold top-level domains, one on each line, got ${what}`,
  );
}

/** On the command line also `@FILE`, with one resolver on each line. */
function resolverList(): Rule<readonly string[]> {
  const expected = `${ENDPOINT_FORMS} or local`;
  const rule = list(expected, (given) => given === 'local' || parseEndpoint(given) !== undefined);
  return {
    ...rule,
    expectedText: `${expected}, or @FILE with one on each line`,
    read(given, option) {
      if (!given.startsWith('@')) {
        return rule.read(given, option)?.map((item) => (/^local$/i.test(item) ? 'local' : item));
      }
      const path = given.slice(1);
      return readResolverList(path, readAllLines(path, option, '@ and a readable file'));
    },
  };
}

/** `TLD=URL`, each; the URL ends with a slash, or gets one. */
function registryServers(): Rule<readonly string[]> {
  const expected = 'TLD=URL such as dev=https://rdap.example/';
  const rule = list(expected, (given) => parseRegistryServer(given) !== undefined);
  return {
    ...rule,
    read(given) {
      // A URL may have commas of its own.
      const servers = given.split(/,(?=[^,=/]+=https?:)/i);
      return rule.allows(servers) ? servers : undefined;
    },
  };
}

/** A suffix and the base URL of its server. */
export type RegistryEntry = readonly [suffix: string, base: string];

/** The entry that `dev=https://rdap.example/` stands for. */
export function parseRegistryServer(given: string): RegistryEntry | undefined {
  const [, tld = '', url = ''] = /^([^=]+)=(https?:\/\/[^\s?#]+)$/i.exec(given) ?? [];
  const suffix = cleanTld(tld);
  if (suffix === undefined || !URL.canParse(url)) return undefined;
  return [suffix, url.endsWith('/') ? url : `${url}/`];
}

function isTlsName(given: string): boolean {
  if (given === '') return true;
  const endpoint = parseEndpoint(given);
  return endpoint !== undefined && endpoint.port === undefined && endpoint.path === undefined;
}

/** The text of certificates; on the command line the name of a file that holds them. */
export function certificates(): Rule<string> {
  const isPem = (given: string) => given === '' || given.includes('-----BEGIN CERTIFICATE-----');
  const rule = text('certificates in PEM', '', isPem);
  const expectedText = 'a readable file with certificates in PEM';
  return {
    ...rule,
    expectedText,
    read: (path, option) => rule.read(readLineList(path, option, expectedText).join('\n'), option),
  };
}

function isRecordType(given: string): boolean {
  return typeNumber(given) !== undefined;
}

/** Which names may be asked for these record types. */
export function nameRulesOf(types: readonly string[]): NameRules {
  const reverse = types.some((type) => typeNumber(type) === TYPE.PTR);
  return { reverse, records: types.length > 0 };
}
