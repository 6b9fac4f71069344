import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { filesOf } from "../../support/node/key-world.ts";

/** Where a short ASCII text lies in the state folder: in the clear, in UTF-16, in hexadecimal or in base64. */
export function findInState(dir: string, text: string): readonly string[] {
  const forms = formsOf(text);
  return filesOf(dir).flatMap((path) => {
    const bytes = readIfThere(path);
    return forms
      .filter(([, form]) => bytes.includes(form))
      .map(([name]) => `${name} in ${path.slice(dir.length + 1)}`);
  });
}

/** In base64 a text has three spellings, by where it begins; what its neighbours have a part in is left out. */
export function formsOf(text: string): readonly (readonly [name: string, form: Buffer])[] {
  const base64 = [0, 1, 2].map((shift) => {
    const spelt = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64");
    const certain = spelt.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + text.length) * 8) / 6));
    return [`base64+${shift}`, Buffer.from(certain)] as const;
  });
  return [
    ["utf8", Buffer.from(text)],
    ["utf16le", Buffer.from(text, "utf16le")],
    ["hex", Buffer.from(Buffer.from(text).toString("hex"))],
    ...base64,
  ];
}

/** A file of a running edge may be gone by now. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    assert(!existsSync(path), String(error));
    return Buffer.alloc(0);
  }
}
