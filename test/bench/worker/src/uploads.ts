import { createHash } from "node:crypto";
import { receiveUpload } from "../../../../src/storage/receive-upload";
import { piecesOf } from "../../../../src/storage/exact-stream";
import { benchKeys } from "./bench-files";

type Receive = (bucket: R2Bucket, body: ReadableStream<Uint8Array>, sizeBytes: number) => Promise<string>;

const NAME = "upload.csv";
const CLEAR_KEY = `bench/clear/${NAME}`;

const CONTESTANTS: Readonly<Record<string, Receive>> = {
  sealed: async (bucket, body, sizeBytes) => {
    const file = { body, declaredBytes: undefined, sizeBytes, sha256: null, contentType: "text/csv" };
    const received = await receiveUpload(bucket, benchKeys(NAME), file);
    if (!received.ok) throw new Error(`The upload was refused: ${received.error.reason}`);
    return received.value.sha256;
  },
  /** The same without sealing: hashed on its way, at the length that was announced. */
  clear: async (bucket, body, sizeBytes) => {
    const hash = createHash("sha256");
    const exact = new FixedLengthStream(sizeBytes);
    const pump = async (): Promise<void> => {
      const writer = exact.writable.getWriter();
      for await (const piece of piecesOf(body)) {
        hash.update(piece);
        await writer.write(piece);
      }
      await writer.close();
    };
    await Promise.all([bucket.put(CLEAR_KEY, exact.readable), pump()]);
    return hash.digest("hex");
  },
};

/** `PUT /upload/{contestant}` stores the body, says its digest, and leaves nothing behind. */
export async function answerUpload(bucket: R2Bucket, request: Request, path: string): Promise<Response> {
  const receive = CONTESTANTS[path.slice("/upload/".length)];
  if (!receive || !request.body) return new Response("no such contestant or no body", { status: 404 });
  const sizeBytes = Number(request.headers.get("content-length"));
  const sha256 = await receive(bucket, request.body, sizeBytes);
  await bucket.delete([CLEAR_KEY, benchKeys(NAME).path]);
  return Response.json({ sha256 });
}
