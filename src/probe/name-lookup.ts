/** From what resolvers answered to the one verdict about a name. */

import type { DnsRecord, ProbeResult, TypeOutcome } from '../core/model.js';
import { MAX_CHAIN, RCODE, type Reply, rcodeName } from '../dns/message.js';
import { TYPE, typeName } from '../dns/types.js';
import { cleanDomain } from '../names/domain.js';
import type { Asker, Settled } from '../resolver/query.js';

/** Whoever can be asked: the resolver pool. */
export interface Oracle {
  ask(name: string, type: number, asker: Asker): void;
  /** Milliseconds; read once a turn of the event loop. */
  readonly now: number;
}

/** What came of one record type of a name, or of several together. */
export interface Finding {
  readonly outcome: TypeOutcome;
  /** The CNAME chain, then the records. */
  readonly records: readonly DnsRecord[];
  readonly rcode: string | undefined;
  readonly resolver: string | undefined;
  readonly transport: string | undefined;
  /** The outcome of each type, where types were asked for. */
  readonly types?: Readonly<Record<string, TypeOutcome>>;
  /** A random sibling has the same. */
  readonly wildcard?: true;
}

/** Whoever wants to know. */
export interface Inquirer {
  found(finding: Finding, search: Search): void;
}

/** Looks for one type of a name, and follows a CNAME chain that the resolver did not follow itself. */
export class Search implements Asker {
  readonly #oracle: Oracle;
  readonly #inquirer: Inquirer;
  readonly type: number;
  #chain: readonly DnsRecord[] | undefined;

  constructor(oracle: Oracle, type: number, inquirer: Inquirer) {
    this.#oracle = oracle;
    this.#inquirer = inquirer;
    this.type = type;
  }

  start(name: string): void {
    this.#oracle.ask(name, this.type, this);
  }

  heard(settled: Settled): void {
    const { resolver, transport } = settled;
    if ('failed' in settled) {
      const rcode = settled.rcode === undefined ? undefined : rcodeName(settled.rcode);
      const records = this.#chain ?? [];
      const outcome = settled.failed;
      this.#inquirer.found({ outcome, records, rcode, resolver, transport }, this);
      return;
    }
    const { reply } = settled;
    const records = this.#chain ? [...this.#chain, ...reply.records] : reply.records;
    const outcome = outcomeOf(reply, records.length);
    const target = outcome === undefined ? aliasTarget(reply) : undefined;
    if (target !== undefined) {
      this.#chain = records;
      this.start(target);
      return;
    }
    const rcode = transport === 'system' ? undefined : rcodeName(reply.rcode);
    const finding = { outcome: outcome ?? 'malformed', records, rcode, resolver, transport };
    this.#inquirer.found(finding, this);
  }
}

/**
 * What an answer comes to; undefined if it ends in the middle of a CNAME chain.
 *
 * @param seen records of this answer and of those that led to it
 */
function outcomeOf(reply: Reply, seen: number): TypeOutcome | undefined {
  if (reply.records.length > reply.chain) return 'found';
  // Behind a CNAME it is the target that does not exist.
  if (reply.rcode === RCODE.NXDOMAIN) return seen === 0 ? 'nxdomain' : 'nodata';
  // Without a SOA nobody vouches that the end of the chain was reached (RFC 2308, 2.2).
  if (reply.chain === 0 || reply.soa) return 'nodata';
  return seen >= MAX_CHAIN ? 'cname-loop' : undefined;
}

/** The name at the end of the chain, if it is one that can be asked. */
function aliasTarget(reply: Reply): string | undefined {
  const last = reply.records[reply.chain - 1] as DnsRecord;
  const cleaned = cleanDomain(last.data);
  return 'name' in cleaned ? cleaned.name : undefined;
}

/**
 * Whether a name has an address: A first, and AAAA only where A came back empty. Undefined if AAAA
 * is still to be asked.
 */
export function addressFinding(finding: Finding, type: number): Finding | undefined {
  if (type === TYPE.AAAA) {
    // A name without an address exists: what AAAA says of the name cannot unsay it.
    return finding.outcome === 'nxdomain' ? { ...finding, outcome: 'nodata' } : finding;
  }
  // Behind a CNAME it is the target that does not exist; and getaddrinfo has looked for both.
  const isFinal =
    finding.outcome !== 'nodata' || finding.rcode === 'NXDOMAIN' || finding.transport === 'system';
  return isFinal ? finding : undefined;
}

