/** A snapshot of a run as text: a line with version and CRC, and a line of JSON. */

import { crc32 } from '../core/crc32.js';

export interface Snapshot {
  /** The id of the run: a new one whenever the output is started afresh. */
  readonly run: string;
  /** The options that decide what the output says; a run is resumed only with the same. */
  readonly settings: Settings;
  readonly output: Length;
  /** The texts read so far, each with a line end behind it. */
  readonly input: { readonly texts: number; readonly crc: number };
  /** The inputs that are done: all below `low`, and the bits from there to `high`, as base64. */
  readonly done: { readonly low: number; readonly high: number; readonly bits: string };
  readonly tally: Readonly<Record<string, number>>;
  /** How long the run has taken, all its parts together. */
  readonly seconds: number;
  readonly finished: boolean;
}

/** By the name of the option; an empty text stands for an option that was not given. */
export type Settings = Readonly<Record<string, string>>;

/** How much of a file counts. */
export interface Length {
  readonly bytes: number;
  /** Of these bytes. */
  readonly crc: number;
}

const VERSION = 1;
const HEAD = /^flagprobe-resume (\d+) ([\da-f]{8})\n/;

export function encodeSnapshot(snapshot: Snapshot): string {
  const body = `${JSON.stringify(snapshot)}\n`;
  return `flagprobe-resume ${VERSION} ${crc32(body).toString(16).padStart(8, '0')}\n${body}`;
}

/** The snapshot in a text, or what is wrong with it. */
export function decodeSnapshot(text: string): Snapshot | 'damaged' | 'of another version' {
  const [head, version, crc] = HEAD.exec(text) ?? [];
  if (head === undefined || crc === undefined) return 'damaged';
  if (Number(version) !== VERSION) return 'of another version';
  const body = text.slice(head.length);
  return crc32(body) === Number.parseInt(crc, 16) ? (JSON.parse(body) as Snapshot) : 'damaged';
}
