/** Looks up record types of one name, CNAME chains followed to their end. */

import type { DnsRecord, ExtendedError, TypeOutcome } from '../core/model.js';
import { MAX_CHAIN, RCODE, type Reply, rcodeName, targetOf } from '../dns/message.js';
import { typeName } from '../dns/types.js';
import type { AnswerListener, Ask, QueryResult } from '../resolver/query.js';

/** What came of one record type of a name, or of several together. */
export interface Finding {
  /** `wildcard`: found, but only by a wildcard, and wildcards count as missing. */
  readonly outcome: TypeOutcome | 'wildcard';
  /** The CNAME chain, then the records. */
  readonly records: readonly DnsRecord[];
  readonly rcode: string | undefined;
  readonly resolver: string | undefined;
  readonly transport: string | undefined;
  /** The outcome of each type, where types were asked for. */
  readonly types?: Readonly<Record<string, TypeOutcome>>;
  /** Random siblings have the same, or could not be found out. */
  readonly wildcard?: true | 'unchecked';
  readonly extendedErrors?: readonly ExtendedError[] | undefined;
}

/** Takes what a {@link TypeLookup} found. An object, not a function: there is one a name. */
export interface FindingHandler {
  onFinding(finding: Finding, lookup: TypeLookup): void;
}

/** Looks up one type of a name, and follows a CNAME chain that the resolver did not follow itself. */
export class TypeLookup implements AnswerListener {
  readonly #ask: Ask;
  readonly #handler: FindingHandler;
  readonly type: number;
  /** The CNAMEs of earlier answers. */
  #chain: readonly DnsRecord[] | undefined;

  constructor(ask: Ask, type: number, handler: FindingHandler) {
    this.#ask = ask;
    this.#handler = handler;
    this.type = type;
  }

  start(name: string): void {
    this.#ask(name, this.type, this);
  }

  onAnswer(settled: QueryResult): void {
    const { resolver, transport } = settled;
    const { reply } = settled;
    const records = this.#withChain(reply?.records ?? []);
    const outcome = 'failed' in settled ? settled.failed : outcomeOf(settled.reply, records);
    if (outcome === undefined) {
      this.#chain = records;
      this.start(targetOf(records.at(-1) as DnsRecord));
      return;
    }
    const rcode = reply && transport !== 'system' ? rcodeName(reply.rcode) : undefined;
    const extendedErrors =
      reply && reply.extendedErrors.length > 0 ? reply.extendedErrors : undefined;
    this.#handler.onFinding({ outcome, records, rcode, resolver, transport, extendedErrors }, this);
  }

  #withChain(records: readonly DnsRecord[]): readonly DnsRecord[] {
    return this.#chain ? [...this.#chain, ...records] : records;
  }
}

/**
 * What an answer comes to; undefined if it ends in the middle of a CNAME chain.
 *
 * @param records those of this answer and of the answers that led to it
 */
function outcomeOf(reply: Reply, records: readonly DnsRecord[]): TypeOutcome | undefined {
  if (reply.records.length > reply.chain) return 'found';
  // Behind a CNAME it is the target that does not exist.
  if (reply.rcode === RCODE.NXDOMAIN) return records.length === 0 ? 'nxdomain' : 'nodata';
  // Without a SOA the answer does not vouch for the end of the chain (RFC 2308, 2.2).
  if (reply.chain === 0 || reply.hasSoa) return 'nodata';
  const target = targetOf(records.at(-1) as DnsRecord);
  const isLoop = reply.loops || records.some(({ name }) => name === target);
  return isLoop || records.length >= MAX_CHAIN ? 'cname-loop' : undefined;
}

/** Looks up several types of a name and calls `done` once, with the sum of them. */
export function lookupTypes(
  ask: Ask,
  name: string,
  types: readonly number[],
  done: (finding: Finding) => void,
): void {
  const [first, ...others] = [...new Set(types)] as [number, ...number[]];
  const findings = new Map<number, Finding>();
  const finish = () => {
    if (findings.size === 1 + others.length) done(sumOf([first, ...others], findings));
  };
  const rest: FindingHandler = {
    onFinding(finding, { type }) {
      findings.set(type, finding);
      finish();
    },
  };
  const handler: FindingHandler = {
    onFinding(finding) {
      findings.set(first, finding);
      for (const type of others) {
        // There is nothing under a name that does not exist (RFC 8020): no need to ask on.
        if (finding.outcome === 'nxdomain') findings.set(type, finding);
        else new TypeLookup(ask, type, rest).start(name);
      }
      if (others.length === 0 || finding.outcome === 'nxdomain') finish();
    },
  };
  new TypeLookup(ask, first, handler).start(name);
}

/** `found` if any is found, missing only if every one was answered without a record. */
function sumOf(asked: readonly number[], byType: ReadonlyMap<number, Finding>): Finding {
  const findings = asked.map((type) => byType.get(type) as Finding);
  const outcomes = findings.map(({ outcome }, i) => [typeName(asked[i] as number), outcome]);
  const types = Object.fromEntries(outcomes);
  const found = findings.filter(({ outcome }) => outcome === 'found');
  if (found[0]) return { ...found[0], records: distinct(found), types };
  const open = findings.find(({ outcome }) => outcome !== 'nxdomain' && outcome !== 'nodata');
  if (open) return { ...open, types };
  const isGone = findings.every(({ outcome }) => outcome === 'nxdomain');
  const outcome = isGone ? 'nxdomain' : 'nodata';
  return { ...(findings[0] as Finding), outcome, records: distinct(findings), types };
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

/** Whether the DNS knows the name; undefined where it could not tell, as a wildcard answers for names that nobody has. */
export function existence({ outcome, wildcard }: Finding): boolean | undefined {
  if (wildcard) return undefined;
  if (outcome === 'nxdomain') return false;
  return outcome === 'found' || outcome === 'nodata' ? true : undefined;
}