/** Asks for several types and sums them up. */
export class TypesSearch implements Inquirer {
  readonly #oracle: Oracle;
  readonly #types: readonly number[];
  readonly #inquirer: (finding: Finding) => void;
  readonly #findings = new Map<number, Finding>();

  constructor(oracle: Oracle, types: readonly number[], inquirer: (finding: Finding) => void) {
    this.#oracle = oracle;
    this.#types = [...new Set(types)];
    this.#inquirer = inquirer;
  }

  start(name: string): void {
    this.#name = name;
    new Search(this.#oracle, this.#types[0] as number, this).start(name);
  }

  #name = '';

  found(finding: Finding, { type }: Search): void {
    const isFirst = this.#findings.size === 0;
    this.#findings.set(type, finding);
    if (isFirst && finding.outcome === 'nxdomain') {
      // There is nothing under a name that does not exist (RFC 8020): no need to ask on.
      for (const other of this.#types) this.#findings.set(other, finding);
    } else if (isFirst) {
      for (const other of this.#types.slice(1)) {
        new Search(this.#oracle, other, this).start(this.#name);
      }
    }
    if (this.#findings.size === this.#types.length) this.#inquirer(this.#sum());
  }

  /** `found` if any is found, missing only if every one was answered without a record. */
  #sum(): Finding {
    const findings = this.#types.map((type) => this.#findings.get(type) as Finding);
    const outcomes = findings.map(({ outcome }, i) => [
      typeName(this.#types[i] as number),
      outcome,
    ]);
    const types = Object.fromEntries(outcomes);
    const found = findings.filter(({ outcome }) => outcome === 'found');
    if (found[0]) return { ...found[0], records: distinct(found), types };
    const open = findings.find(({ outcome }) => outcome !== 'nxdomain' && outcome !== 'nodata');
    if (open) return { ...open, types };
    const isGone = findings.every(({ outcome }) => outcome === 'nxdomain');
    const outcome = isGone ? 'nxdomain' : 'nodata';
    return { ...(findings[0] as Finding), outcome, records: distinct(findings), types };
  }
}

/** The records of several findings; a chain that they share stands once. */
function distinct(findings: readonly Finding[]): readonly DnsRecord[] {
  if (findings.length === 1) return (findings[0] as Finding).records;
  const records = new Map<string, DnsRecord>();
  for (const record of findings.flatMap((finding) => finding.records)) {
    const key = `${record.name} ${record.type} ${record.data}`;
    if (!records.has(key)) records.set(key, record);
  }
  return [...records.values()];
}

/** The result for one input. Spelled out, keys in one order: this runs once a name. */
export function resultOf(name: string, input: string, finding: Finding, ms: number): ProbeResult {
  const { outcome: reason, records, rcode, resolver, transport, types, wildcard } = finding;
  let result: ProbeResult;
  if (rcode === undefined || resolver === undefined || transport === undefined) {
    result = sparseResult(name, input, finding, ms);
  } else if (reason === 'found') {
    result = { name, input, status: reason, rcode, records, resolver, transport, ms };
  } else if (reason === 'nxdomain' || reason === 'nodata') {
    const status = 'missing';
    result = { name, input, status, reason, rcode, records, resolver, transport, ms };
  } else {
    result = { name, input, status: 'unknown', reason, rcode, resolver, transport, ms };
  }
  if (types || wildcard) {
    return { ...result, ...(types && { types }), ...(wildcard && { wildcard }) } as ProbeResult;
  }
  return result;
}

/** The same where some evidence is missing: its keys are left out. */
function sparseResult(name: string, input: string, finding: Finding, ms: number): ProbeResult {
  const { outcome: reason, records, rcode, resolver, transport } = finding;
  const evidence = {
    ...(rcode !== undefined && { rcode }),
    ...(resolver !== undefined && { resolver }),
    ...(transport !== undefined && { transport }),
  } as { rcode?: string; resolver: string; transport: string };
  if (reason === 'found') return { name, input, status: reason, ...evidence, records, ms };
  if (reason === 'nxdomain' || reason === 'nodata') {
    return { name, input, status: 'missing', reason, ...evidence, records, ms };
  }
  return { name, input, status: 'unknown', reason, ...evidence, ms };
}
