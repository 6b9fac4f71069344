import { exports } from "cloudflare:workers";
import { parseTenantId, type TenantId } from "../../src/domain/tenant-id";
import { migratedDirectory, migratedShard } from "./d1";
import { adminToken, tenantToken } from "./tokens";

const ORIGIN = "https://api.test";

/** A tenant id that no other test uses. */
export const freshTenantId = (): TenantId => {
  const id = parseTenantId(`t_${crypto.randomUUID().replaceAll("-", "_")}`);
  if (id === null) throw new Error("unreachable");
  return id;
};

export interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

/** One request through the whole Worker. */
export async function request(method: string, path: string, call: Call = {}): Promise<Response> {
  const headers = new Headers(call.headers);
  if (call.token !== undefined) headers.set("authorization", `Bearer ${call.token}`);
  if (call.body !== undefined && !headers.has("content-type"))
    headers.set("content-type", "application/json");
  const body = typeof call.body === "string" ? call.body : JSON.stringify(call.body);
  return exports.default.fetch(
    new Request(new URL(path, ORIGIN), { method, headers, ...(call.body !== undefined && { body }) }),
  );
}

export interface TestTenant {
  readonly id: TenantId;
  readonly token: string;
  call(method: string, path: string, call?: Call): Promise<Response>;
  json<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  upload(filename: string, text: string): Promise<string>;
}

let migrated: Promise<unknown> | undefined;

/** Storage is isolated per test file, and so is this module. */
const migrations = (): Promise<unknown> =>
  (migrated ??= Promise.all([
    migratedDirectory(),
    ...(["SHARD_0", "SHARD_1", "SHARD_2", "SHARD_3"] as const).map((name) => migratedShard(name)),
  ]));

/** A provisioned tenant of its own, with a token for everything. */
export async function freshTenant(
  provision: { tier?: string; overrides?: Record<string, unknown> } = {},
): Promise<TestTenant> {
  await migrations();
  const id = freshTenantId();
  const made = await request("POST", "/admin/v1/tenants", {
    token: await adminToken(),
    body: { tenant_id: id, name: "Test", tier: "enterprise", ...provision },
  });
  if (made.status !== 201) throw new Error(`Provisioning answered ${made.status}: ${await made.text()}`);
  const token = await tenantToken(id);
  const call = (method: string, path: string, options: Call = {}) =>
    request(method, path, { token, ...options });
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await call(method, path, body === undefined ? {} : { body });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json<T>();
  };
  const upload = async (filename: string, text: string): Promise<string> => {
    const bytes = new TextEncoder().encode(text);
    const announced = await json<{ upload_url: string; file_ref: string }>("POST", "/v1/uploads", {
      filename,
      size: bytes.length,
    });
    const put = await exports.default.fetch(
      new Request(announced.upload_url, { method: "PUT", body: bytes }),
    );
    if (put.status !== 200) throw new Error(`PUT answered ${put.status}: ${await put.text()}`);
    await put.body?.cancel();
    return announced.file_ref;
  };
  return { id, token, call, json, upload };
}

/** Polls until `done` holds; a test that waits for the platform's own alarms and queues has no other clock. */
export async function eventually<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await read();
    if (done(value)) return value;
    await scheduler.wait(25);
  }
  throw new Error("It did not come to pass within 10 s.");
}
