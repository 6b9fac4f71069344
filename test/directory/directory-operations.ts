/** Every way through every method that runs SQL on the directory: what the lint is held against. */

import { Directory } from "../../src/directory/directory";
import { PlatformAudit } from "../../src/directory/platform-audit";
import type { Operation } from "../support/operations";
import { tenantId } from "../support/tenant-id";

const TENANT = tenantId("t_stated");

const NEW_TENANT = {
  tenantId: TENANT,
  name: "Acme",
  tier: "basic",
  overrides: {},
  locationHint: null,
} as const;
const ENTRY = {
  id: "entry",
  type: "operator.swept",
  actorId: "operator:1",
  subject: "tenants",
  requestId: null,
  data: {},
} as const;
const LETTER = { id: "letter", queue: "jobs-standard", reason: "none", body: "{}" };

const of = (
  method: string,
  run: (directory: Directory, audit: PlatformAudit) => Promise<unknown>,
  way = "as it is",
): Operation => ({ method, way, run: (db) => run(new Directory(db), new PlatformAudit(db)) });

export const DIRECTORY_OPERATIONS: readonly Operation[] = [
  of("Directory.place", (directory) => directory.place(TENANT)),
  of("Directory.begin", (directory) => directory.begin(NEW_TENANT, 1)),
  of("Directory.activate", (directory) => directory.activate(TENANT, { ...NEW_TENANT, status: "active" }, 2)),
  of("Directory.find", (directory) => directory.find(TENANT)),
  of("Directory.update", (directory) => directory.update(TENANT, { name: "X", status: "suspended" }, 3)),
  of("Directory.list", (directory) => directory.list({ limit: 2, cursor: null }), "from the front"),
  of("Directory.list", (directory) => directory.list({ limit: 2, cursor: "t_b" }), "after a page"),
  of("Directory.noteKeys", (directory) =>
    directory.noteKeys(
      [
        { tenantId: TENANT, version: 1, dueAtMs: 5 },
        { tenantId: TENANT, version: null, dueAtMs: null },
      ],
      4,
    ),
  ),
  of("Directory.overdueKeys", (directory) => directory.overdueKeys(9)),
  of("Directory.probe", (directory) => directory.probe()),
  of("PlatformAudit.record", (_directory, audit) => audit.record(ENTRY, 1)),
  of("PlatformAudit.list", (_directory, audit) => audit.list({ limit: 2, cursor: null }), "from the front"),
  of("PlatformAudit.list", (_directory, audit) => audit.list({ limit: 2, cursor: "e" }), "after a page"),
  of("PlatformAudit.keepDeadLetter", (_directory, audit) => audit.keepDeadLetter(LETTER, "kept", 1)),
  of("PlatformAudit.deadLetters", (_directory, audit) => audit.deadLetters({ limit: 2, cursor: null })),
  of("PlatformAudit.deadLetters", (_directory, audit) => audit.deadLetters({ limit: 2, cursor: "l" })),
  of("PlatformAudit.revokeToken", (_directory, audit) => audit.revokeToken("token", null, 1)),
  of("PlatformAudit.isRevoked", (_directory, audit) => audit.isRevoked("token", 1)),
];
