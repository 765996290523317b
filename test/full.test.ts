/** That the long forms of tests run where they are asked for. */

import { expect, it } from 'vitest';
import config from '../vitest.config.js';

it('every project of the tests has the mode of the command line, by which the long forms are chosen', () => {
  const { test } = config({ mode: 'full', command: 'serve' });
  const projects = test?.projects as readonly { readonly mode?: string }[];
  expect(projects.map(({ mode }) => mode)).toEqual(['full', 'full']);
});
