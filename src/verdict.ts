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
import { MAX_CHAIN, type Question, RCODE, rcodeName } from './dns/message.js';
import { TYPE, typeName } from './dns/types.js';
import { cleanDomain } from './names/domain.js';
import type { Settled } from './transports/pool.js';

/** Asks one question; the resolver pool's `ask`. */
export type Ask = (question: Question) => Promise<Settled>;

/** A result but for the texts it belongs to. */
export type Verdict = Bare<Found> | Bare<Missing> | Bare<Unknown>;
type Bare<R extends Exclude<ProbeResult, Invalid>> = Omit<R, 'name' | 'input' | 'ms'>;

/** What came of one record type. */
interface Finding {
  readonly outcome: TypeOutcome;
  /** The CNAME chain, then the records. */
  readonly records: readonly DnsRecord[];
  readonly rcode?: string;
  readonly resolver?: string;
  readonly transport?: string;
}

/** Whether a name has an address: A, and AAAA only where A came back empty. */
export function askAddress(ask: Ask, name: string): Promise<Verdict> {
  return find(ask, name, TYPE.A).then((a) => {
    if (a.outcome !== 'nodata' || a.rcode === 'NXDOMAIN') return verdictOf([a]);
    // getaddrinfo has already looked for both.
    if (a.transport === 'system') return verdictOf([a]);
    // An address-less name exists: what AAAA says of the name cannot unsay it.
    return find(ask, name, TYPE.AAAA).then((aaaa) =>
      verdictOf([aaaa.outcome === 'nxdomain' ? { ...aaaa, outcome: 'nodata' } : aaaa]),
    );
  });
}

/** Whether a name has records of these types; the outcome of each is kept. */
export async function askTypes(ask: Ask, name: string, types: readonly number[]): Promise<Verdict> {
  const [first, ...others] = types as [number, ...number[]];
  const head = await find(ask, name, first);
  // There is nothing under a name that does not exist (RFC 8020): no need to ask on.
  const tail =
    head.outcome === 'nxdomain'
      ? others.map(() => head)
      : await Promise.all(others.map((type) => find(ask, name, type)));
  const findings = [head, ...tail];
  const outcomes = findings.map(({ outcome }, i) => [typeName(types[i] as number), outcome]);
  return { ...verdictOf(findings), types: Object.fromEntries(outcomes) };
}

/** `found` if any is found, `missing` only if every one was answered without a record. */
function verdictOf(findings: readonly Finding[]): Verdict {
  const found = findings.filter((finding) => finding.outcome === 'found');
  const decisive =
    found[0] ?? findings.find(({ outcome }) => !isAnswer(outcome)) ?? (findings[0] as Finding);
  const { outcome, rcode, resolver, transport } = decisive;
  const evidence = {
    ...(rcode !== undefined && { rcode }),
    ...(resolver !== undefined && { resolver }),
    ...(transport !== undefined && { transport }),
  } as { rcode?: string; resolver: string; transport: string };
  if (outcome === 'found') {
    return { status: 'found', ...evidence, records: distinct(found) };
  }
  if (outcome !== 'nxdomain' && outcome !== 'nodata') {
    return { status: 'unknown', reason: outcome, ...evidence };
  }
  const reason = findings.every((finding) => finding.outcome === 'nxdomain')
    ? 'nxdomain'
    : 'nodata';
  return { status: 'missing', reason, ...evidence, records: distinct(findings) };
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
  chain: readonly DnsRecord[] = [],
): Promise<Finding> {
  return ask({ name, type }).then((settled): Finding | Promise<Finding> => {
    const { resolver, transport } = settled;
    if ('failed' in settled) {
      return {
        outcome: settled.failed,
        records: chain,
        ...(settled.rcode !== undefined && { rcode: rcodeName(settled.rcode) }),
        ...(resolver !== undefined && { resolver }),
        ...(transport !== undefined && { transport }),
      };
    }
    const { reply } = settled;
    const records = chain.length === 0 ? reply.records : [...chain, ...reply.records];
    const evidence = {
      records,
      ...(transport !== 'system' && { rcode: rcodeName(reply.rcode) }),
      ...(resolver !== undefined && { resolver }),
      ...(transport !== undefined && { transport }),
    };
    if (reply.records.length > reply.chain) return { outcome: 'found', ...evidence };
    if (reply.rcode === RCODE.NXDOMAIN) {
      // Behind a CNAME it is the target that does not exist.
      return { outcome: records.length === 0 ? 'nxdomain' : 'nodata', ...evidence };
    }
    // Without a SOA nobody vouches that the end of the chain was reached (RFC 2308, 2.2).
    const last = reply.records[reply.chain - 1];
    if (last === undefined || reply.soa) return { outcome: 'nodata', ...evidence };
    if (records.length >= MAX_CHAIN) return { outcome: 'cname-loop', ...evidence };
    const target = cleanDomain(last.data);
    if ('invalid' in target) return { outcome: 'malformed', ...evidence };
    return find(ask, target.name, type, records);
  });
}
