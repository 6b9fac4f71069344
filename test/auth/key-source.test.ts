import { describe, expect, it } from "vitest";
import { inlineKeys } from "../../src/auth/inline-keys";
import type { KeySource } from "../../src/auth/key-source";
import { remoteKeys, type RemoteKeysOptions } from "../../src/auth/remote-keys";
import { b64, jwksOf, newSigner, publicJwk, type Signer } from "./signing";

const URL_TEXT = "https://auth.example/.well-known/jwks.json";
const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const old = await newSigner("ES256", "old");
const fresh = await newSigner("ES256", "fresh");
const rsa = await newSigner("RS256", "rsa");
const hint = (kid: string | null, alg: "ES256" | "RS256" = "ES256") => ({ alg, kid });
const OLD = hint("old");
const FRESH = hint("fresh");
const UNAVAILABLE = { ok: false, error: "keys_unavailable" };
const NO_KEY = { ok: true, value: [] };
const ONE_KEY = { ok: true, value: [expect.anything()] };

type Answer = () => Response | Promise<Response>;
const jwks =
  (...signers: readonly Signer[]): Answer =>
  () =>
    new Response(jwksOf(...signers));
const down: Answer = () => {
  throw new TypeError("Network connection lost.");
};

/** An issuer's address whose answer can be changed; it remembers what it was asked. */
class Endpoint {
  readonly asked: { readonly url: string; readonly init: RequestInit }[] = [];
  readonly failures: unknown[] = [];

  constructor(public answer: Answer) {}

  source(options: Partial<RemoteKeysOptions> = {}): KeySource {
    return remoteKeys(URL_TEXT, {
      fetchJwks: async (url, init) => {
        this.asked.push({ url, init });
        return this.answer();
      },
      onFailure: (error) => this.failures.push(error),
      ...options,
    });
  }
}

describe.each([
  ["inline", (text: string) => inlineKeys(text)],
  ["remote", (text: string) => new Endpoint(() => new Response(text)).source()],
])("%s keys", (_name, sourceOf) => {
  it.each([
    ["a key by its kid", hint("old"), 1],
    ["a key of the other type by its kid", hint("rsa", "RS256"), 1],
    ["the keys of a type for no kid", hint(null), 2],
    ["no key for an unknown kid", hint("other"), 0],
    ["no key for the kid of another type", hint("rsa"), 0],
    ["no key for the kid of another type", hint("old", "RS256"), 0],
  ])("give %s", async (_case, asked, count) => {
    const keys = await sourceOf(jwksOf(old, fresh, rsa)).keysFor(asked, NOW);
    expect(keys).toEqual({ ok: true, value: Array(count).fill(expect.anything()) });
  });

  it("give the same imported key each time", async () => {
    const source = sourceOf(jwksOf(old));
    const [first, second] = [await source.keysFor(OLD, NOW), await source.keysFor(OLD, NOW + 1)];
    expect(first.ok && second.ok && first.value[0] === second.value[0]).toBe(true);
  });

  it("give no symmetric key, no weak one and none for encryption", async () => {
    const text = JSON.stringify({
      keys: [
        { kty: "oct", k: b64("secret"), kid: "old", alg: "HS256" },
        { ...publicJwk(old), use: "enc" },
        publicJwk(await newSigner("RS256", "rsa", 1024)),
        publicJwk(fresh),
      ],
    });
    const source = sourceOf(text);
    expect(await source.keysFor(OLD, NOW)).toEqual(NO_KEY);
    expect(await source.keysFor(hint("rsa", "RS256"), NOW)).toEqual(NO_KEY);
    expect(await source.keysFor(FRESH, NOW)).toEqual(ONE_KEY);
  });
});

describe("inline keys", () => {
  it.each([
    ["nothing", "", /not usable JSON/],
    ["no key set", "{}", /list "keys"/],
    ["an empty key set", '{"keys":[]}', /no public key/],
    ["symmetric keys alone", '{"keys":[{"kty":"oct","k":"AAAA"}]}', /no public key/],
  ])("throw at once at %s", (_name, text, message) => {
    expect(() => inlineKeys(text)).toThrow(message);
  });
});

