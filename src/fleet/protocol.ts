/** What is said through Redis: its keys, and the entries that coordinator and workers exchange. */

import type { OutputStyle } from '../output/format.js';
import type { WorkerProbeOptions } from '../probe/options.js';

/** Changes with everything below: a worker of another version must not take part. */
export const PROTOCOL = '3';

/** Chunks that a worker has in progress at once: a few silent names make a chunk last long. */
export const WORKER_SLOTS = 32;
/** Seconds after which a silent worker no longer counts as there. */
export const WORKER_TTL_S = 5;

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
  /** Workers that have answered it wrongly: another is to do it, if there is one. */
  readonly avoid: readonly string[];
}

/** The fields of an entry of the results stream. */
export interface ChunkResult {
  readonly run: string;
  readonly chunk: number;
  /** How many names the chunk had. */
  readonly names: number;
  /** The worker, as messages name it. */
  readonly worker: string;
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
    /** The workers by the time when each was last seen, in seconds of Redis's clock. */
    workers: key('workers'),
  };
}

export function isRunName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The job in what a queue holds; undefined if it is none of a fleet. */
export function readJob(data: unknown): ChunkJob | undefined {
  const { protocol, run, chunk, plan, names, avoid } = (data ?? {}) as Partial<ChunkJob>;
  const areTexts = [protocol, run, plan].every((text) => typeof text === 'string');
  if (!areTexts || !isCount(chunk) || !isTexts(names) || !isTexts(avoid)) return undefined;
  return data as ChunkJob;
}

/** The result in the fields of an entry; undefined if it is none. */
export function readResult(fields: readonly string[]): ChunkResult | undefined {
  const entry = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    entry.set(fields[i] as string, fields[i + 1] as string);
  }
  const text = (key: string) => entry.get(key) ?? '';
  const count = (key: string) => (/^\d{1,15}$/.test(text(key)) ? Number(text(key)) : undefined);
  const [chunk, names] = [count('chunk'), count('names')];
  if (chunk === undefined || names === undefined) return undefined;
  return {
    ...{ run: text('run'), chunk, names, worker: text('worker') },
    ...{ tally: text('tally'), lines: text('lines'), error: text('error') },
  };
}

/** How lines look that go to a file: no terminal, no colours. */
export function plainStyle(records: boolean): OutputStyle {
  return { isTerminal: false, records, paint: (_, text) => text };
}
