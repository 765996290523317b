/**
 * Are the words of a list registered under some TLDs? The DNS says so where it can, the registries are
 * asked about the rest, one question a second each. "unregistered" is no promise: a registry may keep,
 * block or price such a name.
 *
 *     node examples/registration.js words.txt dev,app local     # practice registries, no network
 *     node examples/registration.js words.txt dev,app
 */

import { readFile } from 'node:fs/promises';
import { openProber } from 'flagprobe';

const [path = 'words.txt', tlds = 'dev', ...resolvers] = process.argv.slice(2);
const words = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
// The practice registries have no limits.
const rdapRate = resolvers.includes('local') ? 0 : 1;

const prober = openProber({ rdap: true, rdapRate, tlds: tlds.split(','), resolvers });
try {
  for await (const result of prober.results(words)) {
    const { name, status } = result;
    const registration = status === 'invalid' ? result.reason : result.registration;
    console.log(`${name}\t${status}\t${registration ?? '-'}`);
  }
} finally {
  await prober.close();
}
