import { describe, expect, it } from "vitest";
import { code, sourceFiles as files } from "./support/sources";

/** STYLE §2: who may import whom, read off the sources' own import lines; and where keys and bindings are touched. */

const OBJECT_CLASS = "durable-objects/tenant/index.ts";
const OBJECT_CLASSES = [OBJECT_CLASS, "durable-objects/tenant/operator-calls.ts"];
const KEY_MAKER = "src/storage/keys.ts";
const MAX_LINES = 400;
const MAX_OBJECT_CLASS_LINES = 199;

/**
 * What a layer may import as values, beside itself: paths (a folder ends in a slash) and packages. The first entry
 * whose path begins a file's path is its layer; a file without one is a breach. Type-only imports are free.
 */
const LAYERS: readonly (readonly [layer: string, allowed: readonly string[]])[] = [
  ["src/domain/", []],
  ["src/catalogue/profile/profile.ts", ["src/catalogue/", "src/domain/", "zod"]],
  ["src/catalogue/profile/condition-schema.ts", ["zod"]],
  ["src/catalogue/profile/schema-words.ts", ["zod"]],
  ["src/catalogue/profile/check-schema.ts", ["src/catalogue/", "zod"]],
  ["src/catalogue/profile/fix-schema.ts", ["src/catalogue/", "zod"]],
  ["src/catalogue/profile/row-check-schema.ts", ["src/catalogue/", "zod"]],
  ["src/catalogue/profile/profile-schema.ts", ["src/catalogue/", "src/domain/", "zod"]],
  ["src/catalogue/", ["src/domain/"]],
  ["src/crypto/", ["src/domain/", "node:crypto", "canonicalize"]],
  ["src/auth/", ["src/domain/", "src/crypto/", "jose", "node:crypto"]],
  ["src/keys/", ["src/domain/", "src/crypto/", "jose", "aws4fetch", "node:crypto"]],
  ["src/storage/", ["src/domain/", "src/crypto/", "node:crypto"]],
  ["src/webhooks/", ["src/domain/", "src/crypto/", "src/keys/", "src/env.ts"]],
  ["src/shards/", ["src/domain/", "drizzle-orm"]],
  ["src/directory/", ["src/domain/", "src/telemetry/logger.ts", "drizzle-orm"]],
  ["src/telemetry/sentry.ts", ["src/telemetry/", "src/domain/", "toucan-js"]],
  ["src/telemetry/", ["src/domain/", "node:async_hooks"]],
  [
    "durable-objects/",
    [
      ...["domain/", "crypto/", "keys/", "shards/", "storage/", "telemetry/"].map(
        (folder) => `src/${folder}`,
      ),
      "src/queues/messages.ts",
      "src/env.ts",
      "src/catalogue/fold",
      "src/catalogue/profile/",
      "src/catalogue/profiles/",
      "cloudflare:workers",
      "node:crypto",
      "uuid",
    ],
  ],
  ["src/http/yaml-text.ts", [...lower(), "src/http/", "yaml"]],
  ["src/http/", [...lower(), "hono", "@hono/zod-validator", "zod", "jose", "uuid"]],
  ["src/queues/", [...lower(), "zod", "uuid"]],
  ["src/index.ts", ["src/", "durable-objects/"]],
  ["src/app.ts", ["src/http/", "hono"]],
  ["src/env.ts", ["src/crypto/mac-keys.ts", "src/domain/event-route.ts", "src/domain/webhook-schedule.ts"]],
  ["src/tenant-object.ts", ["src/domain/"]],
  // A package of its own: it runs wherever there is WebCrypto.
  ["client/src/", []],
];

function lower(): readonly string[] {
  const folders = [
    "domain",
    "catalogue",
    "crypto",
    "keys",
    "auth",
    "storage",
    "shards",
    "directory",
    "telemetry",
    "webhooks",
  ];
  return [...folders.map((folder) => `src/${folder}/`), "src/env.ts", "src/tenant-object.ts"];
}

/** Composition roots: they alone read bindings and hand on what is needed. */
const ROOTS = ["src/index.ts", "src/app.ts", "src/env.ts", OBJECT_CLASS];

/** What the platform calls with its bindings: these hand them on as arguments, and call none of them. */
const DOORS = [
  "src/http/routes/",
  "src/http/admin/",
  "src/queues/run-job.ts",
  "src/queues/reseal-files.ts",
  "src/queues/deliver-events.ts",
  "src/tenant-object.ts",
];

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly names: string;
}

