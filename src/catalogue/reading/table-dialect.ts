/** What a profile or a caller fixes of a file's dialect: a subset of Table Dialect (Data Package 2.0). */

import type { ProfileFault, TableDialect } from "../profile/profile";

/** Header and preamble are looked for, and may be fixed, within so many rows. */
export const HEAD_ROWS_MAX = 100;

/** Contradictions between members that are well-formed by themselves. */
export function dialectFaults({ header, headerRows, commentRows }: TableDialect): ProfileFault[] {
  const faults: ProfileFault[] = [];
  if (header === false && headerRows) {
    faults.push({ path: "/headerRows", message: "a file without a header has no header row; leave it out" });
  }
  if (commentRows?.some((row, i) => row !== i + 1)) {
    const message = "must count up from row 1 without gaps: only rows above the table are passed over";
    faults.push({ path: "/commentRows", message });
  }
  const headerRow = headerRows?.[0];
  if (headerRow !== undefined && commentRows && commentRows.length >= headerRow) {
    faults.push({ path: "/commentRows", message: `must end above the header row ${headerRow}` });
  }
  return faults;
}

/** How many rows stand above the header, or above the data if there is none; undefined if that is to be found out. */
export function rowsAbove({ header, headerRows, commentRows }: TableDialect): number | undefined {
  const headerRow = header === false ? undefined : headerRows?.[0];
  return headerRow === undefined ? commentRows?.length : headerRow - 1;
}
