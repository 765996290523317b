/**
 * The least that fetches twenty flags as `flagprobe download --server local` does: it imports what that
 * imports, starts one worker, serves, gets and saves. No retries, no manifest, no checks.
 *
 * usage: node bench/download/smallest.js FOLDER [undici]     (asks with undici instead of node:http)
 */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';

const command = new Command().argument('<folder>').argument('[client]').parse();
const [folder = '.', client] = command.args;
const codes = 'bd br cd cn de eg et fr gb id in ir jp mx ng pk ru tr us vn'.split(' ');

const require = createRequire(import.meta.url);
const flags = join(dirname(require.resolve('famfamfam-flags/package.json')), 'dist/gif');
const server = createServer(async (request, response) => {
  response.end(await readFile(join(flags, `${request.url?.slice(1)}.gif`)));
}).listen(0, '127.0.0.1');

const worker = new Worker(
  `const { parentPort } = require('node:worker_threads');
   const { renameSync, writeFileSync } = require('node:fs');
   parentPort.on('message', ({ path, bytes }) => {
     writeFileSync(path + '.tmp', bytes);
     renameSync(path + '.tmp', path);
     parentPort.postMessage(path);
   });`,
  { eval: true },
);

await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
/** @type {(code: string) => Promise<Uint8Array>} */
let fetchOne;
let close = () => {};
if (client === 'undici') {
  const { Pool } = await import('undici');
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 5 });
  fetchOne = async (code) => {
    const { body } = await pool.request({ path: `/${code}`, method: 'GET' });
    return body.bytes();
  };
  close = () => pool.destroy();
} else {
  const agent = new Agent({ keepAlive: true, maxSockets: 5 });
  fetchOne = async (code) => {
    const request = get({ agent, host: '127.0.0.1', port, path: `/${code}` });
    const [response] = await once(request, 'response');
    return Buffer.concat(await response.toArray());
  };
}
let saved = 0;
worker.on('message', () => {
  if (++saved < codes.length) return;
  worker.terminate();
  close();
  server.close();
  server.closeAllConnections();
});
for (const code of codes) {
  const path = join(folder, `${code.toUpperCase()}.gif`);
  fetchOne(code).then((bytes) => worker.postMessage({ path, bytes }));
}
