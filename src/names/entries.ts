/** From the texts that came in to what is asked: one entry for each verdict that will go out. */

import type { InvalidReason } from '../core/model.js';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import { cleanDomain, type NameRules } from './clean-domain.js';

export interface Entry {
  /** The text as it came, of a URL without user and password. */
  readonly input: string;
  /** The name to ask; for an invalid one, the text. */
  readonly name: string;
  readonly invalid?: InvalidReason;
  /** Which of all inputs it is, for a run that counts them; else 0. */
  number: number;
}

/**
 * @param tlds clean TLDs; a name without a dot becomes one entry under each
 */
export function entriesOf(
  texts: readonly string[],
  tlds: readonly string[],
  rules: NameRules,
): Entry[] {
  const entries: Entry[] = [];
  for (const text of texts) {
    if (typeof text !== 'string') {
      throw new UsageError(`Expected every name to be a text, got \`${text}\` (${typeof text})`);
    }
    const cleaned = cleanDomain(text, rules);
    const input = text.includes('://') ? withoutSecrets(text) : text;
    if ('invalid' in cleaned) {
      entries.push({ input, name: input, invalid: cleaned.invalid, number: 0 });
    } else if (tlds.length === 0 || cleaned.name.includes('.')) {
      entries.push({ input, name: cleaned.name, number: 0 });
    } else {
      for (const tld of tlds) {
        const under = cleanDomain(`${cleaned.name}.${tld}`);
        entries.push({ input, name: `${cleaned.name}.${tld}`, ...under, number: 0 });
      }
    }
  }
  return entries;
}
