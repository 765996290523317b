import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { findProgram } from './installed.js';

/** Somebody else's DNS server, running on loopback with a folder of its own. */
export interface NameServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** One that is also asked in secret. */
export interface SecureNameServer extends NameServer {
  readonly tlsPort: number;
  readonly httpsPort: number;
}

export interface NameServerPlan {
  readonly program: string;
  /** It is up when it knows this zone. */
  readonly origin: string;
  /** The files it wants in its folder. */
  files(folder: string, port: number): Record<string, string>;
  args(folder: string, port: number): string[];
}

const HOST = '127.0.0.1';
/** Milliseconds that a server may take to come up, and to go. */
const PATIENCE = 10_000;

/** Starts a server and waits until it answers. Throws what it printed if it does not. */
export async function startNameServer(plan: NameServerPlan): Promise<NameServer> {
  const folder = await mkdtemp(join(tmpdir(), `flagprobe-${plan.program}-`));
  const port = await freePort();
  for (const [name, text] of Object.entries(plan.files(folder, port))) {
    await writeFile(join(folder, name), text);
  }
  const path = findProgram(plan.program) ?? plan.program;
  const child = spawn(path, plan.args(folder, port), { cwd: folder, stdio: 'pipe' });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(port, plan.origin, child);
  } catch (cause) {
    await stop();
    throw new Error(`${plan.program} did not come up:\n${printed}`, { cause });
  }
  return { host: HOST, port, [Symbol.asyncDispose]: stop };
}

/** A port that nobody has, for UDP and TCP. Somebody may take it before the server does. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number, origin: string, child: ChildProcess): Promise<void> {
  const socket = createSocket('udp4');
  const query = encode({ id: 1, flags: 0x0100, questions: [{ name: origin, type: 'SOA' }] });
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      if (decode(bytes).answers.length > 0) resolve();
    });
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
    setTimeout(reject, PATIENCE, new Error('It does not answer')).unref();
  });
  // A socket that is not connected does not mind that nobody listens yet.
  const asking = setInterval(() => socket.send(query, port, HOST, () => {}), 20);
  try {
    await Promise.race([answered, failed]);
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE / 5);
  await gone;
  clearTimeout(impatience);
}
