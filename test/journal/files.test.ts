/** The journal and files that are not what they seem. */

import * as files from 'node:fs/promises';
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crc32 } from '../../src/core/crc32.js';
import { openJournal } from '../../src/journal/open-journal.js';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../src/journal/snapshot.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs/promises', { spy: true });
afterEach(() => vi.resetAllMocks());

const open = (path: string) =>
  openJournal({ path, settings: { format: 'names' }, resume: false, force: false });
const inUse = /is being written by another flagprobe/;

describe('an output', () => {
  it.each<[string, (path: string, other: string) => Promise<unknown>]>([
    ['a symbolic link', (path, other) => symlink(path, other)],
    [
      'a link to a link',
      async (path, other) => {
        await symlink(path, `${other}.middle`);
        await symlink(`${other}.middle`, other);
      },
    ],
    ['a hard link', (path, other) => link(path, other)],
  ])('has one lock, through %s too', async (_, makeLink) => {
    await using folder = await temporaryFolder();
    const [path, other] = [join(folder.path, 'out'), join(folder.path, 'other')];
    await writeFile(path, '');
    await makeLink(path, other);
    await using _journal = await open(path);
    await expect(open(other)).rejects.toThrow(inUse);
  });

  it('that is not there yet has one lock through a link that leads nowhere', async () => {
    await using folder = await temporaryFolder();
    const [path, other] = [join(folder.path, 'out'), join(folder.path, 'other')];
    await symlink('out', other);
    await using _journal = await open(path);
    await expect(open(other)).rejects.toThrow(inUse);
  });

  it('is not reached through links in a circle', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    await symlink(path, path);
    await expect(open(path)).rejects.toThrow(/cannot write `.*out`: .*\(ELOOP\)/);
  });

  it('whose lock is a folder is refused with the reason of the system', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'out');
    await mkdir(`${path}.resume.lock`);
    await expect(open(path)).rejects.toThrow(/cannot write `.*out`: .*\(EISDIR\)/);
  });

  it('can be released after its folder has become read-only', async () => {
    await using folder = await temporaryFolder();
    const journal = await open(join(folder.path, 'out'));
    vi.mocked(files.rm).mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EROFS' }));
    await journal[Symbol.asyncDispose]();
  });
});

describe('a planted link', () => {
  const locks = Array.from({ length: 100 }, (_, i) => `.resume.lock.${process.pid}-${i}`);
  it.each([
    ['the temporary file', ['.resume.tmp']],
    ['the lock being written', locks],
  ])('under the name of %s is not followed', async (_, names) => {
    await using folder = await temporaryFolder();
    const [path, victim] = [join(folder.path, 'out'), join(folder.path, 'victim')];
    await writeFile(victim, 'precious');
    for (const name of names) await symlink(victim, `${path}${name}`);
    await using _journal = await open(path);
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });
});

const whole: Snapshot = {
  run: 'r',
  settings: { format: 'tsv' },
  output: { bytes: 5, crc: 1 },
  input: { texts: 9, crc: 2 },
  done: { low: 3, high: 9, bits: Buffer.of(1, 0).toString('base64') },
  tally: { found: 3 },
  seconds: 1.5,
  finished: false,
};

/** A text with a right CRC around any JSON. */
function sealed(value: unknown): string {
  const body = `${JSON.stringify(value)}\n`;
  return `flagprobe-resume 1 ${crc32(body).toString(16).padStart(8, '0')}\n${body}`;
}

describe('a snapshot', () => {
  it('is read as it was written', () => {
    expect(decodeSnapshot(encodeSnapshot(whole))).toEqual(whole);
    expect(decodeSnapshot(sealed(whole))).toEqual(whole);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['a part missing', { ...whole, done: undefined }],
    ['a length below zero', { ...whole, output: { bytes: -1, crc: 0 } }],
    ['a CRC too large', { ...whole, input: { texts: 1, crc: 2 ** 33 } }],
    ['a bitmap too short', { ...whole, done: { low: 0, high: 100, bits: '' } }],
    ['an end before the begin', { ...whole, done: { low: 9, high: 3, bits: '' } }],
    ['settings that are no texts', { ...whole, settings: { format: 1 } }],
    ['counts that are no numbers', { ...whole, tally: { found: '1' } }],
    ['a tally that is a list', { ...whole, tally: [1] }],
  ])('with a right CRC and %s is damaged', (_, value) => {
    expect(decodeSnapshot(sealed(value))).toBe('damaged');
  });

  it('of any JSON, or cut anywhere, is read whole or refused', () => {
    const part = fc.constantFrom(...(Object.keys(whole) as (keyof Snapshot)[]));
    fc.assert(
      fc.property(part, fc.jsonValue(), (key, value) => {
        const found = decodeSnapshot(sealed({ ...whole, [key]: value }));
        if (typeof found !== 'string') encodeSnapshot(found);
      }),
    );
    const text = encodeSnapshot(whole);
    for (let i = 0; i < text.length; i++) expect(decodeSnapshot(text.slice(0, i))).toBe('damaged');
  });
});
