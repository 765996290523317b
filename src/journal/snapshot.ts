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
  /** Where names begin that a registry was not asked about, if there are some. */
  readonly cap?: CapMark | undefined;
  /** What the resolvers said of the outside, if they were asked. */
  readonly outside?: OutsideSeen | undefined;
  /** Where the run was when they last said the same as ever: a run that goes on returns to it. */
  readonly proved?: Place | undefined;
}

/** What was answered at some time. */
export type Place = Pick<Snapshot, 'output' | 'done' | 'tally' | 'outside'>;

/** Which outcomes were seen at any time: of `com`, which exists, and of names that cannot exist. */
export interface OutsideSeen {
  readonly com?: { readonly found?: boolean; readonly missing?: boolean } | undefined;
  readonly madeUp?: OutsideSeen['com'];
}

/** The state of a run before the lines of names that a registry was not asked about. */
export interface CapMark extends Pick<Snapshot, 'output' | 'done' | 'tally'> {
  /** A run with a larger `--rdap-max` returns to it: with 0, any that asks registries. */
  readonly max: number;
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
  if (crc32(body) !== Number.parseInt(crc, 16)) return 'damaged';
  try {
    const snapshot: unknown = JSON.parse(body);
    return isSnapshot(snapshot) ? snapshot : 'damaged';
  } catch {
    return 'damaged';
  }
}

const MAX_CRC = 0xffff_ffff;

/** Whether a value has the shape of a snapshot: a right CRC says only that its bytes are whole. */
function isSnapshot(value: unknown): value is Snapshot {
  const { run, settings, input, seconds, finished, cap, outside, proved } = record(value);
  return (
    typeof run === 'string' &&
    Object.values(record(settings)).every((text) => typeof text === 'string') &&
    isCounted(record(input).texts, record(input).crc) &&
    isState(value) &&
    (cap === undefined || (isState(cap) && isCount(record(cap).max))) &&
    (outside === undefined || isOutside(record(outside))) &&
    (proved === undefined || isPlace(proved)) &&
    typeof seconds === 'number' &&
    seconds >= 0 &&
    typeof finished === 'boolean'
  );
}

/** Whether a value says what counts of an output, and what is done. */
function isState(value: unknown): boolean {
  const { output, done, tally } = record(value);
  const { bytes, crc } = record(output);
  return (
    isCounted(bytes, crc) && isDone(record(done)) && Object.values(record(tally)).every(isCount)
  );
}

function isPlace(value: unknown): boolean {
  const { outside } = record(value);
  return isState(value) && (outside === undefined || isOutside(record(outside)));
}

function isOutside({ com, madeUp }: Readonly<Record<string, unknown>>): boolean {
  return [com, madeUp].every(
    (seen) =>
      seen === undefined || Object.values(record(seen)).every((one) => typeof one === 'boolean'),
  );
}

/** The fields of an object; none of anything else. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : { value: undefined };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounted(count: unknown, crc: unknown): boolean {
  return isCount(count) && isCount(crc) && crc <= MAX_CRC;
}

/** The bitmap must have a bit for each number from `low`, rounded down to a byte, to `high`. */
function isDone({ low, high, bits }: Readonly<Record<string, unknown>>): boolean {
  if (!isCount(low) || !isCount(high) || low > high || typeof bits !== 'string') return false;
  const bytes = Math.ceil((high - (low - (low % 8))) / 8);
  return Buffer.from(bits, 'base64').length === bytes;
}
