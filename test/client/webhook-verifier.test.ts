import { exportJWK } from "jose";
import { describe, expect, it, vi } from "vitest";
import { WebhookVerifier, type VerifierOptions } from "../../client/src/webhook-verifier";
import { macKeyOf, verifySignature } from "../../client/src/signature";
import { SigningKeys } from "../../src/keys/signing-keys";
import {
  FORGED,
  FORMER,
  MESSAGE,
  OTHER,
  PUBLIC,
  publicKeyOf,
  SECRET,
  SECRET_TEXT,
  SEED,
  SIGNATURE,
  signerBy,
} from "../crypto/webhooks";
import { controlBody, eventBody, heartbeatData, sent, START_MS, TENANT, WEBHOOK, type Sent } from "./world";

const ID = "0192f0c1-aaaa-7a4e-8b7d-1f0e8d9c4b5a";
const EVENT = eventBody({ id: ID, place: "1-7" });
const textOf = (secret: Uint8Array) => `whsec_${Buffer.from(secret).toString("base64")}`;
const jwksOf = async (...raw: Uint8Array[]) => ({
  keys: await Promise.all(raw.map(async (key) => exportJWK(await publicKeyOf(key)))),
});

function verifier(options: Partial<VerifierOptions> = {}, nowMs = () => START_MS) {
  const trust = options.jwks === undefined && !options.secrets ? { secrets: [SECRET_TEXT] } : {};
  return new WebhookVerifier({ tenantId: TENANT, nowMs, ...trust, ...options });
}
const verify = ({ headers, body }: Sent, options: Partial<VerifierOptions> = {}, nowMs?: () => number) =>
  verifier(options, nowMs).verify(headers, body);

const fault = (error: string) => ({ ok: false, error });
const GOOD = { ok: true, value: { type: "event", place: { epoch: 1, sequence: 7 } } };

describe("a published vector", () => {
  const trust = async (macKeys: readonly CryptoKey[]) => ({
    macKeys,
    keySet: null,
    nowMs: MESSAGE.timestampSeconds * 1000,
  });
  const headers = (signature: string) => ({
    "webhook-id": MESSAGE.id,
    "webhook-timestamp": String(MESSAGE.timestampSeconds),
    "webhook-signature": signature,
  });
  const body = new TextEncoder().encode(MESSAGE.body);

  it("of the reference libraries verifies", async () => {
    const mac = await trust([await macKeyOf(SECRET_TEXT)]);
    expect(await verifySignature(headers(SIGNATURE), body, mac)).toEqual({ ok: true, value: MESSAGE.id });
    expect(await verifySignature(headers(`${FORGED} ${SIGNATURE}`), body, mac)).toMatchObject({ ok: true });
    expect(await verifySignature(headers(FORGED), body, mac)).toEqual(fault("signature_invalid"));
  });

  it("is read from Headers as from what Node has", async () => {
    const mac = await trust([await macKeyOf(SECRET_TEXT)]);
    expect(await verifySignature(new Headers(headers(SIGNATURE)), body, mac)).toMatchObject({ ok: true });
  });
});

