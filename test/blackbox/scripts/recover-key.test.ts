import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CompactEncrypt, exportJWK, generateKeyPair, type JWK } from "jose";

const ROOT = join(import.meta.dirname, "../../..");
const KEY = randomBytes(32);
const ROOT_KEY = randomBytes(32);

let folder: string;
let privateFile: string;
let privateJwk: JWK;
let jwe: string;

/** Sealed by hand, as the format is described, so that the command is tried on more than its own writing. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "validahub-recovery-"));
  privateFile = join(folder, "recovery.json");
  const { publicKey, privateKey } = await generateKeyPair("ECDH-ES+A256KW", { extractable: true });
  privateJwk = await exportJWK(privateKey);
  writeFileSync(privateFile, JSON.stringify(privateJwk));
  jwe = await new CompactEncrypt(KEY)
    .setProtectedHeader({
      alg: "ECDH-ES+A256KW",
      enc: "A256GCM",
      typ: "validahub-recovery+jwe",
      tenant_id: "t_acme",
      key_version: 3,
    })
    .encrypt(publicKey);
});
after(() => rmSync(folder, { recursive: true }));

function recoverKey(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/recover-key.ts", ...args], {
    cwd: ROOT,
    input,
    encoding: "utf8",
  });
  const lines = stdout.trimEnd().split("\n");
  const fields = Object.fromEntries(lines.map((line) => line.split(" ", 2) as [string, string]));
  return { status, stdout, stderr, fields };
}

function assertSilent(text: string): void {
  const secrets = [KEY, ROOT_KEY].flatMap((key) => [key.toString("hex"), key.toString("base64url")]);
  for (const secret of [...secrets, String(privateJwk.d)]) assert.ok(!text.includes(secret.slice(0, 12)));
}

describe("recover-key", () => {
  const expected = {
    tenant: "t_acme",
    version: "3",
    fingerprint: createHash("sha256").update(KEY).digest("hex"),
  };

  it("prints tenant, version and fingerprint, and never the key", () => {
    const { status, fields, stdout, stderr } = recoverKey("", "--private", privateFile, "--jwe", jwe);
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.deepEqual(fields, expected);
    assertSilent(stdout);
  });

  it("reads the JWE from standard input", () => {
    const { status, fields } = recoverKey(`${jwe}\n`, "--private", privateFile, "--jwe", "-");
    assert.equal(status, 0);
    assert.deepEqual(fields, expected);
  });

  for (const [from, option] of [
    ["the option", () => ROOT_KEY.toString("base64url")],
    [
      "a file",
      () => {
        writeFileSync(join(folder, "root.txt"), `${ROOT_KEY.toString("base64url")}\n`);
        return `@${join(folder, "root.txt")}`;
      },
    ],
  ] as const) {
    it(`wraps the key anew by a root key from ${from}`, () => {
      const args = ["--private", privateFile, "--jwe", jwe, "--rewrap", option()];
      const { status, fields, stdout } = recoverKey("", ...args);
      assert.equal(status, 0);
      assert.match(fields["wrapper"] ?? "", /^root:[0-9a-f]{16}$/);
      assert.deepEqual(unwrapByHand(fields["wrapped"] ?? "", fields["wrapper"] ?? ""), KEY);
      assertSilent(stdout);
    });
  }

  it("fails plainly with another private key, or when the JWE was altered", async () => {
    const other = join(folder, "other.json");
    const { privateKey } = await generateKeyPair("ECDH-ES+A256KW", { extractable: true });
    writeFileSync(other, JSON.stringify(await exportJWK(privateKey)));
    const parts = jwe.split(".");
    const altered = parts
      .with(
        3,
        (parts[3] ?? "").replace(/^./, (c) => (c === "A" ? "B" : "A")),
      )
      .join(".");
    for (const [file, text] of [
      [other, jwe],
      [privateFile, altered],
      [privateFile, "nothing"],
    ] as const) {
      const { status, stdout, stderr } = recoverKey("", "--private", file, "--jwe", text);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^The JWE does not open with this private key.*\n$/);
      assertSilent(stderr);
    }
  });

  it("repeats nothing of a private key or root key that it cannot read", () => {
    const broken = join(folder, "broken.json");
    writeFileSync(broken, `{"d": "${privateJwk.d}"`);
    const noKey = recoverKey("", "--private", broken, "--jwe", jwe);
    const padded = `${ROOT_KEY.toString("base64url")}=`;
    const noRoot = recoverKey("", "--private", privateFile, "--jwe", jwe, "--rewrap", padded);
    for (const { status, stdout, stderr } of [noKey, noRoot]) {
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assertSilent(stderr);
    }
  });

  it("shows its usage when it is called wrongly", () => {
    for (const args of [[], ["--private", privateFile], ["--jwe", jwe], ["--what"]]) {
      const { status, stderr } = recoverKey("", ...args);
      assert.equal(status, 2);
      assert.match(stderr, /usage: npm run --silent recover-key/);
    }
  });
});

/** The root key's text form (docs/keys.md), read without the code that writes it. */
function unwrapByHand(wrapped: string, wrapperId: string): Buffer {
  assert.match(wrapped, /^w1\./);
  const bytes = Buffer.from(wrapped.slice(3), "base64url");
  const info = "validahub-edge root-key wrap";
  const derived = Buffer.from(hkdfSync("sha256", ROOT_KEY, bytes.subarray(0, 32), info, 64));
  assert.deepEqual(bytes.subarray(32, 64), derived.subarray(32));
  const decipher = createDecipheriv("aes-256-gcm", derived.subarray(0, 32), bytes.subarray(64, 76));
  decipher.setAAD(Buffer.from(JSON.stringify(["validahub tenant key", "t_acme", 3, wrapperId])));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(76, -16)), decipher.final()]);
}
