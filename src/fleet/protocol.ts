/** What is said through Redis: its keys, and the entries that coordinator and workers exchange. */

import type { WorkerProbeOptions } from '../probe/options.js';

/** Changes with everything below: a worker of another version must not take part. */
export const PROTOCOL = '2';

/** How long the chunks of a silent worker stay its own before others get them. */
export const LOCK_DURATION_MS = 10_000;
/** Chunks that a worker has in progress at once: a few silent names make a chunk last long. */
export const WORKER_SLOTS = 32;

/** How a chunk is asked about, and what its lines look like. */
export interface Plan {
  readonly probe: WorkerProbeOptions;
  readonly format: string;
  /** Statuses whose lines are wanted; an empty list is the format's own choice. */
  readonly only: readonly string[];
  /** Whether records stand behind a name. */
  readonly records: boolean;
}

/** One job: a chunk of names. */
export interface ChunkJob {
  readonly protocol: string;
  readonly run: string;
  readonly chunk: number;
  /** A {@link Plan} as JSON: equal plans are equal texts. */
  readonly plan: string;
  readonly names: readonly string[];
}

/** The fields of an entry of the results stream. */
export interface ChunkResult {
  readonly run: string;
  readonly chunk: number;
  /** How many names the chunk had. */
  readonly names: number;
  /** Counts as JSON, then the lines; or only what went wrong. */
  readonly tally: string;
  readonly lines: string;
  readonly error: string;
}

export const PREFIX = 'flagprobe';

/** A queue name may not contain a colon, so these can never be BullMQ's. */
export function keysOf(name: string) {
  const key = (what: string) => `${PREFIX}-${what}:${name}`;
  return {
    protocol: key('protocol'),
    owner: key('owner'),
    latest: key('latest'),
    results: key('results'),
  };
}

export function isRunName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

/** The result in the fields of an entry. */
export function readResult(fields: readonly string[]): ChunkResult {
  const entry: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) entry[fields[i] as string] = fields[i + 1] as string;
  const { run = '', chunk, names, tally = '{}', lines = '', error = '' } = entry;
  return { run, chunk: Number(chunk), names: Number(names), tally, lines, error };
}
