/** What is decoded, and what comes of it. */

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha; row by row. */
  readonly data: Uint8Array;
}

/** What the thread is asked for: a picture that fits into a box of pixels. */
export interface DecodeRequest {
  readonly bytes: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}
