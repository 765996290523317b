/**
 * A folder of flags for a web page: the images, named by country code, and `index.html` with all of
 * them. A second run downloads only what has changed.
 *
 *     node examples/flag-folder.js flags local BR JP IN
 *     node examples/flag-folder.js flags flagcdn:svg BR JP IN
 */

import { downloadMany, writeGallery } from 'flagprobe';

const [dir = 'flags', server = 'remote', ...codes] = process.argv.slice(2);

for await (const result of downloadMany(codes, { dir, server, name: 'cc' })) {
  const more = result.status === 'ok' || result.status === 'unchanged' ? result.file : result.url;
  console.log(`${result.code} ${result.status} ${more}`);
  if (result.status === 'error') process.exitCode = 1;
}
console.log(`Gallery: ${await writeGallery(dir)}`);
