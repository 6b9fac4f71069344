/** What a run over a large file has behind it: its successor goes on from there, whatever has ended it. */

/** One part of a multipart upload that R2 has acknowledged. */
export interface SentPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** How far the writing of one file has come. What no part holds yet lies in the checkpoint's own file. */
export interface WritingState {
  /** Name of the key that seals it (`storage/seal-metadata`); none of it is secret. */
  readonly version: number;
  readonly writingId: string;
  /** Null while everything fits what is not sent yet. */
  readonly uploadId: string | null;
  readonly parts: readonly SentPart[];
  /** Bytes that no part holds yet. */
  readonly restBytes: number;
}

export interface Checkpoint {
  /** Size of the input; uploads are written once, so that another size is all that could be wrong with it. */
  readonly inputBytes: number;
  /** The profile, the work and the engine's version: another would go on differently. */
  readonly madeBy: string;
  /** Name of the file that holds what no part holds. */
  readonly restName: string;
  /** The runs whose spilled keys count, in the order in which they read. */
  readonly spilledBy: readonly string[];
  readonly output: WritingState | null;
  readonly report: WritingState;
  /** Digests of the report's parts. */
  readonly reportBlocks: readonly string[];
  /** Of the engine's own account of where it stands, which lies behind what no part holds. */
  readonly accountBytes: number;
}
