/** Which server knows the registrations of a TLD: IANA's bootstrap registry (RFC 9224). */

import { snapshotPublished, snapshotRows } from './bootstrap-snapshot.js';

/** The server for a domain. */
export interface RdapEndpoint {
  /** The entry of the table that covers the domain, mostly a TLD. */
  readonly suffix: string;
  /** The URL that `domain/NAME` is put behind; ends with a slash. */
  readonly base: string;
}

export class Bootstrap {
  /** When the table was published, as ISO 8601. */
  readonly published: string;
  readonly #bases: ReadonlyMap<string, string>;

  /** @param bases from a suffix in lower case to the base URL of its server */
  constructor(published: string, bases: ReadonlyMap<string, string>) {
    this.published = published;
    this.#bases = bases;
  }

  get size(): number {
    return this.#bases.size;
  }

  /** The server of the longest suffix in the table that the domain ends with (RFC 9224, 4). */
  serverOf(domain: string): RdapEndpoint | undefined {
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
      const suffix = domain.slice(dot + 1);
      const base = this.#bases.get(suffix);
      if (base !== undefined) return { suffix, base };
    }
    return undefined;
  }

  /** The same table with other servers for some suffixes. */
  with(servers: Iterable<readonly [suffix: string, base: string]>): Bootstrap {
    return new Bootstrap(this.published, new Map([...this.#bases, ...servers]));
  }
}

/** The table that the package brings. */
export function shippedBootstrap(): Bootstrap {
  const bases = new Map<string, string>();
  for (const row of snapshotRows.trim().split('\n')) {
    const [base, ...suffixes] = row.split(' ');
    for (const suffix of suffixes) bases.set(suffix, base as string);
  }
  return new Bootstrap(snapshotPublished, bases);
}

/** TLDs that are no country's, and have no server in the table. */
const OTHER_TLDS = ['arpa', 'edu', 'mil'];

/** All TLDs that are no country's, and the countries' that have a server, as the package knows them. */
export function knownTlds(): ReadonlySet<string> {
  const words = snapshotRows.split(/\s+/).filter((word) => !/[./]|^$/.test(word));
  return new Set([...words, ...OTHER_TLDS]);
}

/** IANA's file has some 1,200 entries; a table that lacks most of them is a damaged or a wrong one. */
const MIN_SUFFIXES = 1000;

/**
 * The table in a document of RFC 9224's form. Services without an https URL are left out. Undefined
 * for a document that is not one, or that lists fewer suffixes than `minimum`.
 */
export function parseBootstrap(text: string, minimum = MIN_SUFFIXES): Bootstrap | undefined {
  const document = parseJson(text) as { publication?: unknown; services?: unknown } | null;
  const { publication, services } = document ?? {};
  if (typeof publication !== 'string' || Number.isNaN(Date.parse(publication))) return undefined;
  if (!Array.isArray(services)) return undefined;
  const bases = new Map<string, string>();
  for (const service of services) {
    if (!isService(service)) return undefined;
    const base = service[1].find(isBase);
    if (base === undefined) continue;
    for (const suffix of service[0]) bases.set(suffix.toLowerCase(), base);
  }
  if (bases.size < minimum) return undefined;
  return new Bootstrap(publication, bases);
}

/** Whether a text can be the base URL of a registry's server. */
function isBase(text: string): boolean {
  return /^https:\/\//i.test(text) && text.endsWith('/') && URL.canParse(text);
}

function isService(value: unknown): value is readonly [readonly string[], readonly string[]] {
  const isList = (list: unknown) =>
    Array.isArray(list) && list.every((each) => typeof each === 'string');
  return Array.isArray(value) && value.length >= 2 && isList(value[0]) && isList(value[1]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
