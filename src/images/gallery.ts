/** One page that shows what a folder holds: every image inside it, nothing beside it. */

import { lstat, open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IMAGE_TYPES } from '../core/image-extensions.js';
import { RunError } from '../core/run-error.js';
import { countries } from '../flags/codes.js';
import { askersOf, isWanted } from '../storage/askers.js';
import { replaceFile } from '../storage/atomic-file.js';
import { areOneFile, kindsOf, subjectOf } from '../storage/failures.js';
import { isFailing, type ManifestRecord, readManifest } from '../storage/manifest.js';
import { wantedPart } from '../storage/manifest-record.js';
import { imageExtension } from './image-type.js';

/** The page's name in the folder. */
const GALLERY = 'index.html';

/** Kinds that most browsers do not show: their name stands in place of the picture. */
const UNSHOWN = new Set(['heic', 'jp2', 'jxl', 'tif']);

/** Files that are read ahead of the one that is written. */
const READ_AHEAD = 16;

/**
 * Writes `index.html` into a folder, by its manifest: every image with its name and code, a box to
 * filter by, light and dark, and the failures with their reasons. A picture of an earlier run that did not come again
 * says so. Gives the page's path. Rejects
 * with the system's error, and with a {@link RunError} where another page has that name.
 *
 * @example
 * ```ts
 * for await (const _ of downloadMany(['BR', 'JP'], { dir: 'flags' }));
 * console.log(await writeGallery('flags'));
 * ```
 */
export async function writeGallery(folder: string): Promise<string> {
  const path = resolve(folder);
  const records = await readManifest(path);
  const target = await checkGallery(path);
  await replaceFile(target, page(path, records));
  return target;
}

/** The path of a folder's gallery. Rejects with a {@link RunError} if something else has that name. */
export async function checkGallery(folder: string): Promise<string> {
  const target = join(resolve(folder), GALLERY);
  if (await isReplaceable(target)) return target;
  throw new RunError(`\`${target}\` is no page of this program, so it is not replaced`);
}

/** What every page of ours has. */
const MAIN = '<main id="flags">';

/** Bytes in which that stands. */
const HEAD_BYTES = 16_384;

/** Whether there is no file under the name, or one of our pages. */
async function isReplaceable(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile()) return !found?.isDirectory();
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES));
  return buffer.toString('latin1', 0, bytesRead).includes(MAIN);
}

async function* page(folder: string, records: readonly ManifestRecord[]): AsyncGenerator<string> {
  const { there, isOneOfSeveral, missing } = contentsOf(records);
  const hasCodes = there.some(({ code }) => code !== '');
  yield `${headOf(hasCodes || there.length === 0 ? 'Flags' : 'Images')}${MAIN}\n`;
  const shown: Shown[] = [];
  for (let i = 0; i < there.length; i += READ_AHEAD) {
    const some = there.slice(i, i + READ_AHEAD);
    const figures = await Promise.all(
      some.map((one) => figure(folder, one, caption(one, isOneOfSeveral(one)))),
    );
    shown.push(...some.filter((_, k) => figures[k] !== ''));
    yield figures.join('');
  }
  yield `</main>\n<p id="none" hidden>Nothing has that name or code.</p>\n`;
  const old = shown.filter(({ failure }) => failure !== undefined);
  if (old.length > 0) yield oldList(old, isOneOfSeveral);
  // A file that was deleted since is not here either, if it did not come again.
  const isGone = (one: Shown) => one.failure?.file === one.file && !shown.includes(one);
  const gone = there.filter((one) => isGone(one) && isWanted(askersOf(one)));
  const failures = [...missing, ...gone].sort(byTitle);
  if (failures.length > 0) yield failureList(failures, there);
  const earlier = old.length > 0 ? ` (${old.length} from earlier runs)` : '';
  yield `<footer>${shown.length} shown${earlier}, ${failures.length} not here</footer>\n${SCRIPT}</html>\n`;
}

