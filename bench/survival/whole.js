/** Whether an output has its one right line for each name. */

/**
 * @param {string} text
 * @returns {import('../shared/truth.js').Line | undefined}
 */
export function readTsv(text) {
  const [name = '', status] = text.split('\t');
  return status === 'found' || status === 'missing' || status === 'unknown'
    ? { name, status }
    : undefined;
}

/** @param {import('../shared/truth.js').Truth} truth */
export function mustBeWhole({ wrong, missing, extra, unknown }) {
  if (wrong + missing + extra + unknown > 0) throw new Error('not every name has its one verdict');
}
