import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The command as users run it: the built one. */
const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when standard output holds this text. */
  printed(text: string): Promise<void>;
  /** Resolves when standard error holds this text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Nothing of the surroundings of the tests shall colour their output. */
function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, ...rest } = process.env;
  return { ...rest, ...more };
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { env: environment(env) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  // Whoever does not read what we write has ended before.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(
    ([code, signal]): Ended => ({ stdout, stderr, code, signal }),
  );
  const printed = async (text: string) => {
    while (!stdout.includes(text)) await once(child.stdout, 'data');
  };
  const said = async (text: string) => {
    while (!stderr.includes(text)) await once(child.stderr, 'data');
  };
  return { child, printed, said, ended };
}

/** Starts flagprobe; its standard input is a socket that the test writes to. */
export function startFlagprobe(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return start(process.execPath, [bin, ...args], env);
}

/** Runs flagprobe with nothing on its standard input. */
export function flagprobe(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = startFlagprobe(args, env);
  child.stdin.end();
  return ended;
}

/** Runs a script in bash, with real pipes and files, in which `flagprobe` is a command. */
export function shell(script: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const command = `flagprobe() { "${process.execPath}" "${bin}" "$@"; }\n${script}`;
  const { child, ended } = start('bash', ['-c', command], env);
  child.stdin.end();
  return ended;
}

/** The lines of a text, sorted: results come as they settle. */
export function sorted(text: string): string[] {
  return text.split('\n').slice(0, -1).sort();
}
