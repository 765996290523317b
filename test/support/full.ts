/**
 * Whether the long forms of tests run (`npm run test:full`): more rounds, names and files of tests whose
 * short form shows the same in a few seconds. Vitest passes its `--mode` on in the environment.
 */
export const isFull = process.env.MODE === 'full';
