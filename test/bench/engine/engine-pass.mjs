/**
 * The engine's package as a process of its own, as a user's script would call it: `node engine-pass.mjs PROFILE.json
 * CATALOGUE FOLDER`. Says its counters on stdout.
 */

import { createReadStream, openSync, closeSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { compileProfile } from "../../../engine/dist/compile.js";
import { parseProfile } from "../../../engine/dist/profile.js";
import { runCatalogue } from "../../../engine/dist/run.js";

const [profileFile, catalogue, folder] = process.argv.slice(2);
const profile = parseProfile(JSON.parse(readFileSync(profileFile, "utf8")));
if (!profile.ok) throw new Error(JSON.stringify(profile.error));

function fileSink(name) {
  const file = openSync(join(folder, name), "w");
  return { write: (bytes) => void writeSync(file, bytes), close: async () => closeSync(file) };
}

const outcome = await runCatalogue({
  source: Readable.toWeb(createReadStream(catalogue, { highWaterMark: 256 * 1024 })),
  compressed: false,
  maxInflatedBytes: 0,
  profile: compileProfile(profile.value),
  mode: "correct",
  output: fileSink("output.csv"),
  report: fileSink("report.ndjson"),
  onProgress: () => "go",
});
if (!outcome.ok) throw new Error(outcome.error.detail);
console.log(JSON.stringify(outcome.value.counters));
