import {
  CHUNK_BYTES,
  chunkHeader,
  importFileKey,
  lastChunkOf,
  NONCE_BYTES,
  sealedSize,
  STORED_CHUNK_BYTES,
} from "../../../../src/crypto/file-codec";
import { FileOpener, openStream } from "../../../../src/crypto/file-opener";
import { FileSealer, sealStream } from "../../../../src/crypto/file-sealer";

const FILE_BYTES = 16 * 1024 ** 2;
const PIECE_BYTES = 256 * 1024;

interface Files {
  readonly key: Uint8Array;
  readonly plain: Uint8Array;
  readonly sealed: Uint8Array;
}
/** Goes once through the file; answers with the bytes that came out, without what only the codec adds. */
type Contestant = (files: Files) => Promise<number>;

const zeros = new Uint8Array(NONCE_BYTES);

const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  seal: async ({ key, plain }) => {
    const sealer = new FileSealer(key);
    let bytes = 0;
    for (const piece of piecesOf(plain)) bytes += total(await sealer.push(piece));
    return bytes + total(await sealer.finish());
  },
  encrypt: async ({ key, plain }) => {
    const aes = await importFileKey(key, "encrypt");
    let bytes = 0;
    for (let at = 0; at < plain.length; at += CHUNK_BYTES)
      bytes += (await encrypted(aes, plain.subarray(at, at + CHUNK_BYTES))).byteLength + NONCE_BYTES;
    return bytes;
  },
  open: async ({ key, sealed }) => {
    const opener = new FileOpener(key, whole);
    let bytes = 0;
    for (const piece of piecesOf(sealed)) bytes += total(await opener.push(piece));
    return bytes + total(await opener.finish());
  },
  decrypt: async ({ key, sealed }) => {
    const aes = await importFileKey(key, "decrypt");
    let bytes = 0;
    for (let index = 0; index <= whole.lastChunk; index++) {
      const stored = sealed.subarray(index * STORED_CHUNK_BYTES, (index + 1) * STORED_CHUNK_BYTES);
      const iv = stored.subarray(0, NONCE_BYTES);
      const additionalData = chunkHeader(index, index === whole.lastChunk);
      const cipher = { name: "AES-GCM", iv, additionalData };
      bytes += (await crypto.subtle.decrypt(cipher, aes, stored.subarray(NONCE_BYTES))).byteLength;
    }
    return bytes;
  },
  "seal-stream": ({ key, plain }) => drained(streamOf(plain).pipeThrough(sealStream(key))),
  "open-stream": ({ key, sealed }) => drained(streamOf(sealed).pipeThrough(openStream(key, whole))),
  /** What a stream costs by itself. */
  "encrypt-stream": async ({ key, plain }) => {
    const aes = await importFileKey(key, "encrypt");
    const cipher = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (piece, controller) => {
        for (let at = 0; at < piece.length; at += CHUNK_BYTES)
          controller.enqueue(new Uint8Array(await encrypted(aes, piece.subarray(at, at + CHUNK_BYTES))));
      },
    });
    const chunks = plain.length / CHUNK_BYTES;
    return (await drained(streamOf(plain).pipeThrough(cipher))) + chunks * NONCE_BYTES;
  },
};

const whole = { firstChunk: 0, lastChunk: lastChunkOf(FILE_BYTES), skip: 0, length: FILE_BYTES };

let prepared: Promise<Files> | undefined;

/** `/codec/{contestant}?rounds=`: goes that often through a file in memory, and says how many bytes it read. */
export async function answerCodec(url: URL): Promise<Response> {
  const contestant = CONTESTANTS[url.pathname.slice("/codec/".length)];
  if (!contestant) return new Response("no such contestant", { status: 404 });
  const files = await (prepared ??= prepare());
  let bytes = 0;
  for (let round = 0; round < Number(url.searchParams.get("rounds")); round++)
    bytes += await contestant(files);
  return Response.json({ bytes });
}

async function prepare(): Promise<Files> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const plain = new Uint8Array(FILE_BYTES);
  for (let at = 0; at < plain.length; at += CHUNK_BYTES)
    crypto.getRandomValues(plain.subarray(at, at + CHUNK_BYTES));
  const sealer = new FileSealer(key);
  const pieces = [...(await sealer.push(plain)), ...(await sealer.finish())];
  const sealed = new Uint8Array(sealedSize(FILE_BYTES));
  let at = 0;
  for (const piece of pieces) {
    sealed.set(piece, at);
    at += piece.length;
  }
  if (at !== sealed.length) throw new Error("The sealed file has another size than announced.");
  return { key, plain, sealed };
}

const encrypted = (key: CryptoKey, plain: Uint8Array): Promise<ArrayBuffer> =>
  crypto.subtle.encrypt({ name: "AES-GCM", iv: zeros, additionalData: zeros }, key, plain);

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const pieces = piecesOf(bytes);
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function drained(stream: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

const total = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);