describe("remote keys are asked for at", () => {
  const fetchJwks = () => Promise.reject(new Error("Not to be called."));

  it.each([
    ["https://auth.example/jwks", false],
    ["https://auth.example:8443/jwks?tenant=a", false],
    ["http://127.0.0.1:9999/jwks", true],
    ["http://localhost/jwks", true],
    ["http://[::1]:80/jwks", true],
  ])("%s (loopback allowed: %s)", (url, allowLoopback) => {
    expect(() => remoteKeys(url, { fetchJwks, allowLoopback })).not.toThrow();
  });

  it.each([
    ["", true],
    ["jwks.json", true],
    ["http://auth.example/jwks", true],
    ["http://127.0.0.1/jwks", false],
    ["http://localhost/jwks", false],
    ["http://127.0.0.1.evil.example/jwks", true],
    ["http://localhost.evil.example/jwks", true],
    ["http://127.0.0.1@evil.example/jwks", true],
    ["http://0.0.0.0/jwks", true],
    ["http://[::ffff:127.0.0.1]/jwks", true],
    ["https://user:secret@auth.example/jwks", true],
    ["https://user@auth.example/jwks", true],
    ["https://:secret@auth.example/jwks", true],
    ["ftp://auth.example/jwks", true],
    ["file:///etc/jwks.json", true],
    ["data:application/json,{}", true],
    ["javascript:alert(1)", true],
  ])("no %j (loopback allowed: %s)", (url, allowLoopback) => {
    expect(() => remoteKeys(url, { fetchJwks, allowLoopback })).toThrow(/^The JWKS URL (is not|must)/);
  });

  it("no address whose password an error would tell", () => {
    const make = () => remoteKeys("https://user:secret@auth.example/jwks", { fetchJwks });
    expect(make).toThrow(expect.not.stringContaining("secret"));
  });
});

