/** What every output format is made of. */

import type { DnsRecord, DownloadResult, ProbeResult } from '../core/model.js';
import { printable } from '../core/printable.js';

/** How results are shown. */
export interface OutputStyle {
  /** Whether a terminal shows it. */
  readonly isTerminal: boolean;
  /** Whether the records stand behind a name. */
  readonly records: boolean;
  /** Whether results say if their names are registered. */
  readonly registration?: boolean;
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
  /**
   * The name that each line of a text is about, as it stands there; undefined if the text is not made
   * of whole lines. Formats that a fleet can write have it.
   */
  namesIn?(text: string): string[] | undefined;
}

/** One output format, for each command that has it. */
export interface Formats {
  readonly probe: (style: OutputStyle) => Format<ProbeResult>;
  readonly download?: (style: OutputStyle) => Format<DownloadResult>;
}

export { printable };

/** `A 192.0.2.1; A 192.0.2.2` */
export function formatRecords(records: readonly DnsRecord[]): string {
  return records.map(({ type, data }) => `${type} ${data}`).join('; ');
}

/**
 * For people, an international name as it was typed: its A-label (RFC 5890, 2.3.2.1) says nothing to
 * them. Undefined for other names.
 */
export function typedForm({ name, input }: ProbeResult): string | undefined {
  const isOther = name !== input && name.includes('xn--') && /[^\x00-\x7f]/.test(input);
  return isOther ? printable(input.trim()) : undefined;
}

/** The lines of a text, each without its end; undefined if the last has none. */
export function wholeLines(text: string): string[] | undefined {
  if (text === '') return [];
  return text.endsWith('\n') ? text.slice(0, -1).split('\n') : undefined;
}

/** A line up to its first TAB. */
export function firstColumn(line: string): string {
  const tab = line.indexOf('\t');
  return tab < 0 ? line : line.slice(0, tab);
}
