/** Undoes the content encoding of a body (RFC 9110, 8.4). */

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import type { HttpFailure } from './http-failure.js';

const decoders: Readonly<
  Record<string, (bytes: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** The decoded body, of at most `maxSize` bytes, or why it cannot be decoded. */
export async function decodeBody(
  bytes: Uint8Array,
  encoding: string,
  maxSize: number,
): Promise<Uint8Array | HttpFailure> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity') return bytes;
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (!decode) {
    return { failed: 'malformed', detail: `unknown content encoding ${name}`, mayPass: false };
  }
  try {
    return await decode(bytes, { maxOutputLength: maxSize });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const failed = code === 'ERR_BUFFER_TOO_LARGE' ? 'too-big' : 'malformed';
    return { failed, detail: message, mayPass: false };
  }
}
