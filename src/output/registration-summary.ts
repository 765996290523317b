/** What registries said about the names of a run. */

import type { NotRegistrable } from '../core/model.js';
import { printable } from '../core/printable.js';
import { grouped } from './summary.js';
import type { Tally } from './tally.js';

/**
 * What registries said: `31 asked at 3 registries: 4 registered, 25 not registered, 1 reserved,
 * 1 unknown`, and what that does not mean.
 */
export function registrationSummary(tally: Tally, bounds: RegistryBounds): string {
  const { max, canResume } = bounds;
  const { asked, registries, registered, unregistered, reserved, unknown } =
    registrationCounts(tally);
  const counts = `${grouped(registered)} registered, ${grouped(unregistered)} not registered, ${grouped(reserved)} reserved, ${grouped(unknown)} unknown`;
  const where = registries === 1 ? '1 registry' : `${registries} registries`;
  const lines = [`${grouped(asked)} asked at ${where}: ${counts}`];
  const without = tally.of(`${MARKED.unasked} no-rdap`);
  if (without > 0) {
    const have = without === 1 ? 'has' : 'have';
    lines.push(
      `${grouped(without)} ${have} no registry that can be asked (no-rdap)${underText(tally)}`,
    );
  }
  lines.push(...notRegistrableLines(tally));
  const capped = tally.of(`${MARKED.unasked} rdap-cap`);
  if (capped > 0) {
    const how = canResume
      ? 'the same command with --resume and a larger --rdap-max asks about them'
      : '--rdap-max 0 is no limit';
    lines.push(`${cappedText(capped, max)}; ${how}`);
  }
  lines.push(...failureLines(tally, bounds));
  if (unregistered > 0) {
    lines.push('Not registered is no promise: a registry may keep, block or price such a name.');
  }
  return lines.join('\n');
}

/** TLDs without a registry that are named. */
const MAX_TLDS = 8;

/** `, under io, de` */
function underText(tally: Tally): string {
  const tlds = [...tally.marksOf(MARKED.noRegistry)]
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([tld]) => printable(tld));
  if (tlds.length === 0) return '';
  return `, under ${[...tlds.slice(0, MAX_TLDS), ...(tlds.length > MAX_TLDS ? ['…'] : [])].join(', ')}`;
}

/** An address is `invalid`, and counted as that. */
const notRegistrable: readonly NotRegistrable[] = ['bad-label', 'public-suffix'];

/** `4 are names that no registry takes (3 bad-label, 1 public-suffix)` */
function notRegistrableLines(tally: Tally): string[] {
  const counts = notRegistrable.map((reason) => ({
    reason,
    count: tally.of(`${MARKED.unasked} ${reason}`),
  }));
  const sum = counts.reduce((total, { count }) => total + count, 0);
  if (sum === 0) return [];
  const reasons = counts
    .filter(({ count }) => count > 0)
    .map(({ count, reason }) => (count === sum ? reason : `${grouped(count)} ${reason}`));
  const are = sum === 1 ? 'is a name' : 'are names';
  return [`${grouped(sum)} ${are} that no registry takes (${reasons.join(', ')})`];
}

/** What bounds the questions to a registry. */
export interface RegistryBounds {
  /** How many names it may be asked about. */
  readonly max: number;
  /** Whether a resumed run can ask about more. */
  readonly canResume: boolean;
  /** What happened first at registries that did not tell, by {@link failureKey}: `HTTP status 503`. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Registries that are named. */
const MAX_NAMED = 5;

const OTHER_SERVER = '--rdap-server TLD=URL names another server';
const ADDRESS = 'check the network, and the address if --rdap-server gave it';
const LATER = 'it may tell later';

/** What to try, by the reason in a result. */
const advice: Partial<Record<string, string>> = {
  'rdap-limited': 'a lower --rdap-rate asks more slowly',
  'rdap-timeout': ADDRESS,
  'rdap-tls': 'check the clock; NODE_EXTRA_CA_CERTS=FILE adds certificates to trust',
  'rdap-not-json': OTHER_SERVER,
  'rdap-other-name': OTHER_SERVER,
  'rdap-untrusted': OTHER_SERVER,
};

/** The reason alone does not tell a network that fails from a server that does, nor a bad certificate from none. */
function adviceOn(reason: string, detail = ''): string | undefined {
  if (reason === 'rdap-tls' && detail.startsWith('no TLS')) return ADDRESS;
  if (reason !== 'rdap-http') return advice[reason];
  if (/^HTTP status 5/.test(detail)) return LATER;
  return /^HTTP status|redirect|malformed/.test(detail) ? OTHER_SERVER : ADDRESS;
}

/**
 * `rdap.example did not tell about 12 names (rdap-http), at first: HTTP status 503; check the network,
 * …` for each registry and reason, and how to go on.
 */
export function failureLines(tally: Tally, { canResume, failures }: RegistryBounds): string[] {
  const counts = [...tally.marksOf(MARKED.failed)].filter(([, count]) => count > 0);
  if (counts.length === 0) return [];
  const lines = counts
    .sort(([, one], [, other]) => other - one)
    .slice(0, MAX_NAMED)
    .map(([key, count]) => {
      const [reason = '', host] = key.split('@');
      const names = count === 1 ? '1 name' : `${grouped(count)} names`;
      const first = count === 1 ? '' : ', at first';
      const detail = failures.get(key);
      const what = detail === undefined ? '' : `${first}: ${detail}`;
      return `${host} did not tell about ${names} (${reason})${what}; ${adviceOn(reason, detail)}`;
    });
  const others = counts.length - lines.length;
  if (others > 0) lines.push(`and ${others} more such registries`);
  if (canResume)
    lines.push('the same command with --resume asks registries that did not tell again');
  return lines;
}

/** What a tally marks of a registry that did not tell; also the key of what happened. */
export function failureKey(host: string, reason: string | undefined): string {
  return `${reason}@${host}`;
}

/** `16,576 not asked: more than \`--rdap-max 1000\` names of one registry (rdap-cap)` */
export function cappedText(capped: number, max: number): string {
  return `${grouped(capped)} not asked: more than \`--rdap-max ${max}\` names of one registry (rdap-cap)`;
}

/** Names whose registry was asked, the registries, and what they said. */
export interface RegistrationCounts {
  readonly asked: number;
  readonly registries: number;
  readonly registered: number;
  readonly unregistered: number;
  readonly reserved: number;
  readonly unknown: number;
}

export function registrationCounts(tally: Tally): RegistrationCounts {
  const hosts = tally.marksOf(MARKED.registry);
  const said = (registration: string) => tally.of(`${MARKED.asked} ${registration}`);
  return {
    asked: [...hosts.values()].reduce((sum, count) => sum + count, 0),
    registries: hosts.size,
    registered: said('registered'),
    unregistered: said('unregistered'),
    reserved: said('reserved'),
    unknown: said('unknown'),
  };
}

/** What is marked in a tally of the registration of a result. */
export const MARKED = {
  /** What a registry that was asked said. */
  asked: 'registration',
  /** Why no registry was asked. */
  unasked: 'unasked',
  /** Its TLD, where none is known that could be asked. */
  noRegistry: 'no-registry',
  /** Its host. */
  registry: 'registry',
  /** Its {@link failureKey}, where it did not tell. */
  failed: 'failed',
  /** Status, reason and registration, for `--expect`. */
  answer: 'answer',
} as const;
