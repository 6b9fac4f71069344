import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import type { JWK } from "jose";
import { readOptions, runCommand, UsageError } from "./command-line.ts";

const USAGE = `usage: npm run --silent recover-key -- --private FILE --jwe TEXT [options]
  --private FILE   the offline recovery key, a private JWK
  --jwe TEXT       the escrowed key; - reads it from standard input
  --rewrap ROOT    also wraps the key by this root key (base64url); @FILE reads it from a file
Needs no network and writes nothing; the key itself is never printed.`;

const SOURCES = new URL("../src/", import.meta.url).href;

/** The Worker's sources name each other without the ending that Node wants. */
registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier.startsWith(".") && context.parentURL?.startsWith(SOURCES) ? `${specifier}.ts` : specifier,
      context,
    ),
});

await runCommand(USAGE, async () => {
  const options = readOptions({
    private: { type: "string" },
    jwe: { type: "string" },
    rewrap: { type: "string" },
  });
  if (options.private === undefined) throw new UsageError("--private is missing.");
  if (options.jwe === undefined) throw new UsageError("--jwe is missing.");
  const { recover } = await import("../src/keys/escrow.ts");
  const { readRootKeys } = await import("../src/keys/root-key-wrapper.ts");

  const [wrapper] = options.rewrap === undefined ? [] : readRootKeys(rootKeyText(options.rewrap));
  if (options.rewrap !== undefined && !wrapper) throw new UsageError("--rewrap names no root key.");
  const jwe = options.jwe === "-" ? readFileSync(0, "utf8") : options.jwe;
  const recovered = await recover(readPrivateKey(options.private), jwe.trim());
  if (!recovered.ok)
    throw new Error("The JWE does not open with this private key, was altered, or holds no tenant's key.");

  const { key, ...context } = recovered.value;
  console.log(`tenant ${context.tenantId}`);
  console.log(`version ${context.version}`);
  console.log(`fingerprint ${createHash("sha256").update(key).digest("hex")}`);
  const wrapped = await wrapper?.wrap(context, key);
  if (wrapper && wrapped?.ok) {
    console.log(`wrapper ${wrapper.id}`);
    console.log(`wrapped ${wrapped.value}`);
  }
  key.fill(0);
});

function rootKeyText(option: string): string {
  return option.startsWith("@") ? readFileSync(option.slice(1), "utf8") : option;
}

/** The error does not repeat the text, as the parser's own would. */
function readPrivateKey(file: string): JWK {
  const text = readFileSync(file, "utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as JWK;
  } catch {
    // Said below.
  }
  throw new Error("--private: the file holds no JWK.");
}
