/** What every output format is made of. */

import type { DnsRecord, DownloadResult, ProbeResult } from '../core/model.js';

/** How results are shown. */
export interface OutputStyle {
  /** Whether a terminal shows it. */
  readonly isTerminal: boolean;
  /** Whether the records stand behind a name. */
  readonly records: boolean;
  /** Colours a text, or gives it back as it is. */
  paint(colour: Colour, text: string): string;
}

type Colour = 'green' | 'yellow' | 'red' | 'dim';

/** Results in, text out; pure. Lines bring their own line end. */
export interface Format<R> {
  /** What stands above the first line. */
  readonly head?: string;
  /** The statuses that are shown unless the user names some. */
  readonly only?: readonly string[];
  line(result: R): string;
}

/** One output format, for each command that has it. */
export interface Formats {
  readonly probe: (style: OutputStyle) => Format<ProbeResult>;
  readonly download?: (style: OutputStyle) => Format<DownloadResult>;
}

const CONTROL = /[\0-\x1f\x7f-\x9f]/;
const EVERY_CONTROL = /[\0-\x1f\x7f-\x9f]/g;

/**
 * A text with its control characters spelled out, `\u001b`: it stays on its line, in its column,
 * and does nothing to a terminal.
 */
export function printable(text: string): string {
  if (!CONTROL.test(text)) return text;
  return text.replace(
    EVERY_CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `A 192.0.2.1; A 192.0.2.2` */
export function formatRecords(records: readonly DnsRecord[]): string {
  return records.map(({ type, data }) => `${type} ${data}`).join('; ');
}
