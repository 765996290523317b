import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that replace modules of Node, or look at what the whole process holds or where it is. */
const alone = [
  'test/docs/transcripts.test.ts',
  'test/journal/files.test.ts',
  'test/probe/prober.test.ts',
  'test/probe/system-resolvers.test.ts',
  'test/storage/lock-without-links.test.ts',
];

/**
 * The files that take longest, longest first. Vitest begins with them once it has seen how long each file
 * takes; in a fresh clone it goes by their size, and would wait for one of these alone at the end.
 */
const longest = [
  'test/cli/fleet-faults.test.ts',
  'test/cli/chaos.test.ts',
  'test/nightly.test.ts',
  'test/resolver/hostile-resolvers.test.ts',
  'test/download/hosts.test.ts',
  'test/cli/resume.test.ts',
  'test/resolver/resolvers.test.ts',
  'test/cli/registration.test.ts',
  'test/fleet/worker.test.ts',
  'test/resolver/checked-ask.test.ts',
  'test/cli/outside-watch.test.ts',
  'test/cli/streams.test.ts',
  'test/transports/secure.test.ts',
  'test/download/downloader.test.ts',
  'test/cli/download.test.ts',
  'test/images/gallery.test.ts',
  'test/resolver/six-kinds.test.ts',
  'test/transports/servers.test.ts',
  'test/download/fetch-image.test.ts',
  'test/resolver/outage.test.ts',
  'test/http/get.test.ts',
  'test/fleet/silent-redis.test.ts',
  'test/download/sources.test.ts',
  'test/download/kill.test.ts',
  'test/resolver/truth.test.ts',
  'test/resolver/real-resolvers.test.ts',
];

/** It computes for seconds without a pause: it comes when most others are over, so that it need not share its core. */
const last = 'test/pacing/worlds.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.name !== 'shared') return -1;
      if (moduleId.endsWith(`/${last}`)) return longest.length + 1;
      const place = longest.findIndex((path) => moduleId.endsWith(`/${path}`));
      return place === -1 ? longest.length : place;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['test/support/build.ts'],
    // By itself vitest starts one worker on two cores; most tests wait for sockets, not for a core.
    maxWorkers: 6,
    // Programs start as many threads when they first read a file: 64, their own choice, are a tenth of their start.
    env: { UV_THREADPOOL_SIZE: '4' },
    sequence: { sequencer: LongestFirst },
    // Limits for tests that hang, not for slow ones: on a busy machine a process starts in seconds.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 100_000 } },
    projects: [
      // To start a process and to load the sources for each file took a quarter of the suite's time.
      {
        extends: true,
        // By itself it is not the one that was asked for.
        mode,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: alone, isolate: false },
      },
      { extends: true, mode, test: { name: 'alone', include: alone } },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
    },
  },
}));
