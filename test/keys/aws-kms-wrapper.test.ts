import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AwsKmsWrapper, type FetchKms, type KmsFailure } from "../../src/keys/aws-kms-wrapper";
import { parseKmsSettings } from "../../src/keys/kms-settings";
import { tenantId } from "../support/tenant-id";
import { FakeKms, refusal, signatureOf } from "./fake-kms";
import { fakeKms, KEY_ARN, KMS_JSON, kmsSettings, kmsWrapper, NOW_MS, portsTo, SECRET } from "./kms-support";

const A1 = { tenantId: tenantId("t_a"), version: 1 };
const REFUSED = { ok: false, error: "refused" };
const UNAVAILABLE = { ok: false, error: "unavailable" };

describe("the stand-in's signature", () => {
  const scope = {
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    datetime: "20150830T123600Z",
    region: "us-east-1",
    service: "service",
  };
  const headers = new Headers({ "x-amz-date": "20150830T123600Z" });

  // AWS's own test suite: get-vanilla, post-vanilla.
  it.each([
    ["GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  ])("is AWS's for a %s", (method, expected) => {
    const signedHeaders = ["host", "x-amz-date"];
    const request = { method, host: "example.amazonaws.com", headers, signedHeaders, body: "" };
    expect(signatureOf(request, scope)).toBe(expected);
  });
});

describe("a KMS wrapper", () => {
  it("asks as AWS's interface wants it, and only there", async () => {
    const kms = fakeKms();
    const key = randomBytes(32);
    const wrapped = await kmsWrapper(kms).wrap({ ...A1, version: 7 }, key);
    expect(wrapped.ok).toBe(true);
    expect(kms.requests).toHaveLength(1);
    const [{ url, init, body }] = kms.requests as [(typeof kms.requests)[number]];
    expect(url).toBe("https://kms.sa-east-1.amazonaws.com/");
    expect(init).toMatchObject({ method: "POST", redirect: "manual" });
    expect(init.signal).toBeInstanceOf(AbortSignal);
    const headers = new Headers(init.headers);
    expect(headers.get("x-amz-target")).toBe("TrentService.Encrypt");
    expect(headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(headers.get("authorization")).toContain(
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target,",
    );
    expect(JSON.parse(body)).toEqual({
      KeyId: KEY_ARN,
      EncryptionContext: { tenant_id: "t_a", key_version: "7" },
      Plaintext: key.toString("base64"),
    });
    expect(kmsWrapper(kms).id).toBe(`kms:${KEY_ARN}`);
  });

  it("signs the token of temporary credentials too", async () => {
    const terms = { region: "sa-east-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET };
    const kms = new FakeKms({ ...terms, sessionToken: "FQoGZXIvYXdzEBY+aQ==" }, () => NOW_MS);
    kms.addKey(KEY_ARN);
    const withToken = kmsWrapper(kms, { session_token: "FQoGZXIvYXdzEBY+aQ==" });
    expect((await withToken.wrap(A1, randomBytes(32))).ok).toBe(true);
    expect(await kmsWrapper(kms).wrap(A1, randomBytes(32))).toEqual(UNAVAILABLE);
  });

  it.each([
    ["another secret", { secret_access_key: "x".repeat(40) }],
    ["another access key", { access_key_id: "AKIDOTHER" }],
    ["another region", { region: "us-east-1" }],
  ])("with %s is not served, and says so without a final word", async (_case, more) => {
    expect(await kmsWrapper(fakeKms(), more).wrap(A1, randomBytes(32))).toEqual(UNAVAILABLE);
  });

  it("with a clock far off is not served", async () => {
    const kms = fakeKms(() => NOW_MS + 6 * 60_000);
    expect(await kmsWrapper(kms).wrap(A1, randomBytes(32))).toEqual(UNAVAILABLE);
  });

  it("asks nothing about a text that it cannot have made", async () => {
    const kms = fakeKms();
    const tooLong = `k1.${Buffer.alloc(6145).toString("base64url")}`;
    for (const text of ["", "k1.", "k1", "w1.AAAA", "k1.AAAA=", "k1.A", "k1.AB", tooLong])
      expect(await kmsWrapper(kms).unwrap(A1, text)).toEqual(REFUSED);
    expect(kms.requests).toHaveLength(0);
  });

  it.each(["disabled", "pending"] as const)(
    "is refused while the key is %s, and works again after",
    async (state) => {
      const kms = fakeKms();
      const wrapper = kmsWrapper(kms);
      const wrapped = await wrapper.wrap(A1, randomBytes(32));
      const text = wrapped.ok ? wrapped.value : "";
      kms.setState(KEY_ARN, state);
      expect(await wrapper.unwrap(A1, text)).toEqual(REFUSED);
      expect(await wrapper.wrap(A1, randomBytes(32))).toEqual(REFUSED);
      kms.setState(KEY_ARN, "enabled");
      expect((await wrapper.unwrap(A1, text)).ok).toBe(true);
    },
  );
});

describe("what a KMS answers comes to", () => {
  const TEXT = "k1.AAAA";
  const plaintext = (bytes: number) => ({ Plaintext: Buffer.alloc(bytes).toString("base64") });
  const never = new Promise<Response>(() => undefined);
  const endless = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4096)) }));
  const stalled = () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }));
  const network: FetchKms = async () => {
    throw new TypeError("Network connection lost.");
  };

  const cases: readonly (readonly [string, FetchKms | (() => Response), "refused" | "unavailable"])[] = [
    ...[
      "InvalidCiphertextException",
      "IncorrectKeyException",
      "AccessDeniedException",
      "DisabledException",
    ].map((code) => [code, () => refusal(code), "refused"] as const),
    ...["NotFoundException", "InvalidKeyUsageException", "ValidationException"].map(
      (code) => [code, () => refusal(code), "refused"] as const,
    ),
    ["a code in a namespace", () => refusal("com.amazonaws.kms#DisabledException"), "refused"],
    [
      "a code in the header alone",
      () =>
        new Response("", {
          status: 400,
          headers: { "x-amzn-errortype": "DisabledException:http://internal/" },
        }),
      "refused",
    ],
    ["a denial by 403", () => refusal("AccessDeniedException", "", 403), "refused"],
    [
      "pending deletion",
      () => refusal("KMSInvalidStateException", `${KEY_ARN} is pending deletion.`),
      "refused",
    ],
    [
      "pending deletion of a replica",
      () => refusal("KMSInvalidStateException", "it is pending replica deletion."),
      "refused",
    ],
    [
      "an outer key store cut off",
      () => refusal("KMSInvalidStateException", "The external key store proxy did not respond in time."),
      "unavailable",
    ],
    ...["ThrottlingException", "LimitExceededException", "RequestLimitExceeded", "ExpiredTokenException"].map(
      (code) => [code, () => refusal(code), "unavailable"] as const,
    ),
    ...["DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException"].map(
      (code) => [code, () => refusal(code, "", 500), "unavailable"] as const,
    ),
    ["a refusal's name in a 5xx", () => refusal("DisabledException", "", 503), "unavailable"],
    ["a refusal's name in a 429", () => refusal("AccessDeniedException", "", 429), "unavailable"],
    ["a page of a proxy", () => new Response("<html>", { status: 404 }), "unavailable"],
    ["a code that is none", () => refusal("__proto__ DisabledException"), "unavailable"],
    [
      "a redirect",
      () => new Response(null, { status: 307, headers: { location: "https://elsewhere.example/" } }),
      "unavailable",
    ],
    ["200 without JSON", () => new Response("ok"), "unavailable"],
    ["200 with nothing", () => new Response(null), "unavailable"],
    ["200 with a list", () => Response.json([]), "unavailable"],
    [
      "200 with bytes that are no UTF-8",
      () => new Response(new Uint8Array([0x7b, 0xff, 0x7d])),
      "unavailable",
    ],
    ["200 without a key", () => Response.json({}), "unavailable"],
    ["200 with a key that is no base64", () => Response.json({ Plaintext: "***" }), "unavailable"],
    ["200 with a key that is too short", () => Response.json(plaintext(16)), "refused"],
    ["200 with a key that is too long", () => Response.json(plaintext(33)), "refused"],
    [
      "200 that is too long",
      () => Response.json({ ...plaintext(32), more: "x".repeat(65_536) }),
      "unavailable",
    ],
    ["200 without an end", endless, "unavailable"],
    ["a body that stalls", stalled, "unavailable"],
    ["no answer", () => never as never, "unavailable"],
    ["no network", network, "unavailable"],
  ];

  it.each(cases)("%s", async (_case, answer, fault) => {
    const failures: KmsFailure[] = [];
    let calls = 0;
    const fetchKms: FetchKms = async (url, init) => {
      calls++;
      return (answer as FetchKms)(url, init);
    };
    const wrapper = new AwsKmsWrapper(kmsSettings(), portsTo(fetchKms, failures), "kms", 50);
    expect(await wrapper.unwrap(A1, TEXT)).toEqual({ ok: false, error: fault });
    expect(calls).toBe(1);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ wrapperId: `kms:${KEY_ARN}`, operation: "Decrypt", fault });
    expect(failures[0]?.code).toMatch(/^[A-Za-z]{1,64}$/);
  });

  it("aborts the request once its time is over", async () => {
    let signal: AbortSignal | null = null;
    const hanging: FetchKms = (_url, init) => {
      signal = init.signal ?? null;
      return never;
    };
    const wrapper = new AwsKmsWrapper(kmsSettings(), portsTo(hanging), "kms", 20);
    expect(await wrapper.wrap(A1, randomBytes(32))).toEqual(UNAVAILABLE);
    expect(signal).toMatchObject({ aborted: true });
  });

  it.each<[string, unknown]>([
    ["none", undefined],
    ["no base64", "%"],
    ["an empty one", ""],
    ["too long a one", Buffer.alloc(6145).toString("base64")],
  ])("Encrypt with %s for a ciphertext: unavailable, and nothing to store", async (_case, blob) => {
    const wrapper = new AwsKmsWrapper(
      kmsSettings(),
      portsTo(async () => Response.json({ CiphertextBlob: blob })),
    );
    expect(await wrapper.wrap(A1, randomBytes(32))).toEqual(UNAVAILABLE);
  });

  it("says nothing of a secret, a key or a text in what it reports", async () => {
    const failures: KmsFailure[] = [];
    const key = randomBytes(32);
    const echo: FetchKms = async (_url, { body, headers }) =>
      refusal("EchoException", `${String(body)} ${new Headers(headers).get("authorization")} ${SECRET}`);
    const thrower: FetchKms = async (_url, init) => {
      throw new Error(`${String(init.body)} ${SECRET}`);
    };
    for (const fetchKms of [echo, thrower]) {
      const wrapper = new AwsKmsWrapper(kmsSettings(), portsTo(fetchKms, failures));
      await wrapper.wrap(A1, key);
      await wrapper.unwrap(A1, "k1.AAAA");
    }
    expect(failures).toHaveLength(4);
    const reported = JSON.stringify(failures);
    for (const secret of [SECRET, key.toString("base64"), "k1.AAAA", "Signature="])
      expect(reported).not.toContain(secret);
  });
});