describe("remote keys", () => {
  it("fetch the one address, with a time-out and without following redirects", async () => {
    const endpoint = new Endpoint(jwks(old));
    await endpoint.source().keysFor(OLD, NOW);
    expect(endpoint.asked).toHaveLength(1);
    const { url, init } = endpoint.asked[0]!;
    expect(url).toBe(URL_TEXT);
    expect(init).toMatchObject({ method: "GET", redirect: "manual" });
    expect(init.body).toBeUndefined();
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect(init.signal?.aborted).toBe(false);
  });

  it("give up when the time-out comes", async () => {
    const endpoint = new Endpoint(jwks(old));
    endpoint.answer = () =>
      new Promise((_answer, fail) => {
        const signal = endpoint.asked[0]!.init.signal!;
        signal.addEventListener("abort", () => fail(signal.reason as Error));
      });
    expect(await endpoint.source({ timeoutMs: 5 }).keysFor(OLD, NOW)).toEqual(UNAVAILABLE);
    expect(endpoint.failures).toEqual([expect.objectContaining({ name: "TimeoutError" })]);
  });

  it("fetch nothing before they are needed", () => {
    const endpoint = new Endpoint(jwks(old));
    endpoint.source();
    expect(endpoint.asked).toEqual([]);
  });

  it("are kept until their greatest age, and fetched once when it has come", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    for (const at of [0, 1, 9 * MINUTE, 10 * MINUTE - 1])
      expect(await source.keysFor(OLD, NOW + at)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(1);
    for (const at of [10 * MINUTE, 10 * MINUTE + 1])
      expect(await source.keysFor(OLD, NOW + at)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(2);
  });

  it("drop a key that its issuer has withdrawn, when they are fetched again", async () => {
    const endpoint = new Endpoint(jwks(old, fresh));
    const source = endpoint.source();
    expect(await source.keysFor(OLD, NOW)).toEqual(ONE_KEY);
    endpoint.answer = jwks(fresh);
    expect(await source.keysFor(OLD, NOW + 10 * MINUTE)).toEqual(NO_KEY);
  });

  it("pick up a rotation at the first token of the new key, once the cool-down is over", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = jwks(old, fresh);
    expect(await source.keysFor(FRESH, NOW + 30 * SECOND - 1)).toEqual(NO_KEY);
    expect(endpoint.asked).toHaveLength(1);
    expect(await source.keysFor(FRESH, NOW + 30 * SECOND)).toEqual(ONE_KEY);
    expect(await source.keysFor(OLD, NOW + 30 * SECOND)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(2);
  });

  it.each([
    ["succeeds", jwks(old)],
    ["fails", down],
  ])("are fetched for unknown kids once in a cool-down, whether it %s", async (_name, answer) => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = answer;
    for (let at = 30 * SECOND; at < 90 * SECOND; at += SECOND)
      for (const kid of ["x", "../../dev/null", `x-${at}`])
        expect(await source.keysFor(hint(kid), NOW + at)).toEqual(NO_KEY);
    expect(endpoint.asked).toHaveLength(3);
    expect(await source.keysFor(OLD, NOW + 90 * SECOND)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(3);
  });

  it("stay in use while they cannot be fetched again, but not for more than a day", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = down;
    for (const at of [10 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR - 1])
      expect(await source.keysFor(OLD, NOW + at)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(5);
    expect(await source.keysFor(OLD, NOW + 24 * HOUR + 29 * SECOND)).toEqual(UNAVAILABLE);
    endpoint.answer = jwks(old);
    expect(await source.keysFor(OLD, NOW + 24 * HOUR + 30 * SECOND)).toEqual(ONE_KEY);
  });

  it("cost one fetch a cool-down while their issuer is down", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = down;
    for (let at = 0; at < 60 * SECOND; at += SECOND)
      expect(await source.keysFor(OLD, NOW + 10 * MINUTE + at)).toEqual(ONE_KEY);
    expect(endpoint.asked).toHaveLength(3);
  });

  const notUtf8 = Buffer.concat([
    Buffer.from('{"x":"'),
    Buffer.of(0xff),
    Buffer.from(`",${jwksOf(old).slice(1)}`),
  ]);
  const large = JSON.stringify({ keys: [publicJwk(old)], padding: "x".repeat(65_536) });
  it.each<[string, Answer, RegExp]>([
    ["the network fails", down, /Network connection lost/],
    [
      "the answer is a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
      /302/,
    ],
    ["the answer is 201", () => new Response(jwksOf(old), { status: 201 }), /201/],
    ["the answer is 204", () => new Response(null, { status: 204 }), /204/],
    ["the answer is 404", () => new Response(jwksOf(old), { status: 404 }), /404/],
    ["the answer is 500", () => new Response("", { status: 500 }), /500/],
    ["the answer is empty", () => new Response(""), /not usable JSON/],
    ["the answer has no body", () => new Response(null), /not usable JSON/],
    ["the answer is a page", () => new Response("<html>"), /not usable JSON/],
    ["the answer is cut", () => new Response(jwksOf(old).slice(0, -1)), /not usable JSON/],
    ["the answer is no key set", () => new Response('{"error":"x"}'), /list "keys"/],
    ["the answer is not UTF-8", () => new Response(notUtf8), /./],
    ["the answer is too long", () => new Response(large), /longer than 65536/],
    ["the answer never ends", () => new Response(endless()), /longer than 65536/],
    ["the answer breaks off", () => new Response(breaking()), /broken/],
  ])(
    "cannot be had when %s, and nothing is fetched again within the cool-down",
    async (_name, answer, cause) => {
      const endpoint = new Endpoint(answer);
      const source = endpoint.source();
      expect(await source.keysFor(OLD, NOW)).toEqual(UNAVAILABLE);
      expect(endpoint.failures.map(String)).toEqual([expect.stringMatching(cause)]);
      endpoint.answer = jwks(old);
      for (const at of [0, 1, 30 * SECOND - 1])
        expect(await source.keysFor(hint("x"), NOW + at)).toEqual(UNAVAILABLE);
      expect(endpoint.asked).toHaveLength(1);
      expect(await source.keysFor(OLD, NOW + 30 * SECOND)).toEqual(ONE_KEY);
    },
  );

  it("are none when their issuer publishes none, and the old ones are not kept", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = () => new Response('{"keys":[]}');
    expect(await source.keysFor(OLD, NOW + 10 * MINUTE)).toEqual(UNAVAILABLE);
    expect(endpoint.failures).toEqual([]);
  });

  it("are fetched again after the clock was set back", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    endpoint.answer = jwks(old, fresh);
    expect(await source.keysFor(FRESH, NOW - HOUR)).toEqual(ONE_KEY);
  });
});