/** Every import line of a source. `import { type A }` counts as a value import: it stays in the output. */
function importsOf(source: string): readonly Import[] {
  const from = /^(import|export)\s+(type\s+)?([^;"'`]*?)\s*\bfrom\s*["']([^"']+)["']/gm;
  const bare = /^import\s*["']([^"']+)["']/gm;
  const called = /\b(?:import|require)\s*\(\s*(?:["'`]([^"'`$]+)["'`]\s*[,)])?/g;
  return [
    ...[...source.matchAll(from)].map(([, , type, names = "", specifier = ""]) => ({
      specifier,
      typeOnly: type !== undefined,
      names,
    })),
    ...[...source.matchAll(bare)].map(([, specifier = ""]) => ({ specifier, typeOnly: false, names: "" })),
    ...[...code(source).matchAll(called)].map(([, specifier = "(computed)"]) => ({
      specifier,
      typeOnly: false,
      names: "",
    })),
  ];
}

/** `./` and `../` against the importing file; the name of anything else. */
function resolved(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const parts = file.split("/").slice(0, -1);
  for (const part of specifier.split("/"))
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  return parts.join("/");
}

/** Whether `target` is `allowed` itself (a file or a package, with its subpaths) or lies in the folder `allowed`. */
function covers(allowed: string, target: string): boolean {
  if (allowed.endsWith("/")) return `${target}/`.startsWith(allowed);
  return target === allowed.replace(/\.ts$/, "") || target.startsWith(`${allowed}/`);
}

function importBreaches(file: string, source: string): readonly string[] {
  const [layer, allowed = []] = LAYERS.find(([path]) => file.startsWith(path)) ?? [];
  if (layer === undefined) return [`${file}: belongs to no layer`];
  const own = layer.endsWith("/") ? [layer] : [];
  return importsOf(source)
    .filter(({ typeOnly }) => !typeOnly)
    .map(({ specifier }) => resolved(file, specifier))
    .filter((target) => ![...own, ...allowed].some((path) => covers(path, target)))
    .map((target) => `${file}: imports ${target}`);
}

/** A file that hands on what it imported. The root alone does, for the runtime finds the object's class there. */
function barrelBreaches(file: string, source: string): readonly string[] {
  if (file === "src/index.ts") return [];
  const imported = importsOf(source).flatMap(({ names }) => names.match(/\w+/g) ?? []);
  const lists = [...source.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}\s*;/gm)];
  const handedOn = lists.some(([, names = ""]) =>
    names.match(/\w+/g)?.some((name) => imported.includes(name)),
  );
  return handedOn || /^export\s[^;"'`=()]*\bfrom\s*["']/m.test(source) ? [`${file}: re-exports`] : [];
}

const BINDING_READS: readonly RegExp[] = [
  /\benv\.[A-Z][A-Z0-9_]*\b/,
  /\benv\[/,
  /\{[^{}]*\b[A-Z][A-Z0-9_]+\b[^{}]*\}\s*=\s*(?:[\w#]+\.)*env\b/,
  /^import\s+\{[^}]*\benv\b[^}]*\}\s*from\s*"cloudflare:workers"/m,
];
const bindingBreaches = (file: string, source: string): readonly string[] =>
  !ROOTS.includes(file) &&
  !DOORS.some((door) => file.startsWith(door)) &&
  BINDING_READS.some((read) => read.test(code(source)))
    ? [`${file}: reads bindings`]
    : [];

const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bcrypto\.\w|\bfetch\(|\bset(?:Timeout|Interval)\(|\bconsole\.|\bcaches\.|\bprocess\./;
const purityBreaches = (file: string, source: string): readonly string[] =>
  file.startsWith("src/domain/") && IMPURE.test(code(source)) ? [`${file}: is not pure`] : [];

/** Something put before `/files/` or `/jobs/` is a key in the making: a route's own path begins with them. */
const KEY_IN_THE_MAKING = /\}\/(?:files|jobs)\/|\+\s*["'`]\/(?:files|jobs)\//;
const keyBreaches = (file: string, source: string): readonly string[] =>
  file !== KEY_MAKER && KEY_IN_THE_MAKING.test(code(source)) ? [`${file}: makes an R2 key`] : [];

function sizeBreaches(file: string, source: string): readonly string[] {
  const lines = source.trimEnd().split("\n").length;
  const most = OBJECT_CLASSES.includes(file) ? MAX_OBJECT_CLASS_LINES : MAX_LINES;
  return lines > most ? [`${file}: has more than ${most} lines`] : [];
}

const breachesIn = (file: string, source: string): readonly string[] => [
  ...importBreaches(file, source),
  ...barrelBreaches(file, source),
  ...bindingBreaches(file, source),
  ...purityBreaches(file, source),
  ...keyBreaches(file, source),
  ...sizeBreaches(file, source),
];

describe("the sources", () => {
  it("are all read", () => {
    expect(files.length).toBeGreaterThan(80);
    expect(files.map(([file]) => file)).toEqual(expect.arrayContaining([...ROOTS, KEY_MAKER]));
    expect(files.flatMap(([, source]) => importsOf(source)).length).toBeGreaterThan(200);
  });

  const found = new Set(files.flatMap(([file, source]) => breachesIn(file, source)));

  it("keep to the layers", () => {
    expect([...found]).toEqual([]);
  });
});

describe("the checker finds a planted", () => {
  it.each([
    ["package in the domain", "src/domain/x.ts", `import { z } from "zod";`, "imports zod"],
    [
      "platform module in the domain",
      "src/domain/x.ts",
      `import { createHash } from "node:crypto";`,
      "imports node:",
    ],
    [
      "layer in the domain",
      "src/domain/x.ts",
      `import { a } from "../crypto/salt";`,
      "imports src/crypto/salt",
    ],
    ["bare import", "src/domain/x.ts", `import "../http/problem";`, "imports src/http/problem"],
    [
      "import over lines",
      "src/domain/x.ts",
      `import {\n  a,\n  b,\n} from "../http/y";`,
      "imports src/http/y",
    ],
    ["namespace import", "src/domain/x.ts", `import * as y from '../http/y';`, "imports src/http/y"],
    ["default import", "src/domain/x.ts", `import y, { type Z } from "../http/y";`, "imports src/http/y"],
    ["inline type alone", "src/domain/x.ts", `import { type Z } from "../http/y";`, "imports src/http/y"],
    ["dynamic import", "src/domain/x.ts", `const y = await import("../http/y");`, "imports src/http/y"],
    ["computed import", "src/domain/x.ts", "const y = await import(`./${name}`);", "imports (computed)"],
    [
      "second import",
      "src/domain/x.ts",
      `import { ok } from "./result";\nimport a from "hono";`,
      "imports hono",
    ],
    [
      "escape by a sibling's name",
      "src/domain/x.ts",
      `import a from "../domain-extra/a";`,
      "imports src/domain-extra/a",
    ],
    ["clock in the domain", "src/domain/x.ts", "const nowMs = Date.now();", "is not pure"],
    ["draw in the domain", "src/domain/x.ts", "const id = crypto.randomUUID();", "is not pure"],
    ["zod in the engine", "src/catalogue/checks.ts", `import { z } from "zod";`, "imports zod"],
    [
      "key module in the engine",
      "src/catalogue/x.ts",
      `import { a } from "../storage/keys";`,
      "imports src/storage",
    ],
    ["drizzle in storage", "src/storage/x.ts", `import { eq } from "drizzle-orm";`, "imports drizzle-orm"],
    [
      "shard in the directory",
      "src/directory/x.ts",
      `import { a } from "../shards/schema";`,
      "imports src/shards",
    ],
    ["reporter's package elsewhere", "src/telemetry/x.ts", `import a from "toucan-js";`, "imports toucan-js"],
    [
      "http in the object",
      "durable-objects/tenant/x.ts",
      `import { a } from "../../src/http/problem";`,
      "imports src/http",
    ],
    [
      "consumer in the object",
      "durable-objects/tenant/x.ts",
      `import { a } from "../../src/queues/consume";`,
      "imports src/q",
    ],
    [
      "engine in the object",
      "durable-objects/x.ts",
      `import { a } from "../src/catalogue/run/run";`,
      "imports src/catalogue/run",
    ],
    [
      "queues in http",
      "src/http/routes/x.ts",
      `import { a } from "../../queues/messages";`,
      "imports src/queues",
    ],
    [
      "http in queues",
      "src/queues/x.ts",
      `import { Problem } from "../http/problem";`,
      "imports src/http/problem",
    ],
    [
      "object in http",
      "src/http/x.ts",
      `import { Tenant } from "../../durable-objects/tenant";`,
      "imports durable-objects",
    ],
    [
      "object in queues",
      "src/queues/x.ts",
      `import { a } from "../../durable-objects/tenant/command";`,
      "imports durable",
    ],
    [
      "module of the service in the client",
      "client/src/x.ts",
      `import { ok } from "../../src/domain/result";`,
      "imports src/domain/result",
    ],
    [
      "platform module in the client",
      "client/src/x.ts",
      `import a from "node:crypto";`,
      "imports node:crypto",
    ],
    ["new folder", "src/misc/x.ts", "export const a = 1;", "belongs to no layer"],
    ["barrel", "src/domain/x.ts", `export * from "./result";`, "re-exports"],
    ["named barrel", "src/domain/x.ts", `export {\n  ok,\n  err as no,\n} from "./result";`, "re-exports"],
    ["type barrel", "src/domain/x.ts", `export type { Result } from "./result";`, "re-exports"],
    [
      "barrel in two steps",
      "src/domain/x.ts",
      `import { ok } from "./result";\nexport { ok };`,
      "re-exports",
    ],
    ["binding", "src/storage/x.ts", "const bucket = env.FILES;", "reads bindings"],
    ["binding of a context", "src/http/middleware/x.ts", "await c.env.FILES.head(key);", "reads bindings"],
    ["binding by name", "src/shards/x.ts", "const db = env[name];", "reads bindings"],
    ["binding taken apart", "src/queues/x.ts", "const { FILES, ...rest } = this.env;", "reads bindings"],
    ["global environment", "src/crypto/x.ts", `import { env } from "cloudflare:workers";`, "reads bindings"],
    ["key", "src/queues/x.ts", "const key = `${tenantId}/files/${fileId}/${name}`;", "makes an R2 key"],
    ["key by addition", "src/http/x.ts", `const key = tenantId + "/jobs/" + jobId;`, "makes an R2 key"],
    ["long file", "src/http/x.ts", "//\n".repeat(401), "has more than 400 lines"],
    ["long object", OBJECT_CLASS, "//\n".repeat(200), "has more than 199 lines"],
  ])("%s", (_name, file, source, breach) => {
    expect(breachesIn(file, source).join("\n")).toContain(`${file}: ${breach}`);
  });
});

describe("the checker lets pass", () => {
  it.each([
    ["a type-only import", "src/domain/x.ts", `import type { Hono } from "hono";`],
    ["a type-only import over lines", "src/domain/x.ts", `import type {\n  A,\n} from "../http/y";`],
    ["the layer itself", "src/domain/x.ts", `import { ok } from "./result";`],
    ["a layer below", "src/http/routes/x.ts", `import { fileKey } from "../../storage/keys";`],
    ["a package's subpath", "src/shards/x.ts", `import { drizzle } from "drizzle-orm/d1";`],
    [
      "the object's class as a type",
      "src/http/x.ts",
      `import type { Tenant } from "../../durable-objects/tenant";`,
    ],
    [
      "the profile list in the object",
      "durable-objects/x.ts",
      `import { P } from "../src/catalogue/profiles";`,
    ],
    ["messages in the object", "durable-objects/x.ts", `import { M } from "../src/queues/messages";`],
    ["the root's class export", "src/index.ts", `export { Tenant } from "../durable-objects/tenant";`],
    ["a list of own names", "src/domain/x.ts", "const a = 1;\nexport { a };"],
    ["a reference", "src/domain/x.ts", "const ref = `files/${fileId}/${filename}`;"],
    ["a route's path", "src/http/x.ts", "c.header(`Location`, `/v1/jobs/${job.id}`);"],
    ["a comment", "src/domain/x.ts", '// Date.now() and env.FILES and import("x") are not for here'],
    ["a root that reads a binding", "src/env.ts", "const { FILES } = env; env.FILES;"],
    ["a file of 400 lines", "src/http/x.ts", "//\n".repeat(400)],
  ])("%s", (_name, file, source) => {
    expect(breachesIn(file, source)).toEqual([]);
  });
});
