/** Files that list resolvers, in the forms that they have in the field. */

import { UsageError } from '../core/usage-error.js';
import { ENDPOINT_FORMS, parseEndpoint } from './endpoint.js';

/** What else stands in a resolv.conf(5). */
const SETTINGS = /^(?:search|domain|options|sortlist)\s/i;

/**
 * The resolvers of a file: one or more on a line, parted by commas or white space, comments behind
 * `#` or `;`, or the `nameserver` lines of a resolv.conf(5). Throws a {@link UsageError} that names the
 * line.
 *
 * @param path how messages call the file
 */
export function readResolverList(path: string, lines: readonly string[]): string[] {
  const resolvers = lines.flatMap((line, i) =>
    resolversOn(line).map((text) => {
      if (text === 'local' || parseEndpoint(text)) return text;
      const place = `line ${i + 1} of \`${path}\``;
      throw new UsageError(`Expected ${place} to be ${ENDPOINT_FORMS} or local, got \`${text}\``);
    }),
  );
  if (resolvers.length > 0) return resolvers;
  throw new UsageError(`Expected \`${path}\` to name a resolver, got none`);
}

function resolversOn(line: string): string[] {
  // A `#` inside a word comes before a port.
  const text = line.replace(/(^|\s)[#;].*$|;.*$/, '').trim();
  if (text === '' || SETTINGS.test(text)) return [];
  return text
    .replace(/^nameserver\s+/i, '')
    .split(/[\s,]+/)
    .filter((item) => item !== '');
}
