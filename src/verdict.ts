/** From what resolvers answered to the one verdict about a name. */

import type {
  DnsRecord,
  Found,
  Invalid,
  Missing,
  ProbeResult,
  TypeOutcome,
  Unknown,
} from './core/model.js';
import { MAX_CHAIN, RCODE, type Reply, rcodeName } from './dns/message.js';
import { TYPE, typeName } from './dns/types.js';
import { cleanDomain } from './names/domain.js';
import type { Settled } from './transports/asking.js';

/** Asks one question; the resolver pool's `ask`. Callbacks, not promises: there are millions. */
export type Ask = (name: string, type: number, settle: (settled: Settled) => void) => void;

/** A result but for the texts and the time that belong to its input. */
export type Verdict = Bare<Found> | Bare<Missing> | Bare<Unknown>;
type Bare<R extends Exclude<ProbeResult, Invalid>> = Omit<R, 'name' | 'input' | 'ms'>;

/** What came of one record type. */
interface Finding {
  readonly outcome: TypeOutcome;
  /** The CNAME chain, then the records. */
  readonly records: readonly DnsRecord[];
  readonly rcode: string | undefined;
  readonly resolver: string | undefined;
  readonly transport: string | undefined;
}

/** Whether a name has an address: A, and AAAA only where A came back empty. */
export function askAddress(ask: Ask, name: string, done: (verdict: Verdict) => void): void {
  find(ask, name, TYPE.A, (a) => {
    // Behind a CNAME it is the target that does not exist; and getaddrinfo has looked for both.
    const isFinal = a.outcome !== 'nodata' || a.rcode === 'NXDOMAIN' || a.transport === 'system';
    if (isFinal) return done(verdictOf(a, a.outcome, a.records));
    // A name without an address exists: what AAAA says of the name cannot unsay it.
    find(ask, name, TYPE.AAAA, (aaaa) => {
      const outcome = aaaa.outcome === 'nxdomain' ? 'nodata' : aaaa.outcome;
      done(verdictOf(aaaa, outcome, aaaa.records));
    });
  });
}

/** Whether a name has records of these types; the outcome of each is kept. */
export function askTypes(
  ask: Ask,
  name: string,
  types: readonly number[],
  done: (verdict: Verdict) => void,
): void {
  const findings: Finding[] = [];
  let left = types.length;
  const finish = () => {
    const outcomes = findings.map(({ outcome }, i) => [typeName(types[i] as number), outcome]);
    done({ ...summed(findings), types: Object.fromEntries(outcomes) });
  };
  const note = (i: number, finding: Finding) => {
    findings[i] = finding;
    if (--left === 0) finish();
  };
  find(ask, name, types[0] as number, (first) => {
    note(0, first);
    // There is nothing under a name that does not exist (RFC 8020): no need to ask on.
    for (let i = 1; i < types.length; i++) {
      if (first.outcome === 'nxdomain') note(i, first);
      else find(ask, name, types[i] as number, (finding) => note(i, finding));
    }
  });
}

/** `found` if any is found, `missing` only if every one was answered without a record. */
function summed(findings: readonly Finding[]): Verdict {
  const found = findings.filter(({ outcome }) => outcome === 'found');
  if (found[0]) return verdictOf(found[0], 'found', distinct(found));
  const open = findings.find(({ outcome }) => !isAnswer(outcome));
  if (open) return verdictOf(open, open.outcome, []);
  const isGone = findings.every(({ outcome }) => outcome === 'nxdomain');
  return verdictOf(findings[0] as Finding, isGone ? 'nxdomain' : 'nodata', distinct(findings));
}

/** Spelled out, each case with its keys in one order: this runs once a name. */
function verdictOf(
  evidence: Finding,
  outcome: TypeOutcome,
  records: readonly DnsRecord[],
): Verdict {
  const { rcode, resolver, transport } = evidence;
  const from = { resolver: resolver as string, transport: transport as string };
  switch (outcome) {
    case 'found':
      return rcode === undefined
        ? { status: 'found', ...from, records }
        : { status: 'found', rcode, ...from, records };
    case 'nxdomain':
    case 'nodata':
      return rcode === undefined
        ? { status: 'missing', reason: outcome, ...from, records }
        : { status: 'missing', reason: outcome, rcode, ...from, records };
    default:
      return {
        status: 'unknown',
        reason: outcome,
        ...(rcode !== undefined && { rcode }),
        ...(resolver !== undefined && from),
      };
  }
}

function isAnswer(outcome: TypeOutcome): boolean {
  return outcome === 'found' || outcome === 'nxdomain' || outcome === 'nodata';
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

/** Asks for one type, and follows a CNAME chain that the resolver did not follow itself. */
function find(
  ask: Ask,
  name: string,
  type: number,
  done: (finding: Finding) => void,
  chain: readonly DnsRecord[] = [],
): void {
  ask(name, type, (settled) => {
    const { resolver, transport } = settled;
    if ('failed' in settled) {
      const rcode = settled.rcode === undefined ? undefined : rcodeName(settled.rcode);
      done({ outcome: settled.failed, records: chain, rcode, resolver, transport });
      return;
    }
    const { reply } = settled;
    const records = chain.length === 0 ? reply.records : [...chain, ...reply.records];
    const rcode = transport === 'system' ? undefined : rcodeName(reply.rcode);
    const outcome = outcomeOf(reply, records.length);
    const target = outcome === undefined ? aliasTarget(reply) : undefined;
    if (target === undefined || outcome !== undefined) {
      done({ outcome: outcome ?? 'malformed', records, rcode, resolver, transport });
    } else {
      find(ask, target, type, done, records);
    }
  });
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
