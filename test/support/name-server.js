import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { freePort } from './free-port.js';
import { findProgram } from './programs.js';

/**
 * A DNS server of another project, running on loopback with a folder of its own.
 * @typedef {AsyncDisposable & {
 *   readonly host: string,
 *   readonly port: number,
 *   readonly pid: number,
 *   signal(name: NodeJS.Signals): void,
 *   restart(): Promise<void>,
 * }} NameServer `restart` kills it, if it still runs, and starts it again on the same port
 *
 * @typedef {NameServer & { readonly tlsPort: number, readonly httpsPort: number }} SecureNameServer
 * one that also answers over TLS and HTTPS
 *
 * @typedef {object} NameServerPlan
 * @property {string} program
 * @property {string} origin the zone that it answers for once it is up
 * @property {(folder: string, port: number) => Record<string, string>} files by name, their text
 * @property {(folder: string, port: number) => string[]} args
 */

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 2000;

/**
 * Starts a server and waits until it answers. Throws what it printed if it does not.
 * @param {NameServerPlan} plan
 * @returns {Promise<NameServer>}
 */
export async function startNameServer(plan) {
  const folder = await mkdtemp(join(tmpdir(), `flagprobe-${plan.program}-`));
  const port = await freePort();
  for (const [name, text] of Object.entries(plan.files(folder, port))) {
    await writeFile(join(folder, name), text);
  }
  const start = () => startOnce(plan, folder, port);
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let child = await start().catch(async (error) => {
    await removeFolder();
    throw error;
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    host: HOST,
    port,
    get pid() {
      return child.pid ?? -1;
    },
    signal: (name) => void child.kill(name),
    async restart() {
      await end(child, 'SIGKILL');
      child = await start();
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      await end(child, 'SIGTERM');
      await removeFolder();
    },
  };
}

/** @param {NameServerPlan} plan @param {string} folder @param {number} port */
async function startOnce({ program, origin, args }, folder, port) {
  const path = findProgram(program) ?? program;
  const child = spawn(path, args(folder, port), { cwd: folder, stdio: 'pipe' });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed = (printed + text).slice(-10_000);
    });
  }
  try {
    await answers(port, origin, child);
  } catch (cause) {
    await end(child, 'SIGKILL');
    throw new Error(`${program} did not come up:\n${printed}`, { cause });
  }
  return child;
}

/** @param {number} port @param {string} origin @param {import('node:child_process').ChildProcess} child */
async function answers(port, origin, child) {
  const socket = createSocket('udp4');
  const query = encode({ id: 1, flags: 0x0100, questions: [{ name: origin, type: 'SOA' }] });
  const answered = new Promise((resolve) => {
    socket.on('message', (bytes) => {
      if (decode(bytes).answers.length > 0) resolve(undefined);
    });
  });
  const failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
    setTimeout(reject, START_TIMEOUT_MS, new Error('It does not answer')).unref();
  });
  // An unconnected socket gets no error while the port is still closed.
  const asking = setInterval(() => socket.send(query, port, HOST, () => {}), 20);
  try {
    await Promise.race([answered, failed]);
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(force);
}
