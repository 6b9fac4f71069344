import { describe, expect, it } from "vitest";
import { code, sourceFiles } from "./support/sources";

/** What keeps tenants apart by construction, read off the sources: who may make a context, and who may reach whom. */

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** The only files in which it may stand. */
  readonly allowed: readonly string[];
}

const RULES: readonly Rule[] = [
  {
    name: "makes a tenant context",
    pattern: /\bvouchFor\(/,
    allowed: [
      "src/http/middleware/authenticate.ts",
      "src/http/routes/link-calls.ts",
      "src/http/admin/operator-caller.ts",
    ],
  },
  {
    name: "writes to the console",
    pattern: /\bconsole\./,
    allowed: ["src/telemetry/logger.ts"],
  },
  {
    name: "sends to a queue",
    pattern: /(?<!sink|socket)\.send(?:Batch)?\(/,
    allowed: [
      "durable-objects/tenant/relay/queue-sink.ts",
      "durable-objects/tenant/rotation.ts",
      "src/queues/consume.ts",
      "src/queues/deliver-events.ts",
    ],
  },
  {
    name: "names an object",
    pattern: /\.(?:getByName|idFromName|idFromString|newUniqueId)\(/,
    allowed: ["src/tenant-object.ts", "src/http/routes/health.ts"],
  },
  {
    name: "comes to an object by another way than its methods",
    pattern: /\.fetch\(/,
    // The root's own app, and the one door there is.
    allowed: ["src/index.ts", "src/tenant-object.ts"],
  },
  {
    name: "takes a caller as it was sent",
    pattern: /\bwhoIsThere\(/,
    allowed: ["src/domain/stream-door.ts", "durable-objects/tenant/stream-calls.ts"],
  },
  {
    name: "fetches over the network",
    pattern: /(?<![.\w]|\basync )fetch\(/,
    allowed: ["src/http/authenticator.ts", "src/webhooks/outbound.ts", "durable-objects/tenant/custody.ts"],
  },
  {
    name: "keeps something in module scope that may change",
    pattern:
      /^(?:export )?(?:let |const \w+(?:: (?!Readonly)[^=]+)? = new (?:Map|WeakMap|Array|AsyncLocalStorage)\b)/m,
    // Each is keyed by the deployment's configuration, a route or a shipped profile, or holds nothing by itself.
    allowed: [
      "src/env.ts",
      "src/http/authenticator.ts",
      "src/http/operation.ts",
      "src/http/runnable-profile.ts",
      "src/http/signing.ts",
      "src/telemetry/logger.ts",
      "src/webhooks/outbound.ts",
    ],
  },
];

const breachesIn = (file: string, source: string): readonly string[] =>
  RULES.filter(({ pattern, allowed }) => !allowed.includes(file) && pattern.test(code(source))).map(
    ({ name }) => `${file}: ${name}`,
  );

describe("the sources", () => {
  it("keep tenants apart by construction", () => {
    expect(sourceFiles.flatMap(([file, source]) => breachesIn(file, source))).toEqual([]);
  });

  it.each(
    RULES.flatMap(({ name, pattern, allowed }) => allowed.map((file) => [name, file, pattern] as const)),
  )("need the exception: %s in %s", (_name, file, pattern) => {
    const source = sourceFiles.find(([path]) => path === file)?.[1] ?? "";
    expect(code(source)).toMatch(pattern);
  });
});

describe("the checker finds a planted", () => {
  it.each([
    ["context", "src/http/routes/x.ts", "const context = vouchFor({ ...body });", "makes a tenant context"],
    ["line", "src/queues/x.ts", "console.log(tenantId);", "writes to the console"],
    ["message", "src/http/x.ts", "await queue.send({ tenantId });", "sends to a queue"],
    ["batch", "durable-objects/tenant/x.ts", "await queue.sendBatch(rows);", "sends to a queue"],
    ["object name", "src/http/routes/x.ts", "env.TENANTS.getByName(c.req.param(`id`));", "names an object"],
    ["object id", "src/queues/x.ts", "env.TENANTS.idFromName(message.tenant);", "names an object"],
    ["door", "src/http/x.ts", "await stub.fetch(c.req.raw);", "comes to an object by another way"],
    ["caller", "durable-objects/tenant/x.ts", "const asked = whoIsThere(request.headers);", "takes a caller"],
    ["request", "src/auth/x.ts", "const keys = await fetch(header.jku);", "fetches over the network"],
    ["global", "src/http/x.ts", "let current = null;", "keeps something in module scope"],
    ["cache", "src/http/x.ts", "const jobs = new Map<string, Job>();", "keeps something in module scope"],
    [
      "typed cache",
      "src/http/x.ts",
      "const jobs: Map<string, Job> = new Map();",
      "keeps something in module scope",
    ],
  ])("%s", (_name, file, source, breach) => {
    expect(breachesIn(file, source).join()).toContain(breach);
  });

  it("and lets pass what is none", () => {
    const source =
      "const KNOWN: ReadonlyMap<string, string> = new Map([]);\n  let inside = 1;\n// console.log()";
    expect(breachesIn("src/http/x.ts", source)).toEqual([]);
  });
});
