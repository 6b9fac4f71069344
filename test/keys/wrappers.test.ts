import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AwsKmsWrapper, type FetchKms } from "../../src/keys/aws-kms-wrapper";
import { customerWrapper } from "../../src/keys/customer-wrapper";
import { readWrappers } from "../../src/keys/read-wrappers";
import { RootKeyWrapper } from "../../src/keys/root-key-wrapper";
import { Wrappers } from "../../src/keys/wrappers";
import { tenantId } from "../support/tenant-id";
import { refusal } from "./fake-kms";
import {
  fakeKms,
  KEY_ARN,
  KMS_JSON,
  kmsSettings,
  kmsWrapper,
  OTHER_ARN,
  portsTo,
  SECRET,
} from "./kms-support";

const A1 = { tenantId: tenantId("t_a"), version: 1 };
const REFUSED = { ok: false, error: "refused" };
const root = () => randomBytes(32).toString("base64url");
const nowhere = portsTo(async () => Response.error());

async function wrapped(wrappers: Wrappers, key: Uint8Array) {
  const outcome = await wrappers.wrap(A1, key);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

describe("several wrappers", () => {
  it("wrap by the first, and each opens what bears its id", async () => {
    const kms = fakeKms();
    const rootText = root();
    const key = randomBytes(32);
    const before = readWrappers({ rootKey: rootText, kms: "" }, nowhere);
    const old = await wrapped(before, key);
    expect(old.wrapperId).toBe(before.currentId);
    expect(old.wrapperId).toMatch(/^root:[0-9a-f]{16}$/);

    const after = readWrappers(
      { rootKey: `${root()},${rootText}`, kms: JSON.stringify(KMS_JSON) },
      portsTo(kms.fetch),
    );
    const recent = await wrapped(after, key);
    expect(recent.wrapperId).toBe(`kms:${KEY_ARN}`);
    expect(after.currentId).toBe(recent.wrapperId);
    for (const either of [old, recent]) {
      const opened = await after.unwrap(A1, either);
      expect(opened.ok && key.equals(opened.value)).toBe(true);
    }
    expect(await before.unwrap(A1, recent)).toEqual(REFUSED);
  });

  it("refuse an unknown id, a swapped one and an inherited name", async () => {
    const [one, two] = [new RootKeyWrapper(randomBytes(32)), new RootKeyWrapper(randomBytes(32))];
    const wrappers = new Wrappers([one, two]);
    const { text } = await wrapped(wrappers, randomBytes(32));
    for (const wrapperId of [two.id, "", "root:0000000000000000", "__proto__", "constructor"])
      expect(await wrappers.unwrap(A1, { wrapperId, text })).toEqual(REFUSED);
  });

  it("put a customer's in front, and keep the others for what they wrapped", async () => {
    const kms = fakeKms();
    const platform = readWrappers({ rootKey: root(), kms: "" }, nowhere);
    const key = randomBytes(32);
    const old = await wrapped(platform, key);
    const customer = customerWrapper(KMS_JSON, portsTo(kms.fetch));
    if (!customer.ok) throw new Error(customer.error);
    const both = platform.preferring(customer.value).preferring(customer.value);
    expect(both.currentId).toBe(`customer:${KEY_ARN}`);
    const recent = await wrapped(both, key);
    expect((await both.unwrap(A1, old)).ok).toBe(true);
    expect((await both.unwrap(A1, recent)).ok).toBe(true);
    kms.setState(KEY_ARN, "disabled");
    expect(await both.unwrap(A1, recent)).toEqual(REFUSED);
    expect((await both.unwrap(A1, old)).ok).toBe(true);
  });

  it("hand out no wrapped key that cannot be opened again", async () => {
    const kms = fakeKms();
    const key = randomBytes(32);
    const encryptOnly: FetchKms = async (url, init) =>
      new Headers(init.headers).get("x-amz-target") === "TrentService.Decrypt"
        ? refusal("AccessDeniedException")
        : kms.fetch(url, init);
    const otherKey: FetchKms = async (url, init) =>
      new Headers(init.headers).get("x-amz-target") === "TrentService.Decrypt"
        ? Response.json({ Plaintext: randomBytes(32).toString("base64") })
        : kms.fetch(url, init);
    for (const fetchKms of [encryptOnly, otherKey]) {
      const wrappers = new Wrappers([new AwsKmsWrapper(kmsSettings(), portsTo(fetchKms))]);
      expect(await wrappers.wrap(A1, key)).toEqual(REFUSED);
    }
  });

  it("say that it is an outage when the first is down, and do not fall back to another", async () => {
    const kms = fakeKms();
    let isDown = true;
    const flaky: FetchKms = async (url, init) => (isDown ? refusal("Down", "", 503) : kms.fetch(url, init));
    const wrappers = readWrappers({ rootKey: root(), kms: JSON.stringify(KMS_JSON) }, portsTo(flaky));
    expect(await wrappers.wrap(A1, randomBytes(32))).toEqual({ ok: false, error: "unavailable" });
    isDown = false;
    const recent = await wrapped(wrappers, randomBytes(32));
    isDown = true;
    expect(await wrappers.unwrap(A1, recent)).toEqual({ ok: false, error: "unavailable" });
  });

  it("are not two of the same id", () => {
    const kms = fakeKms();
    expect(() => new Wrappers([kmsWrapper(kms), kmsWrapper(kms)])).toThrow("same id");
  });
});

describe("readWrappers", () => {
  it("takes a KMS alone, and a list of them, newest first", () => {
    const kms = (value: unknown) =>
      readWrappers({ rootKey: "", kms: JSON.stringify(value) }, nowhere).currentId;
    expect(kms(KMS_JSON)).toBe(`kms:${KEY_ARN}`);
    expect(kms([{ ...KMS_JSON, key_id: OTHER_ARN }, KMS_JSON])).toBe(`kms:${OTHER_ARN}`);
  });

  const twice = root();
  it.each<[string, string, string]>([
    ["ROOT_KEY", "", ""],
    ["ROOT_KEY", "short", ""],
    ["ROOT_KEY", `${twice},${twice}`, ""],
    ["KMS", "", "{"],
    ["KMS", "", `${SECRET}`],
    ["KMS", "", "[]"],
    ["KMS", "", "null"],
    ["KMS", "", JSON.stringify({ ...KMS_JSON, region: 1 })],
    ["KMS", "", JSON.stringify([KMS_JSON, KMS_JSON])],
    ["KMS", "", JSON.stringify({ ...KMS_JSON, endpoint: "http://127.0.0.1:1" })],
  ])("names %s where it is malformed: %s %s", (name, rootKey, kms) => {
    const read = () => readWrappers({ rootKey, kms }, nowhere);
    expect(read).toThrow(new RegExp(`^Configuration .*\\b${name}\\b`));
    expect(read).not.toThrow(SECRET);
    expect(read).not.toThrow(twice);
  });

  it("takes http on the loopback only where that is allowed", () => {
    const kms = JSON.stringify({ ...KMS_JSON, endpoint: "http://127.0.0.1:1" });
    expect(readWrappers({ rootKey: "", kms }, { ...nowhere, allowLoopback: true }).currentId).toBe(
      `kms:${KEY_ARN}`,
    );
  });
});

describe("a customer's settings", () => {
  it("may leave the type out, and are refused by the member's name", () => {
    const { type: _, ...settings } = KMS_JSON;
    expect(customerWrapper(settings, nowhere)).toMatchObject({
      ok: true,
      value: { id: `customer:${KEY_ARN}` },
    });
    const refused = customerWrapper({ ...settings, key_id: `alias/${SECRET}` }, nowhere);
    expect(refused).toEqual({ ok: false, error: "key_id must be a key's ARN or id, not an alias." });
  });
});
