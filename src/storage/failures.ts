/** What failed and is still wanted, by the records of a manifest. */

import { type ImageExtension, normalizeExtension } from '../core/image-extensions.js';
import { countries } from '../flags/codes.js';
import { parseServer } from '../flags/services.js';
import { fillTemplate } from '../flags/template.js';
import { askersOf, isWanted } from './askers.js';
import { expectedKinds, splitName } from './file-name.js';
import {
  type AskersLine,
  type ManifestRecord,
  type RecordSource,
  recordKey,
  wantedPart,
} from './manifest-record.js';

/** A file that did not come. */
interface Failure {
  readonly key: string;
  /** What it was to be called, without the extension of an image; of a code, the kind of `--name`. */
  readonly name: string;
  /** The kinds of image that would do; empty for any. */
  readonly kinds: readonly ImageExtension[];
  readonly text: string;
  /** Its place among all. */
  readonly number: number;
}

/**
 * An error is over when something else became known of the same URL, or of another one that was asked since for a
 * file of the same name and kind. A country's PNG says nothing of its SVG. What all lists that asked for it have no more
 * is wanted no longer.
 */
export class Failures {
  /** By what {@link subjectOf} gives. */
  readonly #bySubject = new Map<string, readonly Failure[]>();
  readonly #textOf: (record: ManifestRecord) => string;
  #count = 0;

  /** @param textOf the text that asks for the same again */
  constructor(textOf: (record: ManifestRecord) => string) {
    this.#textOf = textOf;
  }

  /** Takes the next record of the manifest. */
  add(record: ManifestRecord): void {
    const subject = subjectOf(record);
    const parts = { key: recordKey(record), name: nameOf(record), kinds: kindsOf(record) };
    const isOver = (before: Failure) =>
      record.instead === true || before.key === parts.key || isOneFile(before, parts);
    const left = (this.#bySubject.get(subject) ?? []).filter((before) => !isOver(before));
    if (record.status === 'error' && isWanted(askersOf(record))) {
      left.push({ ...parts, text: this.#textOf(record), number: this.#count++ });
    }
    this.#set(subject, left);
  }

  /** Takes the next line that says who asks for what failed. */
  addAskers({ source, askers }: AskersLine): void {
    if (!source || isWanted(askers)) return;
    const key = recordKey(source);
    const subject = subjectOf(source);
    const others = this.#bySubject.get(subject)?.filter((each) => each.key !== key);
    this.#set(subject, others ?? []);
  }

  #set(subject: string, failures: readonly Failure[]): void {
    if (failures.length > 0) this.#bySubject.set(subject, failures);
    else this.#bySubject.delete(subject);
  }

  /** What asks for all of them again, each once, in the order in which they failed. */
  get texts(): string[] {
    const failures = [...this.#bySubject.values()].flat().sort((a, b) => a.number - b.number);
    return [...new Set(failures.map(({ text }) => text))];
  }
}

/** Whether two records of one subject ({@link subjectOf}) are about the same file, whatever became of it. */
export function areOneFile(one: ManifestRecord, other: ManifestRecord): boolean {
  return isOneFile(
    { name: nameOf(one), kinds: kindsOf(one) },
    { name: nameOf(other), kinds: kindsOf(other) },
  );
}

function isOneFile(
  one: Pick<Failure, 'name' | 'kinds'>,
  other: Pick<Failure, 'name' | 'kinds'>,
): boolean {
  return one.name === other.name && overlap(one.kinds, other.kinds);
}

/** What records that may be about one file have in common: a code, the name that a list gave, or the URL. */
export function subjectOf({ url, code, name }: RecordSource): string {
  if (code !== '') return code;
  return name === undefined ? url : `\t${wantedPart(name)}`;
}

function nameOf({ code, name = '', as, file, status }: ManifestRecord): string {
  if (code !== '') return name;
  return wantedPart((isThere(status) ? file : as) ?? name);
}

/** The kinds of image that a record is about, as far as names and addresses tell; empty for any. */
export function kindsOf({
  url,
  code,
  servers = [],
  name,
  file,
  status,
}: RecordSource & Pick<ManifestRecord, 'file' | 'status'>): ImageExtension[] {
  const brought = isThere(status) && file !== null ? kindOf(file) : undefined;
  const given = code === '' && name !== undefined ? kindOf(name) : undefined;
  const urls = URL.canParse(url) ? [new URL(url)] : [];
  const expected = given ? [given] : expectedKinds([...urls, ...urlsAt(servers, code)]);
  return brought ? [...expected, brought] : expected;
}

/** Where a code was asked for; the record's own URL is that of one of several servers. */
function urlsAt(servers: readonly string[], code: string): URL[] {
  return servers.flatMap((server) => {
    const site = parseServer(server);
    if (site?.kind !== 'site') return [];
    return fillTemplate(site.template, code, countries.get(code)) ?? [];
  });
}

function kindOf(file: string): ImageExtension | undefined {
  return normalizeExtension(splitName(file).extension);
}

function isThere(status: ManifestRecord['status']): boolean {
  return status === 'ok' || status === 'unchanged';
}

function overlap(some: readonly ImageExtension[], others: readonly ImageExtension[]): boolean {
  return some.length === 0 || others.length === 0 || some.some((kind) => others.includes(kind));
}
