import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './programs.js';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 50_000;

/** Starts a server that is installed, and waits until it listens on its port of 127.0.0.1. */
export async function startProgram(
  name: string,
  args: readonly string[],
  { port }: { readonly port: number },
): Promise<AsyncDisposable> {
  const child = spawn(findProgram(name) ?? name, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  // Its children end with it, but not where it is killed.
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  const stop = async () => {
    process.off('exit', end);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    end();
    await gone;
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`${name} did not come up:\n${printed}`);
    }
    await sleep(20);
  }
  return { [Symbol.asyncDispose]: stop };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
