/** What may be wrong with `--tld`: names under a TLD that does not exist are all missing. */

import { didYouMean, nearest } from '../core/nearest.js';
import { isWord } from '../names/affixes.js';
import { cleanDomain, cleanTld } from '../names/clean-domain.js';
import { parsePattern } from '../names/pattern.js';
import { printable } from '../output/format.js';
import { missingTlds } from '../output/missing-tlds.js';
import { grouped } from '../output/summary.js';
import type { Tally } from '../output/tally.js';
import type { ProbeFlags } from './probe-command-options.js';
import type { Say } from './streams.js';

/** A country's, which the package has no list of. */
const COUNTRY = /^(?:..|xn--.*)$/;

/** Says that a pattern with a dot makes whole names, if their TLD is none: most likely any letter was meant. */
export async function hintAtDots(
  { patterns }: Pick<ProbeFlags, 'patterns'>,
  say: Say,
): Promise<void> {
  for (const source of patterns.filter((each) => each.includes('.'))) {
    const name = parsePattern(source)?.wordAt(0, 'name') ?? '';
    const tld = name.slice(name.lastIndexOf('.') + 1);
    if (COUNTRY.test(tld)) continue;
    const { knownTlds } = await import('../registration/bootstrap.js');
    if (knownTlds().has(tld)) continue;
    say(
      `the pattern \`${source}\` makes whole names, such as ${name}: . stands for itself; [a-z] is any letter`,
    );
  }
}

/** Says that an argument behind a TLD is a word, if it is a TLD as well: most likely a comma was meant. */
export async function hintAtTldArgument(
  argument: string | undefined,
  { tlds }: Pick<ProbeFlags, 'tlds'>,
  say: Say,
): Promise<void> {
  const word = argument?.replace(/^\./, '').toLowerCase();
  if (word === undefined || !isWord(word)) return;
  const { knownTlds } = await import('../registration/bootstrap.js');
  if (!knownTlds().has(word) && !COUNTRY.test(word)) return;
  const list = [...tlds, word].join(',');
  say(
    `\`${printable(argument ?? '')}\` is looked up as a word; --tld ${list} takes it for a TLD too`,
  );
}

/** Codes that the DNS has and ISO 3166-1 has not. */
const OTHER_COUNTRIES = ['ac', 'eu', 'su', 'uk'];

/** Of those that are equally near the ones that most names are under. */
const COMMON = ['com', 'net', 'org', 'info', 'dev', 'app'];

/** Arguments that are looked at for a mistake: a long list has been made by a program. */
export const MAX_HINTED = 16;

/** Mistyped TLDs that are named at the end. */
const MAX_MISTYPED = 5;

/** For private and special use (RFC 6761, RFC 9476), some by custom: no registry has them. */
const PRIVATE = new Set(
  'alt arpa corp example home internal intranet invalid kube lan loc local localhost onion private svc test'.split(
    ' ',
  ),
);

/** Says which TLDs do not exist, or are unknown to the server inside; they are looked up all the same. */
export async function hintAtTlds(
  { tlds, resolvers }: Pick<ProbeFlags, 'tlds' | 'resolvers'>,
  say: Say,
): Promise<void> {
  const suffixes = tlds.map((tld) => cleanTld(tld) as string);
  const last = suffixes.map((suffix) => suffix.slice(suffix.lastIndexOf('.') + 1));
  if (resolvers.includes('local')) {
    const { practiceZone } = await import('../server/practice-zone.js');
    const { origins } = practiceZone;
    const outside = last.find((tld) => !origins.includes(tld));
    if (outside !== undefined) {
      say(`the server \`local\` knows only ${origins.join(' and ')}, and not ${outside}`);
    }
    return;
  }
  const unclear = last.filter((tld) => !(tld.startsWith('xn--') || COMMON.includes(tld)));
  if (unclear.length === 0) return;
  const { knownTlds } = await import('../registration/bootstrap.js');
  const { countries } = await import('../flags/codes.js');
  const codes = [...countries.keys()].map((code) => code.toLowerCase());
  const known = new Set([...knownTlds(), ...codes, ...OTHER_COUNTRIES]);
  for (const unknown of new Set(unclear.filter((tld) => !known.has(tld)))) {
    // Any two letters are near many codes, and what is used in private is meant.
    const isAsMeant = unknown.length <= 2 || PRIVATE.has(unknown);
    const meant = isAsMeant ? '' : didYouMean(unknown, [...COMMON, ...known]);
    say(`${notKnown(unknown)}${meant}`);
  }
}

/** Says which TLD of an argument does not exist where one is near that does. */
export async function hintAtNames(
  names: readonly string[],
  { resolvers }: Pick<ProbeFlags, 'resolvers'>,
  say: Say,
): Promise<void> {
  if (resolvers.includes('local')) return;
  const unclear = tldsIn(names).filter(
    (tld) => !(COUNTRY.test(tld) || PRIVATE.has(tld) || COMMON.includes(tld)),
  );
  if (unclear.length === 0) return;
  const { knownTlds } = await import('../registration/bootstrap.js');
  const known = knownTlds();
  for (const unknown of new Set(unclear.filter((tld) => !known.has(tld)))) {
    const meant = didYouMean(unknown, [...COMMON, ...known]);
    if (meant !== '') say(`${notKnown(unknown)}${meant}`);
  }
}

/**
 * Says at the end of a run how many names are missing under a TLD that does not exist where one is very near that
 * does: in a long list it is most likely mistyped. What the command line names has been told of before.
 *
 * @param names the arguments that were looked at then
 */
export async function mistypedTlds(
  tally: Tally,
  names: readonly string[],
  { tlds }: Pick<ProbeFlags, 'tlds'>,
): Promise<readonly string[]> {
  const told = new Set([...tldsIn(names), ...tldsIn(tlds.map((tld) => `a.${tld}`))]);
  const unclear = [...missingTlds(tally)].filter(
    ([tld]) => !(COUNTRY.test(tld) || PRIVATE.has(tld) || told.has(tld)),
  );
  if (unclear.length === 0) return [];
  const { knownTlds } = await import('../registration/bootstrap.js');
  const known = knownTlds();
  return unclear
    .filter(([tld]) => !known.has(tld))
    .sort(([, one], [, other]) => other - one)
    .flatMap(([tld, count]) => {
      const near = nearest(tld, [...COMMON, ...known], 1);
      const are = count === 1 ? 'is' : 'are';
      const notOne = `which is no top-level domain that is known here (did you mean \`${near}\`?)`;
      return near === undefined
        ? []
        : [`${grouped(count)} of the missing ${are} under \`${printable(tld)}\`, ${notOne}`];
    })
    .slice(0, MAX_MISTYPED);
}

/** The TLDs of those names that have one. */
function tldsIn(names: readonly string[]): readonly string[] {
  return names.flatMap((text) => {
    const cleaned = cleanDomain(text);
    const name = 'name' in cleaned ? cleaned.name : '';
    return name.includes('.') ? [name.slice(name.lastIndexOf('.') + 1)] : [];
  });
}

function notKnown(tld: string): string {
  return `\`${tld}\` is no top-level domain that is known here`;
}
