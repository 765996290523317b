/** Knip finds what nothing uses; run twice: with tests and benchmarks, and as what users install. */

const isProduction = process.argv.includes('--production');

export default {
  entry: [
    'src/cli/main.ts!',
    'src/index.ts!',
    'src/fleet/index.ts!',
    'src/cli/man-pages.ts!',
    'scripts/*.js',
    '.ci/*.js',
    'examples/*.js',
    'src/storage/saver-worker.js!',
    'bench/**/{compare,far,many,survive,soak,soak-program,registration-memory}.js',
    'bench/**/{c-ares,relay,smallest,run,serve}.js',
    'test/**/*.test.ts',
    'test/**/*.test-d.ts',
  ],
  project: [
    'src/**/*.{ts,js}!',
    'test/**/*.ts',
    'bench/**/*.js',
    'scripts/*.js',
    '.ci/*.js',
    'examples/*.js',
  ],
  // Tests may look into a file; what only they use is dead all the same.
  ignoreExportsUsedInFile: isProduction,
  ignoreBinaries: ['mkfifo', 'openssl', 'unshare'],
  ignoreUnresolved: ['local'],
};
