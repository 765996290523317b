import * as zlib from 'node:zlib';

/** The CRC of bytes, or of a text as UTF-8; `before` is that of what came before. */
export type Crc32 = (data: string | Uint8Array, before?: number) => number;

// In Node since 20.15, in its types for 20 not.
export const { crc32 } = zlib as unknown as { readonly crc32: Crc32 };
