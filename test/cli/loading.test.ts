/**
 * What a command line loads before it looks at its options: the imports at the head of the files that
 * were built. Parts that only some options need are imported where the option is looked at.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const importsAtHead = /^(?:import|export) (?:[\w\s*{},$]+ from )?['"]([^'"]+)['"]/gm;

/** The files below dist that a file loads, itself among them, and the packages. */
function loadedBy(file: string): Set<string> {
  const loaded = new Set<string>();
  const open = [file];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    if (!path.endsWith('.js')) continue;
    for (const [, target = ''] of readFileSync(`${dist}${path}`, 'utf8').matchAll(importsAtHead)) {
      open.push(target.startsWith('.') ? posix.join(posix.dirname(path), target) : target);
    }
  }
  return loaded;
}

const foldersOf = (paths: Iterable<string>) =>
  new Set([...paths].map((path) => (path.includes('/') ? path.split('/')[0] : path)));

it.each([
  ['cli/probe.js', ['download', 'flags', 'http', 'images', 'journal', 'pacing', 'registration']],
  ['probe/prober.js', ['cli', 'download', 'fleet', 'flags', 'http', 'images', 'registration']],
  ['cli/download.js', ['fleet', 'images', 'journal', 'pacing', 'probe', 'resolver']],
  ['download/downloader.js', ['cli', 'dns', 'fleet', 'journal', 'probe', 'resolver', 'transports']],
])('%s loads nothing of %j', (file, folders) => {
  const loaded = foldersOf(loadedBy(file));
  // The imports are seen at all.
  expect(loaded).toContain('core');
  expect(folders.filter((folder) => loaded.has(folder))).toEqual([]);
});

it('a probe loads of the fleet only what its options need', () => {
  const files = [...loadedBy('cli/probe.js')].filter((path) => path.startsWith('fleet/'));
  expect(files.sort()).toEqual(['fleet/options.js', 'fleet/protocol.js', 'fleet/redis-address.js']);
});

it.each(['cli/probe.js', 'probe/prober.js', 'cli/download.js', 'cli/worker.js'])(
  '%s loads undici, the bar and the servers inside only when they are needed',
  (file) => {
    const loaded = loadedBy(file);
    for (const heavy of ['undici', 'cli-progress', 'bullmq', 'ioredis', 'server/flag-server.js']) {
      expect(loaded).not.toContain(heavy);
    }
  },
);

it('the version needs neither commander nor a command', () => {
  const loaded = loadedBy('cli/main.js');
  expect(loaded).not.toContain('commander');
  expect(foldersOf(loaded)).toEqual(new Set(['cli', 'core']));
});

// The bundler puts what is used in several places into files of its own choice.
describe('the bundle', () => {
  const files = readdirSync(`${dist}command`);

  it('loads for the version neither commander nor a command', () => {
    const loaded = loadedBy('command/main.js');
    expect(loaded).toContain('command/version.js');
    for (const late of ['commander', 'command/commands.js']) expect(loaded).not.toContain(late);
  });

  it.each(['command/probe.js', 'command/prober.js', 'command/download.js'])(
    '%s loads only when they are needed undici, the bar and the servers inside',
    (file) => {
      const loaded = loadedBy(file);
      expect(loaded).toContain('command/usage-error.js');
      for (const heavy of ['undici', 'cli-progress', 'bullmq', 'ioredis']) {
        expect(loaded).not.toContain(heavy);
      }
      for (const late of ['dns-server', 'flag-server', 'get', 'checked-ask', 'redis', 'udp']) {
        expect(files).toContain(`${late}.js`);
        expect(loaded).not.toContain(`command/${late}.js`);
      }
    },
  );
});
