/**
 * Which words of a list are names under a TLD? Prints each as its answer comes.
 *
 *     node examples/keyword-search.js dev local     # with no network
 *     node examples/keyword-search.js io            # asks the resolvers of the system
 */

import { multiProbe } from 'flagprobe';

const words = ['and', 'def', 'for', 'not', 'pass', 'true', 'try', 'with'];
const [tld = 'dev', ...resolvers] = process.argv.slice(2);
const marks = { found: '+', missing: ' ', unknown: '?', invalid: '!' };

for await (const { name, status } of multiProbe(words, { tlds: [tld], resolvers })) {
  console.log(`${marks[status]} ${name}`);
}
