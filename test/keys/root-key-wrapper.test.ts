import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readRootKeys, RootKeyWrapper } from "../../src/keys/root-key-wrapper";
import { tenantId } from "../support/tenant-id";

const root = () => randomBytes(32).toString("base64url");

describe("a root key", () => {
  it("has an id that is a digest of something derived from it", () => {
    const bytes = randomBytes(32);
    const derived = new Uint8Array(hkdfSync("sha256", bytes, "", "validahub-edge root-key id", 32));
    const digest = createHash("sha256").update(derived).digest("hex");
    expect(new RootKeyWrapper(bytes).id).toBe(`root:${digest.slice(0, 16)}`);
    expect(new RootKeyWrapper(randomBytes(32)).id).not.toBe(`root:${digest.slice(0, 16)}`);
  });

  it("is kept as a copy, so that wiping the text's bytes does not change it", async () => {
    const bytes = randomBytes(32);
    const wrapper = new RootKeyWrapper(bytes);
    const context = { tenantId: tenantId("t_a"), version: 1 };
    const wrapped = await wrapper.wrap(context, randomBytes(32));
    bytes.fill(0);
    expect(wrapped.ok && (await wrapper.unwrap(context, wrapped.value)).ok).toBe(true);
  });

  it("commits to itself: 32 bytes of the text follow from root and salt, and no other root has them", async () => {
    const bytes = randomBytes(32);
    const wrapped = await new RootKeyWrapper(bytes).wrap(
      { tenantId: tenantId("t_a"), version: 1 },
      randomBytes(32),
    );
    const text = Buffer.from(wrapped.ok ? wrapped.value.slice(3) : "", "base64url");
    const commitmentBy = (by: Uint8Array) =>
      Buffer.from(hkdfSync("sha256", by, text.subarray(0, 32), "validahub-edge root-key wrap", 64)).subarray(
        32,
      );
    expect(text.length).toBe(32 + 32 + 12 + 32 + 16);
    expect(text.subarray(32, 64).equals(commitmentBy(bytes))).toBe(true);
    expect(text.subarray(32, 64).equals(commitmentBy(randomBytes(32)))).toBe(false);
  });
});

describe("readRootKeys", () => {
  it("keeps the order, newest first, and takes white space between", () => {
    const [newer, older] = [root(), root()];
    const ids = readRootKeys(`${newer} , ${older}\n`).map(({ id }) => id);
    expect(ids).toEqual([readRootKeys(newer)[0]?.id, readRootKeys(older)[0]?.id]);
    expect(readRootKeys(" ")).toEqual([]);
  });

  it.each([
    ["too short", randomBytes(31).toString("base64url")],
    ["padded", `${root()}=`],
    ["in the other alphabet", `${"+/".repeat(22)}`],
    ["with an empty item", `${root()},`],
    ["with something in between", `${root()}!${root()}`],
  ])("refuses one that is %s without repeating it", (_case, text) => {
    expect(() => readRootKeys(text)).toThrow(/^Configuration ROOT_KEY: each key needs at least 32 bytes/);
    expect(() => readRootKeys(text)).not.toThrow(text.slice(0, 12));
  });
});
