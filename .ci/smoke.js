/**
 * The package as others get it: packed, installed without scripts and without what only we need, then
 * run as a command, imported, required, type-checked and bundled. Arguments are the paths of more Nodes
 * to run it on. What cannot be had is said, and is no failure.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flagprobe-smoke-'));
const nodes = [process.execPath, ...process.argv.slice(2)];
/** The whole of CI has a limit, too. */
const TIMEOUT_MS = 60_000;

/** Runs a program and gives what it prints; its errors go where ours go. */
function run(/** @type {string} */ program, /** @type {readonly string[]} */ args, cwd = folder) {
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
    // What it warns of is for the reader of a log, not for a comparison.
    env: { ...process.env, NO_COLOR: '1' },
    // npm is a script on Windows, which only a shell runs.
    shell: program === 'npm' && process.platform === 'win32',
  });
}

/** Says that something holds, or throws. */
function check(
  /** @type {string} */ what,
  /** @type {string} */ printed,
  /** @type {string} */ expected,
) {
  if (printed.trim() !== expected) {
    throw new Error(`${what}: expected \`${expected}\`, got \`${printed.trim()}\``);
  }
  console.log(`smoke: ${what}`);
}

const write = (/** @type {string} */ name, /** @type {string} */ text) =>
  writeFileSync(join(folder, name), text);

const app = `
import { asCompleted, downloadMany, probe } from 'flagprobe';
const { status } = await probe('def.dev', { resolvers: ['local'] });
const values = [];
for await (const value of asCompleted([1, 2], (n) => n * 2, { concurrency: 1 })) values.push(value);
for await (const flag of downloadMany(['BR'], { server: 'local', dir: 'flags', force: true })) {
  values.push(flag.status);
}
console.log(status, values.join(' '));
`;
const appPrints = 'found 2 4 ok';

const required = `
const { probe, UsageError } = require('flagprobe');
probe('none.dev', { resolvers: ['local'] }).then(({ status }) => console.log(status, UsageError.name));
`;

const typed = `
import { type DownloadResult, downloadMany, multiProbe, type ProbeResult } from 'flagprobe';

export async function found(names: AsyncIterable<string>): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const result of multiProbe(names, { transport: 'udp', tlds: ['dev'] })) {
    if (result.status === 'found') texts.push(result.records[0]?.data ?? result.name);
  }
  return texts;
}
export const flags: AsyncGenerator<DownloadResult> = downloadMany(['BR'], { server: 'local' });
export const reasonOf = (result: ProbeResult) =>
  result.status === 'missing' ? result.reason : undefined;
// @ts-expect-error no such option
multiProbe([], { concurency: 5 });
`;

function packAndInstall() {
  const packed = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    root,
  );
  const [{ filename }] = JSON.parse(packed);
  write('package.json', JSON.stringify({ name: 'smoke', private: true, type: 'module' }));
  try {
    install('--omit=dev', `./${filename}`);
  } catch {
    // Registries have their moments.
    install('--omit=dev', `./${filename}`);
  }
  const { scripts = {} } = JSON.parse(
    readFileSync(join(folder, 'node_modules/flagprobe/package.json'), 'utf8'),
  );
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'].filter(
    (name) => name in scripts,
  );
  check(`${filename} is installed, without a script`, hooks.join(' '), '');
}

/** `npm ci` has just had the same packages, so few have to come from afar. */
function install(/** @type {string[]} */ ...args) {
  const common = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', ['install', ...common, ...args]);
}

function useOn(/** @type {string} */ node) {
  const version = run(node, ['--version']).trim();
  const bin = join(folder, 'node_modules/flagprobe/bin/flagprobe.cjs');
  check(
    `the command runs on ${version}`,
    run(node, [bin, 'probe', 'def.dev', '-r', 'local', '-qf', 'tsv']),
    'def.dev\tfound',
  );
  check(`the library is imported on ${version}`, run(node, ['app.js']), appPrints);
  check(`the library is required on ${version}`, run(node, ['required.cjs']), 'missing UsageError');
}

/** The script that comes with the package, for one night. */
function everyNight() {
  if (process.platform === 'win32') return;
  const installed = join(folder, 'node_modules/flagprobe');
  write('names.txt', 'def.dev\nnone.dev\n');
  const printed = execFileSync('sh', [join(installed, 'examples/nightly.sh')], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      FLAGPROBE: `${process.execPath} ${join(installed, 'bin/flagprobe.cjs')}`,
      FLAGPROBE_RESOLVER: 'local',
    },
  });
  check('a night without news prints nothing', printed, '');
  const known = readFileSync(join(folder, 'known.tsv'), 'utf8');
  check('and knows its names', known, 'def.dev\tfound\nnone.dev\tmissing');
}

/** A strict project without types of its own for what we use, but for those of Node. */
function typeCheck() {
  const types = join(root, 'node_modules/@types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  for (const [module, resolution] of /** @type {const} */ ([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])) {
    const args = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--target', 'es2023'];
    const libs = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--typeRoots', types];
    const how = ['--module', module, '--moduleResolution', resolution];
    check(
      `a strict TypeScript project takes it (${resolution})`,
      run(process.execPath, [tsc, ...args, ...libs, ...how, 'typed.ts']),
      '',
    );
  }
}

/** Bundles that need nothing of the package but the GIFs of the embedded server. */
function bundle() {
  try {
    install(
      '--no-save',
      'esbuild',
      'rollup',
      '@rollup/plugin-node-resolve',
      '@rollup/plugin-commonjs',
      '@rollup/plugin-json',
    );
  } catch {
    console.log('smoke: NOT RUN: no bundler could be installed');
    return;
  }
  const binary = (/** @type {string} */ name) => join(folder, 'node_modules', name);
  const header = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;
  run(process.execPath, [
    ...[binary('esbuild/bin/esbuild'), 'app.js', '--bundle', '--platform=node', '--format=esm'],
    ...['--outfile=esbuild.js', '--log-level=error', `--banner:js=${header}`],
  ]);
  check('a bundle of esbuild runs', run(process.execPath, ['esbuild.js']), appPrints);
  write('rollup.config.js', rollupConfig);
  run(process.execPath, [binary('rollup/dist/bin/rollup'), '-c', '--silent']);
  check('a bundle of rollup runs', run(process.execPath, ['rolled/app.js']), appPrints);
}

const rollupConfig = `
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import resolve from '@rollup/plugin-node-resolve';
export default {
  input: 'app.js',
  output: { dir: 'rolled', format: 'esm' },
  // undici asks for it only where a cache is kept in it, and Node 20 does not have it.
  plugins: [resolve({ preferBuiltins: true }), commonjs({ ignore: ['node:sqlite'] }), json()],
};
`;

try {
  packAndInstall();
  write('app.js', app);
  write('required.cjs', required);
  write('typed.ts', typed);
  for (const node of nodes) useOn(node);
  everyNight();
  typeCheck();
  bundle();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