describe("remote keys asked for by several requests at once", () => {
  /** Answers that are given when the test says so. */
  function held(): { readonly answer: Answer; readonly give: ((response: Response) => void)[] } {
    const give: ((response: Response) => void)[] = [];
    return { give, answer: () => new Promise((resolve) => give.push(resolve)) };
  }

  it("are fetched by each while there are none: no request waits for another's fetch", async () => {
    const { answer, give } = held();
    const source = new Endpoint(answer).source();
    const first = source.keysFor(OLD, NOW);
    const second = source.keysFor(OLD, NOW + 1);
    expect(give).toHaveLength(2);
    give[1]!(new Response(jwksOf(old)));
    expect(await second).toEqual(ONE_KEY);
    give[0]!(new Response("", { status: 500 }));
    expect(await first).toEqual(ONE_KEY);
  });

  it("are fetched by no more than sixteen at once, also where those were cut off and never end", async () => {
    const { answer, give } = held();
    const source = new Endpoint(answer).source();
    const asking = Array.from({ length: 16 }, () => source.keysFor(OLD, NOW));
    expect(await source.keysFor(OLD, NOW + 1)).toEqual(UNAVAILABLE);
    expect(give).toHaveLength(16);
    const later = source.keysFor(OLD, NOW + 3 * SECOND);
    expect(give).toHaveLength(17);
    for (const resolve of give) resolve(new Response(jwksOf(old)));
    expect(await Promise.all([...asking, later])).toEqual(Array(17).fill(ONE_KEY));
  });

  it("are used as they are while one of the requests renews them", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    const { answer, give } = held();
    endpoint.answer = answer;
    const renewing = source.keysFor(OLD, NOW + 10 * MINUTE);
    expect(await source.keysFor(OLD, NOW + 10 * MINUTE)).toEqual(ONE_KEY);
    expect(give).toHaveLength(1);
    give[0]!(new Response(jwksOf(old)));
    expect(await renewing).toEqual(ONE_KEY);
  });

  it("are said to be unavailable, not unfit, to a new key's token while they are on their way", async () => {
    const endpoint = new Endpoint(jwks(old));
    const source = endpoint.source();
    await source.keysFor(OLD, NOW);
    const { answer, give } = held();
    endpoint.answer = answer;
    const renewing = source.keysFor(FRESH, NOW + MINUTE);
    expect(await source.keysFor(FRESH, NOW + MINUTE)).toEqual(UNAVAILABLE);
    expect(await source.keysFor(FRESH, NOW + MINUTE + 3 * SECOND)).toEqual(NO_KEY);
    give[0]!(new Response(jwksOf(fresh)));
    expect(await renewing).toEqual(ONE_KEY);
  });

  it("are not put back by an answer that was overtaken", async () => {
    const { answer, give } = held();
    const source = new Endpoint(answer).source();
    const [slow, quick] = [source.keysFor(OLD, NOW), source.keysFor(FRESH, NOW)];
    give[1]!(new Response(jwksOf(fresh)));
    expect(await quick).toEqual(ONE_KEY);
    give[0]!(new Response(jwksOf(old)));
    expect(await slow).toEqual(NO_KEY);
    expect(await source.keysFor(FRESH, NOW)).toEqual(ONE_KEY);
  });
});

const chunk = new Uint8Array(10_000).fill(0x20);
const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
const breaking = () =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(chunk);
      controller.error(new Error("broken"));
    },
  });
