import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WebhookTrust } from "../../src/crypto/webhook-signature";
import { signerBy, publicKeyOf, SEED, PUBLIC, signed, at, INVALID, verify } from "./webhooks";

describe("any message", () => {
  const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
  const timestamps = fc.integer({ min: 0, max: 9_999_999_999 });
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.toWellFormed()),
    fc.json(),
  );
  const messages = fc.record({ id: ids, timestampSeconds: timestamps, body: bodies });
  const keys = fc.uint8Array({ minLength: 24, maxLength: 64 });
  const places = fc.nat();
  const bytesOf = (body: string | Uint8Array) => new Uint8Array(Buffer.from(body as string));

  const trusting = async () => ({
    ed25519: await signerBy(SEED),
    publicKeys: [await publicKeyOf(PUBLIC)],
  });

  it("verifies by either kind of key, and by no other secret", async () => {
    const { ed25519, publicKeys } = await trusting();
    await fc.assert(
      fc.asyncProperty(messages, keys, keys, places, async (message, key, other, place) => {
        const headers = await signed(message, { secrets: [key], ed25519 });
        const { body, ...value } = message;
        const now = at(message.timestampSeconds);
        const by = (trust: Partial<WebhookTrust>) => verify(headers, { ...now, ...trust }, body);
        expect(await by({ secrets: [key] })).toEqual({ ok: true, value });
        expect(await by({ publicKeys })).toEqual({ ok: true, value });
        expect((await by({ secrets: [other] })).ok).toBe(Buffer.from(other).equals(Buffer.from(key)));
        expect(await by({ secrets: [flipped(key, place)] })).toEqual(INVALID);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("fails with its id, timestamp, body or signature changed in any way, by either kind of key", async () => {
    const { ed25519, publicKeys } = await trusting();
    const replacement = fc.constantFrom(..."aZ09-_.,+/= ");
    await fc.assert(
      fc.asyncProperty(messages, keys, places, replacement, async (message, key, place, character) => {
        const { id, timestampSeconds } = message;
        const headers = await signed(message, { secrets: [key], ed25519 });
        const bytes = bytesOf(message.body);
        const shifted = timestampSeconds + (timestampSeconds > 300 ? -1 : 1) * (1 + (place % 300));
        const edits: readonly (readonly [Record<string, string>, Uint8Array])[] = [
          ...edited(id, place, character).map((text) => [{ "webhook-id": text }, bytes] as const),
          [{ "webhook-timestamp": String(shifted) }, bytes],
          [{ "webhook-timestamp": `0${timestampSeconds}` }, bytes],
          ...headers["webhook-signature"]
            .split(" ")
            .flatMap((signature) => edited(signature, place, character))
            .map((text) => [{ "webhook-signature": text }, bytes] as const),
          ...(bytes.length === 0
            ? []
            : [[{}, flipped(bytes, place)] as const, [{}, bytes.slice(1)] as const]),
          [{}, Uint8Array.of(...bytes, place)],
          [{}, Uint8Array.of(place, ...bytes)],
          // The same content, cut at other dots.
          [{ "webhook-id": `${id}.${timestampSeconds}`, "webhook-timestamp": "0" }, bytes],
          [{ "webhook-timestamp": `${timestampSeconds}.` }, bytes],
        ];
        for (const [changed, body] of edits)
          for (const trust of [{ secrets: [key] }, { publicKeys }]) {
            const outcome = await verify(
              { ...headers, ...changed },
              { ...at(timestampSeconds), ...trust },
              body,
            );
            expect(outcome.ok, JSON.stringify(changed)).toBe(false);
          }
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  it("is known apart from every other by its headers and body", async () => {
    await fc.assert(
      fc.asyncProperty(messages, messages, keys, async (one, two, key) => {
        const [first, second] = [
          await signed(one, { secrets: [key] }),
          await signed(two, { secrets: [key] }),
        ].map((headers) => headers["webhook-signature"]);
        const same =
          one.id === two.id &&
          one.timestampSeconds === two.timestampSeconds &&
          Buffer.from(bytesOf(one.body)).equals(Buffer.from(bytesOf(two.body)));
        expect(first === second).toBe(same);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

/** One character replaced, put in, left out, and the text cut short: each differs from the text. */
function edited(text: string, place: number, character: string): readonly string[] {
  const index = place % text.length;
  const [before, after] = [text.slice(0, index), text.slice(index + 1)];
  return [before + character + after, before + character + text.slice(index), before + after, before].filter(
    // What surrounds a header's value is not part of it.
    (changed) => changed.trim() !== text,
  );
}

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const index = place % bytes.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (Math.floor(place / bytes.length) % 8));
  return copy;
}
