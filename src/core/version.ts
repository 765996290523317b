/** Written by `scripts/version.js`. */

export const VERSION = '0.1.0';
