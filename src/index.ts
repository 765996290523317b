/** The library. */

export { asCompleted, type CompletionOptions, type Work } from './core/as-completed.js';
export type * from './core/model.js';
export { RunError } from './core/run-error.js';
export { UsageError } from './core/usage-error.js';
export {
  type CodeLists,
  type Codes,
  type Downloader,
  downloadMany,
  openDownloader,
} from './download/downloader.js';
export type { NotedFiles, RenamedFile, RenamedFiles } from './download/file-notes.js';
export type { DownloadOptions } from './download/options.js';
export { listServices, type ServiceRow } from './flags/services.js';
export { ImageDecoder } from './images/decoder.js';
export { writeGallery } from './images/gallery.js';
export type { DecodeRequest, Picture } from './images/picture.js';
export { type ColorDepth, type PreviewOptions, previewImage } from './images/preview.js';
export type { ResolverReport } from './probe/open-resolvers.js';
export type { ProbeOptions } from './probe/options.js';
export type { OutsideView } from './probe/outside-view.js';
export {
  multiProbe,
  type NameLists,
  type Names,
  type NumberedResult,
  openProber,
  type Prober,
  probe,
  type RegistryQueue,
  type ResumedPart,
  registration,
} from './probe/prober.js';
export type { RegistryFailure } from './registration/paced-registry.js';
export type { DistrustNotice } from './resolver/distrust-text.js';
export type { OutageListener, ResolverFailure } from './resolver/outage-watch.js';
export type { PairContradiction } from './resolver/pair-dispute.js';
export type { Distrusted } from './resolver/trust-record.js';
export { type ManifestRecord, readManifest } from './storage/manifest.js';
