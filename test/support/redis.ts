import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { findProgram } from './installed.js';
import { temporaryFolder } from './temporary-folder.js';

/** A Redis of our own on loopback, which keeps what it is given on the disk. */
export interface RedisServer extends AsyncDisposable {
  /** `redis://127.0.0.1:12345`. */
  readonly url: string;
  readonly port: number;
  /** Kills it and starts it again on what it has kept. */
  restart(): Promise<void>;
  /** Sends a command and gives the first line or bulk of the reply, for simple ones. */
  command(...words: readonly string[]): Promise<string>;
}

const HOST = '127.0.0.1';

export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const start = async (): Promise<ChildProcess> => {
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
    const gone = once(child, 'exit');
    kill();
    await gone;
  };
  return {
    url: `redis://${HOST}:${port}`,
    port,
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

async function command(port: number, words: readonly string[]): Promise<string> {
  const socket = connect(port, HOST).setEncoding('utf8');
  const lengths = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${lengths.join('')}`);
  const [reply] = (await once(socket, 'data')) as [string];
  socket.destroy();
  return reply.replace(/^(\$\d+\r\n|[+:-])/, '').trimEnd();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
