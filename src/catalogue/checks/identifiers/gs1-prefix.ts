/**
 * What kind of number a GTIN's first digits say it is (GS1 General Specifications §1.4). Classes only: a gap
 * between two countries passes, because GS1 keeps filling those.
 */

type PrefixFault = "RESTRICTED" | "INVALID_PREFIX";
type Ranges = readonly (readonly [first: number, last: number, fault: PrefixFault])[];

const GS1_PREFIXES: Ranges = [
  // 02 and 04: numbers that a region or a company gives for its own use; 05: coupons.
  [20, 29, "RESTRICTED"],
  [40, 59, "RESTRICTED"],
  [140, 199, "INVALID_PREFIX"],
  [200, 299, "RESTRICTED"],
  // 951 serves RFID tags, 952 demonstrations.
  [951, 951, "INVALID_PREFIX"],
  [952, 952, "RESTRICTED"],
  [970, 976, "INVALID_PREFIX"],
  // 977 (ISSN), 978 and 979 (ISBN, ISMN) are sold. Refund receipts and coupons are not.
  [980, 984, "RESTRICTED"],
  [985, 989, "INVALID_PREFIX"],
  [990, 999, "RESTRICTED"],
];

const GS1_8_PREFIXES: Ranges = [
  [0, 99, "RESTRICTED"],
  [200, 299, "RESTRICTED"],
  [977, 999, "INVALID_PREFIX"],
];

/** GTINs are numbers of 14 digits whose leading zeros may be left out; a GTIN-8 has six of them. */
const GTIN_8_SIZE = 8;
const PREFIX_AT = 13;

/** Why the GTIN in `bytes[start, end)` names nothing that is sold everywhere, or null. */
export function prefixFault(bytes: Uint8Array, start: number, end: number): PrefixFault | null {
  const digit = (place: number) => (place <= end - start ? (bytes[end - place] as number) - 0x30 : 0);
  let isGtin8 = true;
  for (let place = GTIN_8_SIZE + 1; place <= PREFIX_AT; place++) isGtin8 &&= digit(place) === 0;
  const first = isGtin8 ? GTIN_8_SIZE : PREFIX_AT;
  const prefix = digit(first) * 100 + digit(first - 1) * 10 + digit(first - 2);
  const ranges = isGtin8 ? GS1_8_PREFIXES : GS1_PREFIXES;
  return ranges.find(([from, to]) => prefix >= from && prefix <= to)?.[2] ?? null;
}
