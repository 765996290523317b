/** Runs a program to its end and says what it cost. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../test/support/programs.js';
import { say } from './report.js';

/**
 * @typedef {object} Cost
 * @property {number} seconds of the wall clock, from the start of the process to its end
 * @property {number} cpu seconds, user and system
 * @property {number} megabytes resident at the peak; NaN where GNU time is not installed
 * @property {number | null} code the exit code; null if it was killed because its time was over
 * @property {string} printed the end of what it wrote
 *
 * @typedef {object} Limits
 * @property {number | undefined} [timeoutSeconds] seconds after which it is killed (600)
 */

/** Process groups to be ended with this process. @type {Set<number>} */
const groups = new Set();

process.on('exit', () => {
  for (const group of groups) endGroup(group, 'SIGKILL');
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => process.exit(1));
}

/**
 * Starts a program in a process group of its own, which ends with this process at the latest.
 * @param {readonly string[]} command
 */
export function start([program = '', ...args]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    groups.add(pid);
    child.once('exit', () => {
      endGroup(pid, 'SIGKILL');
      groups.delete(pid);
    });
  }
  return child;
}

/**
 * Ends what {@link start} has started.
 * @param {import('node:child_process').ChildProcess} child
 */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  endGroup(child.pid, 'SIGKILL');
  await gone;
}

/**
 * Runs a program to its end. GNU time counts its CPU and its memory; without it, bash its CPU.
 * @param {readonly string[]} command
 * @param {string} folder for what the counting writes
 * @param {Limits} [limits]
 * @returns {Promise<Cost>}
 */
export async function measure(command, folder, { timeoutSeconds = 600 } = {}) {
  const report = join(folder, 'cost');
  const begin = performance.now();
  const child = start([...counted(report), ...command]);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      printed = (printed + text).slice(-10_000);
    });
  }
  const timer = setTimeout(() => {
    say(`killed after ${timeoutSeconds} s: ${command.join(' ')}`);
    void stop(child);
  }, timeoutSeconds * 1000);
  const [code] = await once(child, 'close');
  const seconds = (performance.now() - begin) / 1000;
  clearTimeout(timer);
  const { cpu, megabytes } = readReport(report);
  return { seconds, cpu, megabytes, code, printed };
}

/**
 * What counts the cost of the words that follow, and writes user seconds, system seconds and the
 * peak in kilobytes.
 * @param {string} report
 */
function counted(report) {
  rmSync(report, { force: true });
  const time = findProgram('time');
  if (time) return [time, '-q', '-f', '%U %S %M', '-o', report];
  // It keeps its own standard error for the report.
  const script = `TIMEFORMAT='%U %S NaN'; { time "$@" 2>&3; } 3>&2 2>"$0"`;
  return ['bash', '-c', script, report];
}

/** @param {string} report */
function readReport(report) {
  let text = '';
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    // It was killed before it could say.
  }
  const [user = NaN, system = NaN, kilobytes = NaN] = text.trim().split(' ').map(Number);
  return { cpu: user + system, megabytes: (kilobytes * 1024) / 1e6 };
}

/**
 * CPU seconds that a process has used so far, all its threads together (Linux only, else NaN).
 * @param {number} pid
 */
export function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Fields 14 and 15, in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function endGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone already.
  }
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
