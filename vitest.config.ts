import { defineConfig } from 'vitest/config';

/**
 * Tests that replace modules of Node, or look at what the whole process holds or where it is; and the
 * one that waits longest, as these files begin first.
 */
const alone = [
  'test/cli/chaos.test.ts',
  'test/docs/transcripts.test.ts',
  'test/journal/files.test.ts',
  'test/probe/prober.test.ts',
  'test/probe/system-resolvers.test.ts',
  'test/storage/lock-without-links.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    // By itself vitest starts one worker on two cores; most tests wait for sockets, not for a core.
    maxWorkers: 4,
    // Limits for tests that hang, not for slow ones: on a busy machine a process starts in seconds.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 100_000 } },
    projects: [
      // To start a process and to load the sources for each file took a quarter of the suite's time.
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: alone, isolate: false },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
