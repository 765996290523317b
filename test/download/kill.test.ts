import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readManifest } from '../../src/storage/manifest.js';
import { isFull } from '../support/full.js';
import { openHttpServer } from '../support/http-server.js';
import { gifOf } from '../support/images.js';
import { runInProcess } from '../support/in-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/flagprobe.cjs', import.meta.url));
const FILES = isFull ? 5000 : 300;
const KILLS = isFull ? 20 : 2;

const command = (folder: string, list: string) => {
  const asked = ['download', '-q', '-c', '50', '--timeout', '60', '-i', list];
  return [...asked, '-d', folder, '-f', 'jsonl'];
};

/** What lines of results tell of each URL. */
function statuses(lines: readonly string[]): [url: string, status: string][] {
  return lines.map((line) => {
    const { url, status } = JSON.parse(line);
    return [url, status];
  });
}

/** Runs a download until so many results were told, and not one more. */
async function runAndKill(args: readonly string[], kill: number): Promise<Map<string, string>> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = new Map<string, string>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    for (const [url, status] of statuses(lines)) told.set(url, status);
    if (told.size >= kill) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return told;
}

it('a run that is killed at any moment loses nothing that it told, and the last one ends it', async () => {
  await using folder = await temporaryFolder();
  await using lists = await temporaryFolder();
  const bodies = Array.from({ length: 16 }, (_, i) => gifOf(100 + 500 * i));
  const etags = bodies.map((body) => `"${createHash('md5').update(body).digest('hex')}"`);
  const bodyOf = (path: string) => Number(path.slice(1, -4)) % bodies.length;
  const sent = new Map<string, number>();
  await using server = await openHttpServer(({ url = '', headers }, response) => {
    const i = bodyOf(url);
    response.setHeader('etag', etags[i] as string);
    if (headers['if-none-match'] === etags[i]) {
      response.writeHead(304).end();
    } else {
      sent.set(url, (sent.get(url) ?? 0) + 1);
      response.end(bodies[i]);
    }
  });
  const paths = Array.from({ length: FILES }, (_, i) => `/${i}.gif`);
  const list = join(lists.path, 'urls');
  await writeFile(list, paths.map((path) => `${server.url}${path}\n`).join(''));

  const acknowledged = new Set<string>();
  for (let i = 0; i < KILLS; i++) {
    const before = new Map([...acknowledged].map((url) => [url, sent.get(new URL(url).pathname)]));
    const some = Math.ceil(FILES * (0.05 + 0.3 * Math.random()));
    const told = await runAndKill(command(folder.path, list), some);
    for (const [url, times] of before) expect(sent.get(new URL(url).pathname)).toBe(times);
    for (const [url, status] of told) {
      expect(status).toEqual(
        acknowledged.has(url) ? 'unchanged' : expect.stringMatching(/ok|unch/),
      );
      acknowledged.add(url);
    }
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(FILES / 20);

  const { stdout, stderr } = await runInProcess(command(folder.path, list));
  expect(stderr).toBe('');
  const told = new Map(statuses(stdout.split('\n').slice(0, -1)));
  expect(told.size).toBe(FILES);
  for (const url of acknowledged) expect(told.get(url)).toBe('unchanged');
  const files = paths.map((path) => path.slice(1));
  expect(await folder.names()).toEqual(['.flagprobe.jsonl', ...files].sort());
  const records = await readManifest(folder.path);
  expect(records).toHaveLength(FILES);
  for (const { url, file, bytes, sha256 } of records) {
    const content = await readFile(join(folder.path, file as string));
    expect(content.equals(bodies[bodyOf(new URL(url).pathname)] as Buffer)).toBe(true);
    expect(bytes).toBe(content.length);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
}, 120_000);
