/** A key for one R2 path, derived from one version of the tenant's key: of no use for any other path. */
export interface PathKey {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** What the tenant's object hands out so that the file at one path can be read and written. */
export interface FileKeys {
  /** The R2 key. */
  readonly path: string;
  /** What is written now is sealed with it. */
  readonly current: PathKey;
  /** What was written earlier may be sealed with any of these; `current` is among them. */
  readonly all: readonly PathKey[];
  /** Whether the file may still lie in the clear: true only until a tenant's files from before sealing are sealed. */
  readonly acceptsClear: boolean;
}
