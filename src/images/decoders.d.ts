/** What we use of two decoders that come without types. */

declare module 'omggif' {
  export class GifReader {
    constructor(bytes: Uint8Array);
    /** Throws if there is no such frame. */
    frameInfo(frame: number): { x: number; y: number; width: number; height: number };
    /** Writes RGBA into `pixels`, which holds the whole screen. */
    decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void;
  }
}

declare module 'pngjs' {
  export const PNG: {
    readonly sync: {
      /** 8-bit RGBA. Throws for a damaged file. */
      read(
        bytes: Buffer,
        options?: { checkCRC?: boolean },
      ): { width: number; height: number; data: Buffer };
    };
  };
}