describe("a KMS's settings", () => {
  it.each<[string, Record<string, unknown>]>([
    ["region", { region: undefined }],
    ["region", { region: "sa-east-1.evil.example/" }],
    ["region", { region: "" }],
    ["key_id", { key_id: "alias/main" }],
    ["key_id", { key_id: "arn:aws:kms:sa-east-1:111122223333:alias/main" }],
    ["key_id", { key_id: 7 }],
    ["access_key_id", { access_key_id: "A B" }],
    ["secret_access_key", { secret_access_key: `${SECRET}\n` }],
    ["secret_access_key", { secret_access_key: null }],
    ["session_token", { session_token: "" }],
    ["type", { type: "gcp-kms" }],
    ["may hold only", { secret: SECRET }],
    ["endpoint", { endpoint: "http://kms.example" }],
    ["endpoint", { endpoint: "http://127.0.0.1:4566" }],
    ["endpoint", { endpoint: `https://user:${SECRET}@kms.example` }],
    ["endpoint", { endpoint: "https://kms.example/path" }],
    ["endpoint", { endpoint: "https://kms.example/?query" }],
    ["endpoint", { endpoint: "ftp://kms.example" }],
    ["endpoint", { endpoint: "kms.example" }],
    ["endpoint", { endpoint: 1 }],
  ])("are refused for their %s: %o", (member, more) => {
    const parsed = parseKmsSettings({ ...KMS_JSON, ...more }, false);
    expect(parsed.ok ? "" : parsed.error).toContain(member);
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });

  it.each([null, "text", [], 1])("are refused as %o", (value) => {
    expect(parseKmsSettings(value, false)).toEqual({ ok: false, error: "is no JSON object." });
  });

  it.each([
    ["https://kms.example", false, "https://kms.example/"],
    ["https://127.0.0.1:4566", false, "https://127.0.0.1:4566/"],
    ["http://127.0.0.1:4566/", true, "http://127.0.0.1:4566/"],
    ["http://localhost:4566", true, "http://localhost:4566/"],
    ["http://[::1]:4566", true, "http://[::1]:4566/"],
    ["http://169.254.169.254", true, null],
  ])("with the endpoint %s, loopback allowed: %o", (endpoint, allowLoopback, expected) => {
    const parsed = parseKmsSettings({ ...KMS_JSON, endpoint }, allowLoopback);
    expect(parsed.ok ? parsed.value.endpoint : null).toBe(expected);
  });
});
