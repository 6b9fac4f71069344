import { announce, send, urlOf } from "../../support/multipart";
import { eventually, freshTenant, freshTenantId, request, type TestTenant } from "../../support/tenants";
import { adminToken, sign } from "../../support/tokens";
import { freshCanary } from "./likeness";

/** High enough that no attempt is refused for its rate. */
const RATE = { sustained: 100_000, burst: 1_000_000 };

interface Made {
  readonly id: string;
  readonly status: string;
}

export interface Used {
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** A tenant with something of every kind there is; each text that it chose holds its canary. */
export interface Populated {
  readonly tenant: TestTenant;
  readonly canary: string;
  readonly jobs: Readonly<
    Record<"succeeded" | "failed" | "queued" | "retried" | "cancelled" | "batched", string>
  >;
  readonly files: Readonly<Record<"uploaded" | "broken" | "awaiting" | "parted", string>>;
  readonly fileRefs: readonly string[];
  readonly keys: Readonly<Record<"good" | "rotated" | "revoked", string>>;
  readonly shreds: Readonly<Record<"field", string>>;
  readonly webhooks: Readonly<Record<"enabled" | "disabled", string>>;
  readonly profiles: Readonly<Record<"draft" | "validated" | "published" | "deprecated", string>>;
  readonly webhookSecret: string;
  /** For which labels were accepted. */
  readonly channel: string;
  readonly access: Readonly<Record<"active" | "ended", string>>;
  readonly secrets: Readonly<Record<"good" | "rotated" | "support", string>>;
  /** A token that names this tenant and one more. */
  readonly tokenOfSeveral: string;
  readonly links: Readonly<Record<"output" | "report" | "put" | "part" | "complete" | "abort", string>>;
  readonly cursors: Readonly<Record<"jobs" | "findings" | "keys" | "access", string>>;
  /** SHA-256 of the uploaded file. */
  readonly digest: string;
  readonly uploadId: string;
  readonly partEtag: string;
  readonly eventId: string;
  /** The newest event's, `EPOCH-SEQ`. */
  readonly place: string;
  readonly requestId: string;
  readonly traceId: string;
  /** By operation: the Idempotency-Keys that were used, with their payload. */
  readonly used: Readonly<Record<string, readonly Used[]>>;
}

export interface Size {
  /** Rows with a finding each, and findings on a page: where the cursor of the findings stands. */
  readonly rows: number;
  readonly pageRows: number;
  /** Jobs that were cancelled, one at least: two events each. */
  readonly cancelled: number;
}

export async function populate({ rows, pageRows, cancelled }: Size): Promise<Populated> {
  const tenant = await freshTenant({ overrides: { rate: RATE } });
  const canary = freshCanary();
  const requestId = crypto.randomUUID();
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const used: Record<string, Used[]> = {};
  const filename = `${canary}.csv`;

  /** A creating call under a key of the tenant's own. */
  const create = async <T>(operation: string, path: string, body: Used["body"] = null): Promise<T> => {
    const key = crypto.randomUUID();
    (used[operation] ??= []).push({ key, body });
    const headers = {
      "idempotency-key": key,
      "x-request-id": requestId,
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    };
    return read<T>(tenant.call("POST", path, body === null ? { headers } : { headers, body }));
  };
  const announceSmall = (name: string, size: number) =>
    create<{ file_id: string; file_ref: string; upload_url: string }>("post /v1/uploads", "/v1/uploads", {
      filename: name,
      size,
    });
  const submit = (fileRef: string) => create<Made>("post /v1/jobs", "/v1/jobs", jobOf(fileRef, canary));
  const run = async (fileRef: string): Promise<string> => {
    const { id } = await submit(fileRef);
    const ended = () => tenant.json<Made>("GET", `/v1/jobs/${id}`);
    await eventually(ended, ({ status }) => status === "succeeded" || status === "failed");
    return id;
  };

  const uploaded = await tenant.upload(filename, catalogue(canary, rows));
  const broken = await tenant.upload(`broken-${filename}`, "");
  const succeeded = await run(uploaded);
  const failed = await run(broken);
  await operate("PATCH", `/admin/v1/tenants/${tenant.id}`, {
    name: `${canary} Ltda`,
    overrides: { rate: RATE, running_jobs: 0 },
  });
  let cancelledJob = "";
  for (let count = 0; count < cancelled; count++) {
    cancelledJob = (await submit(uploaded)).id;
    await tenant.json("POST", `/v1/jobs/${cancelledJob}/cancel`);
  }
  const admin = await adminToken();
  const shred = await operate<Made>("POST", `/admin/v1/tenants/${tenant.id}/shred`, {
    scope: "field",
    job_id: cancelledJob,
    fields: ["callback_url"],
    reason: `${canary}: shreds a field`,
  });
  // The key is replaced for it, which an upload in parts would hold up; none of that goes on during the attempts.
  const shredded = () =>
    read<Made>(request("GET", `/admin/v1/tenants/${tenant.id}/shreds/${shred.id}`, { token: admin }));
  await eventually(shredded, ({ status }) => status === "complete");

  const queued = await submit(uploaded);
  const batched = await create<Made>("post /v1/jobs/batch", "/v1/jobs/batch", batchOf(uploaded, canary));
  const retried = await create<Made>("post /v1/jobs/{job_id}/retry", `/v1/jobs/${failed}/retry`);

  const awaiting = await announceSmall(`awaiting-${filename}`, 6);
  const parted = await announce(tenant, { filename: `parted-${filename}` });
  const lastPart = await send(urlOf(parted, 3), { method: "PUT", body: "1234567" });
  const { etag } = await read<{ etag: string }>(Promise.resolve(lastPart));

  const makeKey = (name: string) =>
    create<{ id: string; key: string }>("post /v1/api-keys", "/v1/api-keys", {
      name: `${canary}-${name}`,
      scopes: [
        "jobs:read",
        "jobs:write",
        "files:read",
        "files:write",
        "events:read",
        "keys:read",
        "keys:write",
      ],
    });
  const [good, rotated, revoked] = [
    await makeKey("good"),
    await makeKey("rotated"),
    await makeKey("revoked"),
  ];
  const rotate = `/v1/api-keys/${rotated.id}/rotate`;
  const { key: rotatedText } = await create<{ key: string }>("post /v1/api-keys/{key_id}/rotate", rotate, {});
  await tenant.call("DELETE", `/v1/api-keys/${revoked.id}`);

  const grant = (reason: string) =>
    operate<{ id: string; key: string }>("POST", `/admin/v1/tenants/${tenant.id}/support-access`, { reason });
  const ended = await grant(`${canary}: ended`);
  await tenant.call("DELETE", `/v1/support-access/${ended.id}`);
  const active = await grant(`${canary}: looks at a job`);

  const profiles = {
    draft: `${canary}@1.0.0`,
    validated: `${canary}@1.1.0`,
    published: `${canary}@0.2.0`,
    deprecated: `${canary}@0.1.0`,
  };
  for (const id of [profiles.deprecated, profiles.published, profiles.draft, profiles.validated])
    await tenant.json("PUT", `/v1/rules/${id}`, { name: canary, rules: [] });
  for (const id of [profiles.deprecated, profiles.published])
    await create("post /v1/rules/{profile_id}/publish", `/v1/rules/${id}/publish`);
  await tenant.json("POST", `/v1/rules/${profiles.deprecated}/deprecate`, { reason: canary });
  await tenant.json("POST", `/v1/rules/${profiles.validated}/validate`);
  await create("post /v1/rules/import", "/v1/rules/import", {
    format: "json-schema",
    schema: { properties: { [canary]: {} } },
    channel: "imported",
    version: "1.0.0",
  });

  const channel = `${canary}_labels`.replaceAll("-", "_");
  await tenant.json("PUT", `/v1/header-mappings/${channel}`, { mappings: { [canary]: "title" } });

  const makeHook = (name: string) =>
    create<{ id: string; secret: string }>("post /v1/webhooks", "/v1/webhooks", {
      url: `https://hooks.example.com/${canary}-${name}`,
      description: canary,
      // Of what does not happen here: how its delivery stands is the same throughout.
      event_types: ["rules.published"],
    });
  const [enabled, disabled] = [await makeHook("enabled"), await makeHook("disabled")];
  const hookCalls = [
    ["rotate-secret", {}],
    ["replay", { from_sequence: "1-1" }],
  ] as const;
  for (const [call, body] of hookCalls)
    await create(`post /v1/webhooks/{webhook_id}/${call}`, `/v1/webhooks/${enabled.id}/${call}`, body);
  await tenant.json("PATCH", `/v1/webhooks/${disabled.id}`, { status: "disabled" });

  const cursorOf = async (path: string): Promise<string> => {
    const { meta } = await tenant.json<{ meta: { next_cursor: string | null } }>("GET", path);
    if (meta.next_cursor === null) throw new Error(`${path} is one page only.`);
    return meta.next_cursor;
  };
  const linkTo = async (artifact: string): Promise<string> =>
    (
      await tenant.json<{ download_url: string }>(
        "GET",
        `/v1/jobs/${succeeded}/download?artifact=${artifact}`,
      )
    ).download_url;
  const { sha256 } = await tenant.json<{ sha256: string }>("GET", `/v1/files/${idIn(uploaded)}`);
  const { data, last } = await tenant.json<{ data: { id: string }[]; last: string }>("GET", "/v1/events");

  return {
    tenant,
    canary,
    jobs: {
      succeeded,
      failed,
      queued: queued.id,
      retried: retried.id,
      cancelled: cancelledJob,
      batched: batched.id,
    },
    files: {
      uploaded: idIn(uploaded),
      broken: idIn(broken),
      awaiting: awaiting.file_id,
      parted: parted.file_id,
    },
    fileRefs: [uploaded, broken, awaiting.file_ref, parted.file_ref],
    keys: { good: good.id, rotated: rotated.id, revoked: revoked.id },
    access: { active: active.id, ended: ended.id },
    shreds: { field: shred.id },
    webhooks: { enabled: enabled.id, disabled: disabled.id },
    profiles,
    channel,
    webhookSecret: enabled.secret,
    secrets: { good: good.key, rotated: rotatedText, support: active.key },
    tokenOfSeveral: await sign({ tenants: [tenant.id, freshTenantId()], scope: "jobs:read" }),
    links: {
      output: await linkTo("output"),
      report: await linkTo("report"),
      put: awaiting.upload_url,
      part: urlOf(parted, 3),
      complete: parted.complete_url,
      abort: parted.abort_url,
    },
    cursors: {
      jobs: await cursorOf("/v1/jobs?limit=1"),
      findings: await cursorOf(`/v1/jobs/${succeeded}/findings?limit=${pageRows}`),
      keys: await cursorOf("/v1/api-keys?limit=1"),
      access: await cursorOf("/v1/support-access?limit=1"),
    },
    digest: sha256,
    uploadId: new URL(parted.abort_url).searchParams.get("upload") ?? "",
    partEtag: etag,
    eventId: data[0]?.id ?? "",
    place: last,
    requestId,
    traceId,
    used,
  };
}

/** A submission all of whose free texts hold the canary. */
export const jobOf = (fileRef: string, canary: string): Record<string, unknown> => ({
  channel: "default",
  type: "correction",
  file_ref: fileRef,
  rules_profile_id: "default@1.0.0",
  seller_id: `${canary}-seller`,
  callback_url: `https://hooks.test/${canary}`,
  metadata: { note: canary },
});

/** The same file for two channels. */
export const batchOf = (fileRef: string, canary: string): Record<string, unknown> => {
  const { channel: _channel, rules_profile_id: id, ...common } = jobOf(fileRef, canary);
  return { ...common, targets: [{ rules_profile_id: id }, { rules_profile_id: "mercado_livre@latest" }] };
};

const idIn = (fileRef: string): string => fileRef.split("/")[1] ?? "";

/** Each row has a price that is no price, with the canary in it, so that the findings hold it as well. */
const catalogue = (canary: string, rows: number): string =>
  [
    "sku,title,price,stock,category,status",
    ...Array.from({ length: rows }, (_row, index) => `S${index},${canary},${canary},1,Home,active`),
  ].join("\n");

async function operate<T>(method: string, path: string, body: unknown): Promise<T> {
  return read<T>(request(method, path, { token: await adminToken(), body }));
}

async function read<T>(answer: Promise<Response>): Promise<T> {
  const response = await answer;
  if (!response.ok) throw new Error(`The setting answered ${response.status}: ${await response.text()}`);
  return response.json<T>();
}