describe("a message of the service", () => {
  it("verifies by each secret that may sign now", async () => {
    const signed = await sent(ID, EVENT, START_MS, { secrets: [OTHER, FORMER] });
    for (const secret of [OTHER, FORMER])
      expect(await verify(signed, { secrets: [textOf(secret)] })).toMatchObject(GOOD);
    expect(await verify(signed, { secrets: [SECRET_TEXT, textOf(FORMER)] })).toMatchObject(GOOD);
    expect(await verify(signed, { secrets: [SECRET_TEXT] })).toEqual(fault("signature_invalid"));
  });

  it("verifies by the published keys alone", async () => {
    const keys = new SigningKeys(Buffer.from(SEED).toString("base64url"));
    const ed25519 = (content: Uint8Array) => keys.signBytes(content);
    const signed = await sent(ID, EVENT, START_MS, { secrets: [SECRET], ed25519 });
    expect(await verify(signed, { jwks: { keys: await keys.publicKeys() } })).toMatchObject(GOOD);
    expect(await verify(signed, { jwks: await jwksOf(PUBLIC) })).toMatchObject(GOOD);
    expect(await verify(signed, { jwks: await jwksOf(new Uint8Array(32).fill(3)) })).toEqual(
      fault("signature_invalid"),
    );
    const v1 = await sent(ID, EVENT, START_MS);
    expect(await verify(v1, { jwks: await jwksOf(PUBLIC) })).toEqual(fault("signature_invalid"));
  });

  it("fails when any part is altered", async () => {
    const signed = await sent(ID, EVENT, START_MS, { secrets: [SECRET], ed25519: await signerBy(SEED) });
    const options = { secrets: [SECRET_TEXT], jwks: await jwksOf(PUBLIC) };
    const later = String(START_MS / 1000 + 1);
    for (const headers of [{ "webhook-id": `${ID}0` }, { "webhook-timestamp": later }])
      expect(await verify({ ...signed, headers: { ...signed.headers, ...headers } }, options)).toEqual(
        fault("signature_invalid"),
      );
    for (let at = 0; at < signed.body.length; at += 37) {
      const body = signed.body.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await verify({ ...signed, body }, options)).toEqual(fault("signature_invalid"));
    }
    const longer = new Uint8Array([...signed.body, 32]);
    expect(await verify({ ...signed, body: longer }, options)).toEqual(fault("signature_invalid"));
    const signature = signed.headers["webhook-signature"] ?? "";
    const [mac = "", ed = ""] = signature.split(" ");
    // Each by itself holds, and under the other's name holds for nothing.
    for (const good of [mac, ed, `v2,x ${mac}`, `v1,x ${ed}`])
      expect(await verify(withSignature(signed, good), options)).toMatchObject(GOOD);
    const respelled = `${mac.slice(0, -2)}${String.fromCharCode(mac.charCodeAt(mac.length - 2) + 1)}=`;
    expect(decoded(respelled)).toEqual(decoded(mac));
    const swapped = [mac.replace("v1,", "v1a,"), ed.replace("v1a,", "v1,")];
    for (const bad of [...swapped, respelled, mac.slice(0, -4), `${mac}=`])
      expect(await verify(withSignature(signed, bad), options)).toEqual(fault("signature_invalid"));
  });

  const decoded = (entry: string) => Buffer.from(entry.slice(3), "base64");
  const withSignature = (signed: Sent, signature: string): Sent => ({
    ...signed,
    headers: { ...signed.headers, "webhook-signature": signature },
  });

  it.each([
    ["header_missing", { "webhook-id": undefined }],
    ["header_missing", { "webhook-signature": undefined }],
    ["id_invalid", { "webhook-id": "a.b" }],
    ["timestamp_invalid", { "webhook-timestamp": "1614265330.5" }],
    ["timestamp_invalid", { "webhook-timestamp": String(START_MS) }],
    ["signature_malformed", { "webhook-signature": "" }],
    ["signature_malformed", { "webhook-signature": "v1" }],
    ["signature_malformed", { "webhook-signature": "v1,x ".repeat(17).trim() }],
    ["signature_invalid", { "webhook-signature": "v9,x" }],
  ])("is refused as %s for %j", async (reason, headers) => {
    const signed = await sent(ID, EVENT, START_MS);
    const changed = { ...signed.headers, ...headers };
    expect(await verifier().verify(changed, signed.body)).toEqual(fault(reason));
  });

  it("is good for five minutes before and after", async () => {
    const signed = await sent(ID, EVENT, START_MS);
    for (const offMs of [-300_000, 300_000])
      expect(await verify(signed, {}, () => START_MS + offMs)).toMatchObject(GOOD);
    expect(await verify(signed, {}, () => START_MS + 301_000)).toEqual(fault("timestamp_too_old"));
    expect(await verify(signed, {}, () => START_MS - 301_000)).toEqual(fault("timestamp_too_new"));
    expect(await verify(signed, {}, () => Number.NaN)).toEqual(fault("timestamp_too_old"));
  });

  it("is refused where it is another tenant's, for one key signs for all", async () => {
    const ed25519 = await signerBy(SEED);
    const jwks = await jwksOf(PUBLIC);
    const bodies = [
      eventBody({ id: ID, place: "1-7" }, "t_other"),
      controlBody(ID, "webhook.heartbeat", heartbeatData("1-0", "1-7", []), "t_other"),
      EVENT.replace('"tenantid":"t_acme"', '"tenantid":"t_other"'),
      EVENT.replace('"source":"/tenants/t_acme"', '"source":"/tenants/t_other"'),
      EVENT.replace('"tenantid":"t_acme",', ""),
    ];
    for (const body of bodies) {
      const signed = await sent(ID, body, START_MS, { secrets: [SECRET], ed25519 });
      expect(await verify(signed, { jwks })).toEqual(fault("wrong_tenant"));
      expect(await verify(signed)).toEqual(fault("wrong_tenant"));
    }
  });

  it("is refused where it is another webhook's, once one was named", async () => {
    const signed = await sent(ID, controlBody(ID, "webhook.test", {}), START_MS);
    expect(await verify(signed, { webhookId: WEBHOOK })).toEqual({ ok: true, value: { type: "other" } });
    expect(await verify(signed, { webhookId: "another" })).toEqual(fault("wrong_webhook"));
    expect(await verify(signed)).toMatchObject({ ok: true });
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    "\ufeff" + EVENT,
    EVENT.replace('"1.0"', '"2.0"'),
    EVENT.replace('"sequence":"7"', '"sequence":7'),
    EVENT.replace('"sequence":"7"', '"sequence":"07"'),
    EVENT.replace('"epoch":1', '"epoch":1.5'),
    EVENT.replace('"epoch":1,', ""),
    EVENT.replace(/"data":\{.*\}/, '"data":[]}'),
    controlBody(ID, "webhook.heartbeat", {}),
    controlBody(ID, "webhook.heartbeat", heartbeatData("1-7", "1-7", [])),
    controlBody(ID, "webhook.heartbeat", { ...heartbeatData("1-0", "1-7", []), ids_digest: "00" }),
    controlBody(ID, "webhook.heartbeat", { ...heartbeatData("1-0", "1-7", []), events: -1 }),
  ])("is refused where its body is none: %.60s", async (body) => {
    expect(await verify(await sent(ID, body, START_MS))).toEqual(fault("body_malformed"));
  });

  it("is refused where its body has another id than its header, or is no UTF-8", async () => {
    expect(await verify(await sent("another", EVENT, START_MS))).toEqual(fault("id_mismatch"));
    const bytes = new TextEncoder().encode(EVENT);
    bytes[bytes.length - 4] = 0xff;
    const { createHmac } = await import("node:crypto");
    const timestamp = String(START_MS / 1000);
    const mac = createHmac("sha256", SECRET).update(`${ID}.${timestamp}.`).update(bytes).digest("base64");
    const headers = {
      "webhook-id": ID,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${mac}`,
    };
    expect(await verify({ headers, body: bytes })).toEqual(fault("body_malformed"));
  });
});

describe("the key set", () => {
  const signedByKey = async (seed: Uint8Array) =>
    sent(ID, EVENT, START_MS, { secrets: [], ed25519: await signerBy(seed) });

  it("is fetched once for many, and anew for a signature of no known key, once a minute", async () => {
    let nowMs = START_MS;
    const former = await jwksOf(new Uint8Array(32).fill(3));
    const fetched = vi.fn<() => Promise<unknown>>(async () => former);
    const own = verifier({ jwks: fetched }, () => nowMs);
    const signed = await signedByKey(SEED);
    const all = await Promise.all(Array.from({ length: 5 }, () => own.verify(signed.headers, signed.body)));
    expect(all).toEqual(Array.from({ length: 5 }, () => fault("signature_invalid")));
    expect(fetched).toHaveBeenCalledTimes(1);
    fetched.mockImplementation(() => jwksOf(PUBLIC));
    nowMs += 59_000;
    expect(await own.verify(signed.headers, signed.body)).toEqual(fault("signature_invalid"));
    nowMs += 1_000;
    expect(await own.verify(signed.headers, signed.body)).toMatchObject(GOOD);
    nowMs += 120_000;
    expect(await own.verify(signed.headers, signed.body)).toMatchObject(GOOD);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("that cannot be had is no fault of the message; the keys of before serve on", async () => {
    let nowMs = START_MS;
    const fetched = vi.fn<() => Promise<unknown>>(async () => {
      throw new Error("down");
    });
    const own = verifier({ jwks: fetched }, () => nowMs);
    const signed = await signedByKey(SEED);
    expect(await own.verify(signed.headers, signed.body)).toEqual(fault("keys_unavailable"));
    fetched.mockImplementation(() => jwksOf(PUBLIC));
    nowMs += 60_000;
    expect(await own.verify(signed.headers, signed.body)).toMatchObject(GOOD);
    fetched.mockImplementation(async () => ({ error: "not a key set" }));
    nowMs += 3_600_000;
    const later = await sent(ID, EVENT, nowMs, { secrets: [], ed25519: await signerBy(SEED) });
    expect(await own.verify(later.headers, later.body)).toMatchObject(GOOD);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it("is left alone where a secret's signature holds", async () => {
    const fetched = vi.fn<() => Promise<unknown>>();
    const signed = await sent(ID, EVENT, START_MS, { secrets: [SECRET], ed25519: await signerBy(SEED) });
    expect(await verify(signed, { secrets: [SECRET_TEXT], jwks: fetched })).toMatchObject(GOOD);
    expect(fetched).not.toHaveBeenCalled();
  });

  it("passes over keys of other kinds", async () => {
    const { keys } = await jwksOf(PUBLIC);
    const jwks = { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }, ...keys] };
    expect(await verify(await signedByKey(SEED), { jwks })).toMatchObject(GOOD);
  });
});

describe("a verifier that trusts nobody", () => {
  it("is not made, and a secret that is none is told of", async () => {
    expect(() => new WebhookVerifier({ tenantId: TENANT })).toThrow(TypeError);
    const signed = await sent(ID, EVENT, START_MS);
    for (const secret of ["", "whsec_", SECRET_TEXT.slice(6), `whsec_${"A".repeat(28)}`])
      await expect(verify(signed, { secrets: [secret] })).rejects.toThrow(TypeError);
  });
});
