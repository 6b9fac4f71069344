import { exportJWK, generateKeyPair, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import {
  makeWebhookSecret,
  parseWebhookSecret,
  signWebhook,
  verifyWebhook,
  type Ed25519Signer,
} from "../../src/crypto/webhook-signature";
import { SigningKeys } from "../../src/keys/signing-keys";
import {
  MESSAGE,
  SECRET_TEXT,
  SIGNATURE,
  FORGED,
  hex,
  secretOf,
  SECRET,
  FORMER,
  OTHER,
  signerBy,
  publicKeyOf,
  SEED,
  PUBLIC,
  signed,
  at,
  NOW,
  VALID,
  INVALID,
  verify,
  cryptoKey,
  permutations,
} from "./webhooks";

describe("a webhook secret", () => {
  it("is made of 32 random bytes, and read back", () => {
    const texts = Array.from({ length: 100 }, makeWebhookSecret);
    expect(new Set(texts).size).toBe(100);
    for (const text of texts) {
      expect(text).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(secretOf(text)).toHaveLength(32);
    }
  });

  it("is read at every allowed length, and at no other", () => {
    for (let length = 0; length <= 100; length++) {
      const key = new Uint8Array(length).map((_, index) => index * 37 + length);
      const text = `whsec_${Buffer.from(key).toString("base64")}`;
      const expected = { ok: true, value: key };
      if (length >= 24 && length <= 64) expect(parseWebhookSecret(text)).toEqual(expected);
      else expect(parseWebhookSecret(text)).toEqual({ ok: false, error: "webhook_secret_invalid" });
    }
  });

  it("keeps its bytes to itself: its buffer holds nothing else", () => {
    expect(SECRET.buffer.byteLength).toBe(24);
  });

  const padded = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  it.each([
    "",
    "whsec_",
    SECRET_TEXT.slice("whsec_".length),
    SECRET_TEXT.replace("whsec", "WHSEC"),
    SECRET_TEXT.replace("whsec_", "whsk_"),
    ` ${SECRET_TEXT}`,
    `${SECRET_TEXT}\n`,
    `${SECRET_TEXT}=`,
    SECRET_TEXT.slice(0, -1),
    padded.slice(0, -1),
    `${padded}=`,
    // The last character carries four bits and two of padding: a lax decoder reads this as the same bytes.
    padded.replace(/.=$/, "d="),
    `whsec_${Buffer.alloc(32, 0xff).toString("base64url")}=`,
    `whsec_${"a".repeat(100_000)}`,
  ])("is refused in any other spelling: %.60j", (text) => {
    expect(parseWebhookSecret(text)).toEqual({ ok: false, error: "webhook_secret_invalid" });
  });
});

describe("a published vector", () => {
  it("of the reference libraries gives the v1 signature", async () => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    expect(headers).toEqual({
      "webhook-id": MESSAGE.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": SIGNATURE,
    });
    expect(await verify(headers)).toEqual(VALID);
  });

  it.each([
    [
      "the Go library",
      "VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
      "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
    ],
    [
      "the Svix server",
      "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=",
      "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    ],
  ])("of %s gives the v1a signature", async (_name, seed, expected) => {
    const ed25519 = await signerBy(Buffer.from(seed, "base64"));
    const headers = await signed(MESSAGE, { secrets: [SECRET], ed25519 });
    expect(headers["webhook-signature"]).toBe(`${SIGNATURE} ${expected}`);
  });

  it("of the Svix server verifies by its public key", async () => {
    const publicKey = await publicKeyOf(
      Buffer.from("1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", "base64"),
    );
    const headers = {
      "webhook-id": MESSAGE.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature":
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    };
    expect(await verify(headers, { publicKeys: [publicKey] })).toEqual(VALID);
    expect(await verify(headers, { publicKeys: [await publicKeyOf(PUBLIC)] })).toEqual(INVALID);
  });

  it.each([
    [
      SEED,
      PUBLIC,
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
      hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
      hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ])(
    "of RFC 8032 §7.1 holds for the Ed25519 by which we sign and verify",
    async (seed, raw, text, expected) => {
      const message = hex(text);
      const signature = await (await signerBy(seed))(message);
      expect(Buffer.from(signature).toString("hex")).toBe(expected);
      expect(await crypto.subtle.verify("Ed25519", await publicKeyOf(raw), signature, message)).toBe(true);
    },
  );
});

describe("signing", () => {
  it("gives a signature for each secret in force, newest first, then Ed25519's over the same content", async () => {
    const contents: string[] = [];
    const ed25519: Ed25519Signer = async (content) => {
      contents.push(Buffer.from(content).toString());
      return new Uint8Array(64).fill(1);
    };
    const [newest, former] = [
      await signed(MESSAGE, { secrets: [SECRET] }),
      await signed(MESSAGE, { secrets: [FORMER] }),
    ].map((headers) => headers["webhook-signature"]);
    const both = await signed(MESSAGE, { secrets: [SECRET, FORMER], ed25519 });
    const v1a = `v1a,${Buffer.alloc(64, 1).toString("base64")}`;
    expect(both["webhook-signature"]).toBe(`${newest} ${former} ${v1a}`);
    expect(contents).toEqual([`${MESSAGE.id}.1614265330.${MESSAGE.body}`]);
  });

  it.each(["", "a.b", ".", "a b", "a,b", "é", "a\n", "a\u0000", "a".repeat(129), "a:b"])(
    "refuses the id %j, and so does verifying",
    async (id) => {
      const refused = { ok: false, error: "id_invalid" };
      expect(await signWebhook({ ...MESSAGE, id }, { secrets: [SECRET] })).toEqual(refused);
      const headers = new Map([
        ["webhook-id", id],
        ["webhook-timestamp", "1614265330"],
        ["webhook-signature", SIGNATURE],
      ]);
      const bag = { get: (name: string) => headers.get(name) ?? null };
      expect(await verifyWebhook(bag, MESSAGE.body, { secrets: [SECRET], ...NOW })).toEqual(refused);
    },
  );

  it.each([
    -1,
    0.5,
    1_614_265_330.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10_000_000_000,
    1_614_265_330_000,
    1e21,
    1e-7,
  ])("refuses the timestamp %d", async (timestampSeconds) => {
    expect(await signWebhook({ ...MESSAGE, timestampSeconds }, { secrets: [SECRET] })).toEqual({
      ok: false,
      error: "timestamp_invalid",
    });
  });

  it("takes a text as its UTF-8 and bytes as they are, a byte order mark among them", async () => {
    for (const body of ["", "preço ✓ 𝄞", "\ufeff{}", "a\u0000.\r\n"]) {
      const bytes = new TextEncoder().encode(body);
      const headers = await signed({ ...MESSAGE, body }, { secrets: [SECRET] });
      expect(await signed({ ...MESSAGE, body: bytes }, { secrets: [SECRET] })).toEqual(headers);
      const sent = new Request("https://a.example", { method: "POST", body });
      expect(await verify(headers, undefined, await sent.bytes())).toEqual(VALID);
    }
    const composed = await signed({ ...MESSAGE, body: "é".normalize("NFC") }, { secrets: [SECRET] });
    expect(await verify(composed, undefined, "é".normalize("NFD"))).toEqual(INVALID);
    const invalidUtf8 = Uint8Array.of(0xff, 0xfe);
    const binary = await signed({ ...MESSAGE, body: invalidUtf8 }, { secrets: [SECRET] });
    expect(await verify(binary, undefined, invalidUtf8)).toEqual(VALID);
    expect(await verify(binary, undefined, new TextDecoder().decode(invalidUtf8))).toEqual(INVALID);
  });

  it.each(["\ud800", "a\udc00b", "\udc00\ud800"])("throws for what is no Unicode text: %j", async (body) => {
    await expect(signWebhook({ ...MESSAGE, body }, { secrets: [SECRET] })).rejects.toThrow(/Unicode/);
  });

  it.each([0, 23, 65])("throws for a secret of %d bytes, and so does verifying", async (length) => {
    const key = new Uint8Array(length);
    await expect(signWebhook(MESSAGE, { secrets: [key] })).rejects.toThrow(/24 to 64 bytes/);
    await expect(signWebhook(MESSAGE, { secrets: [SECRET, key] })).rejects.toThrow(/24 to 64 bytes/);
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    await expect(verify(headers, { secrets: [SECRET, key] })).rejects.toThrow(/24 to 64 bytes/);
  });

  it("hands on a signer's failure, and throws for what is no signature", async () => {
    const failing = async () => Promise.reject(new Error("vault is away"));
    await expect(signWebhook(MESSAGE, { secrets: [SECRET], ed25519: failing })).rejects.toThrow(/vault/);
    const short = async () => new Uint8Array(63);
    await expect(signWebhook(MESSAGE, { secrets: [SECRET], ed25519: short })).rejects.toThrow(/64 bytes/);
  });
});

describe("verifying", () => {
  it("takes any one signature that holds, wherever it stands", async () => {
    const ed25519 = await signerBy(SEED);
    const publicKeys = [await publicKeyOf(PUBLIC)];
    const headers = await signed(MESSAGE, { secrets: [SECRET, FORMER], ed25519 });
    const [v1 = "", former = "", v1a = ""] = headers["webhook-signature"].split(" ");
    for (const order of permutations([v1, former, v1a, FORGED])) {
      const given = { ...headers, "webhook-signature": order.join(" ") };
      for (const trust of [
        { secrets: [SECRET] },
        { secrets: [FORMER] },
        { secrets: [OTHER, SECRET] },
        { publicKeys },
        { secrets: [OTHER], publicKeys },
        { secrets: [SECRET], publicKeys },
      ])
        expect(await verify(given, trust)).toEqual(VALID);
      for (const trust of [{}, { secrets: [] }, { secrets: [OTHER] }, { publicKeys: [] }])
        expect(await verify(given, { secrets: [], ...trust })).toEqual(INVALID);
    }
    for (const [kept, trust] of [
      [[v1, v1a], { secrets: [FORMER] }],
      [[v1, former], { publicKeys }],
      [[v1a], { secrets: [SECRET, FORMER] }],
    ] as const)
      expect(await verify({ ...headers, "webhook-signature": kept.join(" ") }, trust)).toEqual(INVALID);
  });

  it.each([
    `${FORGED} v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= ${SIGNATURE} ${FORGED}`,
    `v3,anything v1a,AAAA garbage , v1, v1 ${SIGNATURE}`,
    `  ${SIGNATURE}  v1,`,
    [...Array.from({ length: 15 }, () => FORGED), SIGNATURE].join(" "),
  ])("passes over what it does not know or cannot hold: %.80j", async (signatures) => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    expect(await verify({ ...headers, "webhook-signature": signatures })).toEqual(VALID);
  });

  it.each([
    SIGNATURE.replace("v1,", "v2,"),
    SIGNATURE.replace("v1,", "V1,"),
    SIGNATURE.replace("v1,", "v1a,"),
    SIGNATURE.replace("v1,", "v01,"),
    SIGNATURE.slice(0, -1),
    `${SIGNATURE}=`,
    // The last character carries four bits and two of padding: a lax decoder reads this as the same bytes.
    SIGNATURE.replace("OE=", "OF="),
    SIGNATURE.replaceAll("+", "-").replaceAll("/", "_"),
    SIGNATURE.toLowerCase(),
    "v1,dawfeoifkpqwoekfpqoekf",
    "v1,undefined",
    FORGED,
  ])("knows no other spelling of a signature: %j", async (signatures) => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    expect(await verify({ ...headers, "webhook-signature": signatures })).toEqual(INVALID);
  });

  it.each([
    "",
    "v1",
    "v1,",
    ",",
    SIGNATURE.slice(2),
    SIGNATURE.slice(3),
    `${SIGNATURE},`,
    SIGNATURE.replace(",", "="),
    [...Array.from({ length: 16 }, () => FORGED), SIGNATURE].join(" "),
  ])("calls a header without a signature, or with too many, malformed: %.60j", async (signatures) => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    expect(await verify({ ...headers, "webhook-signature": signatures })).toEqual({
      ok: false,
      error: "signature_malformed",
    });
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"] as const)("needs %s", async (name) => {
    const { [name]: _left, ...others } = await signed(MESSAGE, { secrets: [SECRET] });
    expect(await verify(others)).toEqual({ ok: false, error: "header_missing" });
  });

  it.each([
    "hello",
    "",
    "-1614265330",
    "+1614265330",
    "01614265330",
    "0614265330",
    "1614265330.0",
    "1.61e9",
    "0x6037b5b2",
  ])("refuses the timestamp %j", async (timestamp) => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    expect(await verify({ ...headers, "webhook-timestamp": timestamp })).toEqual({
      ok: false,
      error: "timestamp_invalid",
    });
  });

  it("refuses a header that came twice", async () => {
    const own = await signed(MESSAGE, { secrets: [SECRET] });
    for (const [name, error] of [
      ["webhook-id", "id_invalid"],
      ["webhook-timestamp", "timestamp_invalid"],
    ] as const) {
      const headers = new Headers(own);
      headers.append(name, own[name]);
      const given = verifyWebhook(headers, MESSAGE.body, { secrets: [SECRET], ...NOW });
      expect(await given).toEqual({ ok: false, error });
    }
  });

  it.each([
    [300, 300, true],
    [-300, 300, true],
    [301, 300, "timestamp_too_old"],
    [-301, 300, "timestamp_too_new"],
    [300.5, 300, "timestamp_too_old"],
    [0, 0, true],
    [1, 0, "timestamp_too_old"],
    [-1, 0, "timestamp_too_new"],
    [0, -1, "timestamp_too_old"],
    [Number.NaN, 300, "timestamp_too_old"],
    [0, Number.NaN, "timestamp_too_old"],
  ])("%d s after signing, with a tolerance of %d s, says %s", async (passed, tolerance, expected) => {
    const headers = await signed(MESSAGE, { secrets: [SECRET] });
    const now = at(MESSAGE.timestampSeconds + passed, tolerance);
    const outcome = await verify(headers, { secrets: [SECRET], ...now });
    expect(outcome).toEqual(expected === true ? VALID : { ok: false, error: expected });
  });

  it("takes the key set that is published, and keys that jose makes", async () => {
    const seed = Buffer.from(SEED).toString("base64url");
    const ed25519 = await signerBy(SEED);
    const headers = await signed(MESSAGE, { secrets: [FORMER], ed25519 });
    const published = await new SigningKeys(`${"A".repeat(43)},${seed}`).publicKeys();
    const publicKeys = await Promise.all(published.map(async (jwk) => cryptoKey(await importJWK(jwk))));
    expect(publicKeys).toHaveLength(2);
    expect(await verify(headers, { publicKeys })).toEqual(VALID);
    expect(await verify(headers, { publicKeys: publicKeys.slice(0, 1) })).toEqual(INVALID);

    const pair = await generateKeyPair("EdDSA", { extractable: true });
    const byJose: Ed25519Signer = async (content) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, content));
    const own = await signed(MESSAGE, { secrets: [FORMER], ed25519: byJose });
    const key = cryptoKey(await importJWK(await exportJWK(pair.publicKey), "EdDSA"));
    expect(await verify(own, { publicKeys: [key] })).toEqual(VALID);
    expect(await verify(headers, { publicKeys: [key] })).toEqual(INVALID);
  });

  it("refuses an Ed25519 signature whose S was raised by the group's order (RFC 8032 §5.1.7)", async () => {
    const headers = await signed(MESSAGE, { secrets: [FORMER], ed25519: await signerBy(SEED) });
    const v1a = headers["webhook-signature"].split(" v1a,")[1] ?? "";
    const bytes = Buffer.from(v1a, "base64");
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString("hex")}`) + order;
    const raised = Buffer.from(s.toString(16).padStart(64, "0"), "hex").toReversed();
    const malleated = Buffer.concat([bytes.subarray(0, 32), raised]).toString("base64");
    const trust = { publicKeys: [await publicKeyOf(PUBLIC)] };
    expect(await verify({ ...headers, "webhook-signature": `v1a,${v1a}` }, trust)).toEqual(VALID);
    expect(await verify({ ...headers, "webhook-signature": `v1a,${malleated}` }, trust)).toEqual(INVALID);
  });
});
