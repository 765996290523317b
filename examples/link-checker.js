/**
 * Which hosts do the links of a document lead to, and which of them do not exist? Ends with 1 if one
 * does not. A host that could not be looked up is said to be unknown, never missing.
 *
 *     node examples/link-checker.js README.md
 *     node examples/link-checker.js page.html local
 */

import { readFile } from 'node:fs/promises';
import { multiProbe } from 'flagprobe';

const [path = 'README.md', ...resolvers] = process.argv.slice(2);
const text = await readFile(path, 'utf8');
const links = text.match(/https?:\/\/[^\s"'<>)\]]+/g) ?? [];
const hosts = new Set(
  links.filter((link) => URL.canParse(link)).map((link) => new URL(link).hostname),
);

for await (const result of multiProbe(hosts, { resolvers })) {
  if (result.status === 'found') continue;
  const dead = links.filter((link) => URL.canParse(link) && new URL(link).hostname === result.name);
  console.log(`${result.name}: ${result.status} (${result.reason}), in ${dead.join(' ')}`);
  if (result.status === 'missing') process.exitCode = 1;
}
console.log(`${hosts.size} hosts looked up`);
