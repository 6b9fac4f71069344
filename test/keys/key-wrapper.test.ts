import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customerWrapper } from "../../src/keys/customer-wrapper";
import type { KeyWrapper } from "../../src/keys/key-wrapper";
import { RootKeyWrapper } from "../../src/keys/root-key-wrapper";
import { tenantId } from "../support/tenant-id";
import { fakeKms, KMS_JSON, kmsWrapper, OTHER_ARN, portsTo } from "./kms-support";

/** What every wrapper promises, over each of them and a second one of its kind with another key. */

const REFUSED = { ok: false, error: "refused" };
const A1 = { tenantId: tenantId("t_a"), version: 1 };
const B1 = { tenantId: tenantId("t_b"), version: 1 };
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function customer(): readonly [KeyWrapper, KeyWrapper] {
  const kms = fakeKms();
  const made = [KMS_JSON, { ...KMS_JSON, key_id: OTHER_ARN }].map((settings) => {
    const wrapper = customerWrapper(settings, portsTo(kms.fetch));
    if (!wrapper.ok) throw new Error(wrapper.error);
    return wrapper.value;
  });
  return [made[0]!, made[1]!];
}

function platform(): readonly [KeyWrapper, KeyWrapper] {
  const kms = fakeKms();
  return [kmsWrapper(kms), kmsWrapper(kms, { key_id: OTHER_ARN })];
}

const root = (): readonly [KeyWrapper, KeyWrapper] => [
  new RootKeyWrapper(randomBytes(32)),
  new RootKeyWrapper(randomBytes(32)),
];

describe.each([
  ["a root key", root],
  ["a KMS", platform],
  ["a customer's KMS", customer],
])("%s", (_name, make) => {
  const [wrapper, other] = make();
  const key = randomBytes(32);
  const wrap = async (by: KeyWrapper, context = A1, bytes: Uint8Array = key) => {
    const wrapped = await by.wrap(context, bytes);
    if (!wrapped.ok) throw new Error(wrapped.error);
    return wrapped.value;
  };

  it("opens for the context what it wrapped for it, also in another instance's hands", async () => {
    const opened = await wrapper.unwrap(A1, await wrap(wrapper));
    expect(opened.ok && Buffer.from(opened.value).equals(key)).toBe(true);
  });

  it("never makes the same text twice, and none that holds the key", async () => {
    const texts = [await wrap(wrapper), await wrap(wrapper)];
    expect(texts[0]).not.toBe(texts[1]);
    for (const text of texts)
      expect(Buffer.from(text.slice(3), "base64url").includes(key.subarray(0, 8))).toBe(false);
  });

  it.each([
    ["another tenant", B1],
    ["another version", { ...A1, version: 2 }],
    ["a version whose digits run on", { tenantId: tenantId("t_a1"), version: 1 }],
  ])("refuses to open for %s", async (_case, context) => {
    expect(await wrapper.unwrap(context, await wrap(wrapper))).toEqual(REFUSED);
  });

  it("refuses what another key wrapped, and what was swapped between tenants", async () => {
    expect(await wrapper.unwrap(A1, await wrap(other))).toEqual(REFUSED);
    const [ofA, ofB] = [await wrap(wrapper, A1), await wrap(wrapper, B1)];
    expect(await wrapper.unwrap(A1, ofB)).toEqual(REFUSED);
    expect(await wrapper.unwrap(B1, ofA)).toEqual(REFUSED);
  });

  it("refuses its text with any one character altered", async () => {
    const text = await wrap(wrapper);
    for (let at = 0; at < text.length; at++)
      for (const step of [1, 32]) {
        const index = BASE64URL.indexOf(text[at]!);
        const letter = index < 0 ? "A" : BASE64URL[(index + step) % 64];
        const altered = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        expect(await wrapper.unwrap(A1, altered), `at ${at}`).toEqual(REFUSED);
      }
  });

  it("refuses its text cut short anywhere, lengthened, padded or spelt otherwise", async () => {
    const text = await wrap(wrapper);
    for (let length = 0; length < text.length; length++)
      expect(await wrapper.unwrap(A1, text.slice(0, length)), `${length}`).toEqual(REFUSED);
    for (const altered of [
      `${text}A`,
      `${text}AAAA`,
      `${text}=`,
      ` ${text}`,
      `${text}\n`,
      text.toUpperCase(),
    ])
      expect(await wrapper.unwrap(A1, altered)).toEqual(REFUSED);
  });

  it("refuses parts of two of its texts put together", async () => {
    const [one, two] = [await wrap(wrapper), await wrap(wrapper, A1, randomBytes(32))];
    for (let at = 16; at < one.length; at += 8) {
      const spliced = one.slice(0, at) + two.slice(at);
      // The last few characters of both may be the same ones.
      if (spliced !== one) expect(await wrapper.unwrap(A1, spliced)).toEqual(REFUSED);
    }
  });

  it("refuses any other text and never throws", async () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom("w1.", "k1."), fc.uint8Array({ maxLength: 200 }))
        .map(([prefix, bytes]) => prefix + Buffer.from(bytes).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (any) => {
        expect(await wrapper.unwrap(A1, any)).toEqual(REFUSED);
      }),
    );
  });

  it.each([0, 16, 31, 33, 64])("takes no key of %i bytes", async (length) => {
    await expect(wrapper.wrap(A1, randomBytes(length))).rejects.toThrow("32 bytes");
  });

  it("shows nothing of its secrets when it is printed", () => {
    expect(JSON.stringify(wrapper)).toBe(JSON.stringify({ id: wrapper.id }));
  });
});