/** A file, and the record that says that it did not come when it was last asked for: the picture is an old one. */
interface Shown extends ManifestRecord {
  readonly failure: ManifestRecord | undefined;
}

/** @param records in the order in which they became known */
function contentsOf(records: readonly ManifestRecord[]) {
  const bySubject = new Map<string, ManifestRecord[]>();
  for (const record of records) {
    const subject = subjectOf(record);
    const others = bySubject.get(subject);
    if (others) others.push(record);
    else bySubject.set(subject, [record]);
  }
  const codes = new Map<string, number>();
  const there: Shown[] = [];
  const missing: ManifestRecord[] = [];
  for (const record of records) {
    const { file, status, code } = record;
    const others = bySubject.get(subjectOf(record)) as ManifestRecord[];
    const later = others.slice(others.indexOf(record) + 1);
    if (file !== null) {
      const failures = later.filter((each) => isMissing(each) && areOneFile(each, record));
      there.push({ ...record, failure: isFailing(status) ? record : failures.at(-1) });
      if (code !== '') codes.set(code, (codes.get(code) ?? 0) + 1);
    } else if (isMissing(record) && !isReplaced(record, others)) missing.push(record);
  }
  const isOneOfSeveral = ({ code }: ManifestRecord) => (codes.get(code) ?? 0) > 1;
  return { there: there.sort(byTitle), isOneOfSeveral, missing };
}

/** What all lists that asked for it have no more is not missed. */
function isMissing(record: ManifestRecord): boolean {
  const { file, status } = record;
  return file === null && isFailing(status) && isWanted(askersOf(record));
}

/**
 * Whether the picture of what did not come is here all the same: another server brought it. Of a URL in a list, a picture
 * of before is that of another address.
 */
function isReplaced(record: ManifestRecord, others: readonly ManifestRecord[]): boolean {
  const at = others.indexOf(record);
  return others.some((other, k) => {
    return other.file !== null && (record.code !== '' || k > at) && areOneFile(other, record);
  });
}

/** Nothing for a file that is gone, or is no image. */
async function figure(folder: string, record: Shown, text: string): Promise<string> {
  const path = join(folder, record.file as string);
  const isFile = await lstat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  if (!isFile) return '';
  const bytes = await readFile(path);
  const extension = imageExtension(bytes);
  if (!extension) return '';
  const title = escapeHtml(titleOf(record));
  const code = escapeHtml(record.code);
  // An image in an `img` runs no script, SVG included.
  const source = `data:${IMAGE_TYPES[extension]};base64,${bytes.toString('base64')}`;
  const picture = UNSHOWN.has(extension)
    ? `<span>${extension.toUpperCase()}</span>`
    : `<img src="${source}" alt="" loading="lazy">`;
  const { failure, file } = record;
  const old = failure ? `<small>from an earlier run; since: ${reasonOf(failure)}</small>` : '';
  const left = isWanted(askersOf(record)) ? '' : '<small>no list has it any more</small>';
  const kind = failure ? ' class="old"' : '';
  return `<figure${kind} title="${escapeHtml(file as string)}" data-name="${title.toLowerCase()} ${code.toLowerCase()}"><div>${picture}</div><figcaption>${text}${old}${left}</figcaption></figure>\n`;
}

function oldList(
  old: readonly Shown[],
  isOneOfSeveral: (record: ManifestRecord) => boolean,
): string {
  const rows = old.map((record) => {
    const reason = reasonOf(record.failure as ManifestRecord);
    return `<tr><td>${caption(record, isOneOfSeveral(record))}</td><td>${reason}</td></tr>\n`;
  });
  return `<section><h2>From an earlier run</h2><p>These did not come when they were last asked for.</p><table>\n${rows.join('')}</table></section>\n`;
}

