import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // The command-line tests start real processes; on a busy two-core machine they need room.
    // Left alone, vitest starts one worker on two cores; most tests wait for sockets, not for a core.
    maxWorkers: 4,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
