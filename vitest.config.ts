import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // By itself vitest starts one worker on two cores; most tests wait for sockets, not for a core.
    maxWorkers: 4,
    // Servers of other projects share two cores with the tests there; what is tried again is printed.
    retry: process.env.CI ? 2 : 0,
    // Limits for tests that hang, not for slow ones: on a busy machine a process starts in seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 55_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
