import { cellText } from "./cell-text";
import { CELL_FLAGS, FLAG_BITS, QUOTED, type RowIndex } from "./row-index";

/** Indexed rows and the window that holds their bytes. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly index: RowIndex;
}

const SPACE = 0x20;

export function textAt({ bytes, index }: Batch, width: number, row: number, at: number): string {
  const slot = row * width + at;
  const packed = index.ends[slot] as number;
  return cellText(bytes, index.starts[slot] as number, packed >> FLAG_BITS, packed & CELL_FLAGS);
}

/** Where the cell begins, its opening quote included. */
export function cellStart({ index }: Batch, width: number, row: number, at: number): number {
  const slot = row * width + at;
  return (index.starts[slot] as number) - ((index.ends[slot] as number) & QUOTED);
}

/** Where the first cell that is too many begins: it is behind those that are indexed. */
export function extraCellStart({ bytes, index }: Batch, width: number, row: number): number {
  const packed = index.ends[row * width + width - 1] as number;
  let at = packed >> FLAG_BITS;
  while (bytes[at] !== index.delimiter) at++;
  return at + 1;
}

/** All of its cells are empty or spaces, and there are no more of them than there should be. */
export function isBlankRow({ bytes, index }: Batch, width: number, row: number): boolean {
  const cells = index.cellCounts[row] as number;
  if (cells > width) return false;
  const first = row * width;
  for (let slot = first; slot < first + cells; slot++) {
    const end = (index.ends[slot] as number) >> FLAG_BITS;
    for (let at = index.starts[slot] as number; at < end; at++) {
      if ((bytes[at] as number) > SPACE) return false;
    }
  }
  return true;
}
