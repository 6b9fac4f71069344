import { expect } from "vitest";
import { goldenText } from "./golden-text";

/**
 * What the outside has been promised, byte for byte. Nothing writes a golden file by itself: a test that fails
 * prints the file and its new text, and whoever puts it there has looked at it.
 */
export function expectGolden(folder: string, golden: string | undefined, file: string, value: object): void {
  const text = goldenText(value);
  const help = `test/golden/${folder}/${file} is not as the source makes it. Should it change, its text is:\n${text}`;
  expect(golden, help).toBeDefined();
  expect(JSON.parse(golden ?? "null"), help).toEqual(value);
  expect(memberOrder(JSON.parse(golden ?? "null")), help).toEqual(memberOrder(value));
  expect(golden, help).toBe(text);
}

/** The same for a file that is no JSON. `file` is its path below this folder. */
export function expectGoldenText(file: string, golden: string | undefined, text: string): void {
  const help = `test/golden/${file} is not as the source makes it. Should it change, its text is:\n${text}`;
  expect(golden, help).toBe(text);
}

/** Objects as lists of their members, so that their order counts. */
function memberOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(memberOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, memberOrder(member)]);
}