function failureList(
  failures: readonly ManifestRecord[],
  there: readonly ManifestRecord[],
): string {
  const files = new Map(there.map(({ file }) => [wantedPart(file as string), file as string]));
  const codes = new Set(there.map(({ code }) => code));
  const rows = failures.map((record) => {
    const { name, code } = record;
    const other = name === undefined || code !== '' ? undefined : files.get(wantedPart(name));
    const note = other === undefined ? '' : `; ${escapeHtml(other)} is that of another address`;
    // Another kind of image of the same country is here.
    const kinds = code !== '' && codes.has(code) ? [...new Set(kindsOf(record))].join(', ') : '';
    const kind = kinds === '' ? '' : ` (${kinds})`;
    return `<tr><td>${caption(record, false)}${kind}</td><td>${reasonOf(record)}${note}</td></tr>\n`;
  });
  return `<section><h2>Not here</h2><table>\n${rows.join('')}</table></section>\n`;
}

/** Why something did not come, as HTML. */
function reasonOf({ status, http_status, reason }: ManifestRecord): string {
  const why = status === 'not_found' ? 'not found' : (reason ?? 'error');
  return escapeHtml(why) + (http_status === null ? '' : ` (${http_status})`);
}

/** The title, and the code where the title is another; the file's name where the code has several files. */
function caption(record: ManifestRecord, isOneOfSeveral: boolean): string {
  const title = titleOf(record);
  const name = isOneOfSeveral ? (record.file ?? record.code) : record.code;
  const code = name === title ? '' : ` <b>${escapeHtml(name)}</b>`;
  return escapeHtml(title) + (record.code === '' ? '' : code);
}

/** The country's name, or what the file is called or was to be, or the last part of the address. */
function titleOf({ code, file, name, url }: ManifestRecord): string {
  return countries.get(code)?.name ?? (code || (file ?? name ?? url.split('/').at(-1) ?? url));
}

function byTitle(a: ManifestRecord, b: ManifestRecord): number {
  return titleOf(a).localeCompare(titleOf(b), 'en');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\0-\x1f]/g, (char) => `&#${char.charCodeAt(0) || 0xfffd};`);
}

const headOf = (title: 'Flags' | 'Images') => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
:root { --back: #f6f6f4; --card: #fff; --ink: #1b1b1b; --soft: #6b6b6b; --line: #e0e0dc; }
@media (prefers-color-scheme: dark) {
  :root { --back: #17181a; --card: #212326; --ink: #ececec; --soft: #9a9da3; --line: #34373b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--back); color: var(--ink); font: 15px/1.4 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 1rem; margin-bottom: 1.25rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
input { flex: 1; min-width: 12rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: inherit; font: inherit; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; }
figure { margin: 0; padding: .9rem .75rem .75rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); text-align: center; }
figure[hidden] { display: none; }
figure div { display: flex; height: 4.5rem; align-items: center; justify-content: center; }
img { max-width: 100%; max-height: 100%; min-width: 4rem; min-height: 2.5rem; object-fit: contain; image-rendering: auto; filter: drop-shadow(0 0 1px rgb(0 0 0 / .45)); }
figure.old { border-style: dashed; border-color: var(--soft); }
figure.old img { opacity: .55; }
small { display: block; margin-top: .2rem; color: var(--soft); }
figcaption { margin-top: .6rem; overflow-wrap: anywhere; font-size: .85rem; }
b { color: var(--soft); font-weight: 600; }
table { border-collapse: collapse; }
td { padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid var(--line); }
footer, #none { margin-top: 1.5rem; color: var(--soft); }
</style>
<header><h1>${title}</h1><input type="search" id="filter" placeholder="Filter by name or code" aria-label="Filter by name or code" autofocus></header>
`;

const SCRIPT = `<script>
const filter = document.getElementById('filter');
const figures = [...document.querySelectorAll('figure')];
filter.addEventListener('input', () => {
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const figure of figures) {
    figure.hidden = !figure.dataset.name.includes(wanted);
    if (!figure.hidden) shown++;
  }
  document.getElementById('none').hidden = shown > 0;
});
</script>
`;
