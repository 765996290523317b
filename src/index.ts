/** The library. */

export { asCompleted, type CompletionOptions, type Work } from './core/as-completed.js';
export type * from './core/model.js';
export { UsageError } from './core/usage-error.js';
export {
  type Codes,
  type Downloader,
  type DownloadOptions,
  downloadMany,
  openDownloader,
} from './download.js';
export {
  multiProbe,
  type NameLists,
  type Names,
  type NumberedResult,
  openProber,
  type ProbeOptions,
  type Prober,
  probe,
} from './probe.js';
