import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';
import { findProgram } from './programs.js';
import { temporaryFolder } from './temporary-folder.js';

/**
 * A Redis server of our own on loopback, which keeps its data on the disk.
 * @typedef {AsyncDisposable & {
 *   readonly url: string,
 *   readonly port: number,
 *   readonly pid: number,
 *   restart(): Promise<void>,
 *   command(...words: readonly string[]): Promise<string>,
 * }} RedisServer `url` is like `redis://127.0.0.1:12345`; `restart` kills the server and starts it
 * again on the data it has kept; `command` gives a reply that is a line or a bulk
 */

const HOST = '127.0.0.1';

/** @param {readonly string[]} options @returns {Promise<RedisServer>} */
export async function startRedis(...options) {
  const folder = await temporaryFolder();
  const port = await freePort();
  const start = async () => {
    const own = ['--bind', HOST, '--port', String(port), '--dir', folder.path, '--save', ''];
    const kept = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
    const path = findProgram('redis-server') ?? 'redis-server';
    const child = spawn(path, [...own, ...kept, ...options], { stdio: 'pipe' });
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += text;
      if (printed.includes('Ready to accept connections')) break;
    }
    if (child.exitCode !== null) throw new Error(`redis-server did not come up:\n${printed}`);
    return child;
  };
  let child = await start();
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    kill();
    await gone;
  };
  return {
    url: `redis://${HOST}:${port}`,
    port,
    get pid() {
      return child.pid ?? -1;
    },
    async restart() {
      await end();
      child = await start();
    },
    command: (...words) => command(port, words),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      await end();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** @param {number} port @param {readonly string[]} words @returns {Promise<string>} */
async function command(port, words) {
  const socket = connect(port, HOST).setEncoding('utf8');
  const lengths = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${lengths.join('')}`);
  const [reply] = await once(socket, 'data');
  socket.destroy();
  return String(reply)
    .replace(/^(\$\d+\r\n|[+:-])/, '')
    .trimEnd();
}
