/** Node's own client: `node c-ares.js NAMES HOST:PORT OUTPUT OUTSTANDING`. A line: name TAB verdict. */

import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , names = '', server = '', output = '', outstanding = '200'] = process.argv;
const resolver = new Resolver();
resolver.setServers([server]);
const file = createWriteStream(output).setMaxListeners(0);
const source = createInterface({ input: createReadStream(names) })[Symbol.asyncIterator]();

/** @param {string} name */
async function verdict(name) {
  try {
    const [address] = await resolver.resolve4(name);
    return address;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    return code === 'ENOTFOUND' || code === 'ENODATA' ? '' : '?';
  }
}

async function work() {
  for (let next = await source.next(); !next.done; next = await source.next()) {
    const line = `${next.value}\t${await verdict(next.value)}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
}

await Promise.all(Array.from({ length: Number(outstanding) }, work));
file.end();
