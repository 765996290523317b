/**
 * An import goes to the same folder or to one that is lower (docs/architecture.md has the picture), and
 * no file imports itself by way of others.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** From top to bottom; folders on one floor do not know each other. */
const floors = [
  ['cli'],
  ['.', 'fleet'],
  ['probe', 'download'],
  ['registration', 'resolver', 'images', 'journal'],
  ['transports', 'storage', 'server', 'output'],
  ['flags', 'http', 'options', 'dns', 'names', 'pacing'],
  ['core'],
];

interface Source {
  /** Below src, with `/`. */
  readonly path: string;
  readonly source: string;
}

/** Everything that names another module: import, export from, import(), type imports, JSDoc's too. */
const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"`])(\.[^'"`]*)\1/g;

const folderOf = (path: string) => path.split('/').slice(0, -1)[0] ?? '.';
const floorOf = (folder: string) => floors.findIndex((names) => names.includes(folder));

/** The files that a source names, as it names them. */
function importsOf({ path, source }: Source): string[] {
  return [...source.matchAll(imports)].map(([, , target]) =>
    posix.join(posix.dirname(path), target as string),
  );
}

/** `dns/message.ts -> io/lines.js`, for every import that goes up or sideways. */
function wrongImports(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, source }) =>
    importsOf({ path, source })
      .filter((target) => {
        const [from, to] = [folderOf(path), folderOf(target)];
        return from !== to && !(floorOf(from) >= 0 && floorOf(from) < floorOf(to));
      })
      .map((target) => `${path} -> ${target}`),
  );
}

/**
 * The cycles that are still to be untangled, as the files in them. No other may come, and one that is
 * gone must leave this list.
 */
const knownCycles: readonly string[] = [];

/** Groups of files that import each other, by whatever way, each as its sorted paths. */
function importCycles(sources: readonly Source[]): string[] {
  const stem = (path: string) => path.replace(/\.[jt]s$/, '');
  const targets = new Map(
    sources.map((each) => [stem(each.path), importsOf(each).map(stem)] as const),
  );
  const reachable = new Map([...targets.keys()].map((file) => [file, reach(file, targets)]));
  const cycles = [...targets.keys()]
    .filter((file) => reachable.get(file)?.has(file))
    .map((file) =>
      [...(reachable.get(file) as Set<string>)].filter((other) => reachable.get(other)?.has(file)),
    );
  return [...new Set(cycles.map((files) => files.sort().join(', ')))].sort();
}

/** All that a file imports, and what that imports, and so on. */
function reach(file: string, targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...(targets.get(file) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(targets.get(next) ?? []));
  }
  return reached;
}

const MAX_CLASS_LINES = 250;

/** Classes that are still to be cut; the list must shrink with them. */
const knownLargeClasses: readonly string[] = [];

/** `cli/main.ts Main`, for every class of too many lines. The formatter keeps its end at column 0. */
function largeClasses(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, source }) =>
    [...source.matchAll(/^(?:export )?(?:abstract )?class (\w+)[\s\S]*?^}/gm)]
      .filter(([text]) => text.split('\n').length > MAX_CLASS_LINES)
      .map(([, name]) => `${path} ${name}`),
  );
}

/** Names that still mean two things; no other may come. `define` is what every command's file exports. */
const knownNamesakes = 'define Connection Outcome Reply text'.split(' ');

/** Names that two files export: one name is one thing in the whole tree. */
function namesakes(sources: readonly Source[]): string[] {
  const exported =
    /^export (?:abstract |async )?(?:class|interface|type|function\*?|const) (\w+)/gm;
  const names = sources.flatMap(({ source }) =>
    [...source.matchAll(exported)].map(([, name]) => name as string),
  );
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].sort();
}

const root = fileURLToPath(new URL('../src/', import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.[jt]s$/.test(path))
  .map((path) => ({
    path: path.split(sep).join('/'),
    source: readFileSync(`${root}${path}`, 'utf8'),
  }));

describe('the floors', () => {
  it('hold', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(wrongImports(sources)).toEqual([]);
  });

  it('no file imports itself by way of others', () => {
    expect(importCycles(sources)).toEqual(knownCycles);
  });

  it('every folder is on one', () => {
    const folders = new Set(sources.map(({ path }) => folderOf(path)));
    expect([...folders].filter((folder) => floorOf(folder) < 0)).toEqual([]);
  });

  it('src has no folders in folders', () => {
    expect(sources.filter(({ path }) => path.split('/').length > 2)).toEqual([]);
  });

  it.each([
    ['sideways', 'dns/message.ts', "import { cleanDomain } from '../names/domain.js';"],
    ['upwards', 'core/model.ts', "import { readLines } from '../io/lines.js';"],
    ['up to the use cases', 'transports/udp.ts', "import { probe } from '../probe.js';"],
    ['out to the command line', 'probe.ts', "import { run } from './cli/main.js';"],
    ['for a type', 'io/lines.ts', "import type { Format } from '../output/format.js';"],
    [
      'for a type among values',
      'io/lines.ts',
      "import { type Format } from '../output/format.js';",
    ],
    ['over several lines', 'io/lines.ts', "import {\n  a,\n  b,\n} from '../output/format.js';"],
    ['for nothing', 'io/lines.ts', "import '../output/format.js';"],
    ['to pass it on', 'core/model.ts', "export * from '../names/words.js';"],
    ['to pass a type on', 'core/model.ts', "export type { Zone } from '../server/zone.js';"],
    ['while running', 'dns/name.ts', "const io = await import('../io/lines.js');"],
    ['in a type', 'dns/name.ts', "type Lines = import('../io/lines.js').Lines;"],
    ['in a comment of JavaScript', 'flags/a.js', "/** @type {import('../output/a.js').A} */"],
    ['into a folder that has no floor', 'cli/main.ts', "import '../misc/stuff.js';"],
    ['out of a folder that has no floor', 'misc/stuff.ts', "import '../core/model.js';"],
  ])('a planted import is seen: %s', (_, path, source) => {
    expect(wrongImports([{ path, source }])).toHaveLength(1);
  });

  it.each([
    ['within the folder', 'dns/message.ts', "import { Malformed } from './name.js';"],
    ['down', 'probe.ts', "import { ResolverPool } from './transports/pool.js';"],
    ['down by several', 'cli/probe.ts', "import { cleanLine } from '../names/domain.js';"],
    ['node', 'core/address.ts', "import { isIP } from 'node:net';"],
    ['a package', 'cli/main.ts', "import { Command } from 'commander';"],
  ])('others may go %s', (_, path, source) => {
    expect(wrongImports([{ path, source }])).toEqual([]);
  });

  it('a planted cycle is seen, with what leads to it left out', () => {
    const planted = [
      { path: 'cli/main.ts', source: "import './a.js';" },
      { path: 'cli/a.ts', source: "import { b } from './b.js';" },
      { path: 'cli/b.ts', source: "const c = await import('./c.js');" },
      { path: 'cli/c.ts', source: "import type { A } from './a.js';\nimport './d.js';" },
      { path: 'cli/d.ts', source: "import '../core/model.js';" },
      { path: 'cli/e.ts', source: "import './e.js';" },
    ];
    expect(importCycles(planted)).toEqual(['cli/a, cli/b, cli/c', 'cli/e']);
  });
});

describe('the size of a class', () => {
  it('is at most 250 lines', () => {
    expect(largeClasses(sources)).toEqual(knownLargeClasses);
  });

  it('a planted class is seen when it is too large', () => {
    const planted = (lines: number) => [
      { path: 'core/a.ts', source: `export class A {\n${'  a = 1;\n'.repeat(lines - 2)}}\nf();\n` },
    ];
    expect(largeClasses(planted(250))).toEqual([]);
    expect(largeClasses(planted(251))).toEqual(['core/a.ts A']);
  });
});

describe('an exported name', () => {
  it('means one thing', () => {
    expect(namesakes(sources).filter((name) => !knownNamesakes.includes(name))).toEqual([]);
  });

  it('is seen when two files export it', () => {
    const planted = [
      { path: 'core/a.ts', source: 'export class Reply {}\nexport const a = 1;\n' },
      { path: 'http/b.ts', source: 'export interface Reply {}\nexport async function b() {}\n' },
    ];
    expect(namesakes(planted)).toEqual(['Reply']);
  });
});
