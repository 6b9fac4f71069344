import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request written to the socket as it stands: header lines that no HTTP client would send. */
export function rawRequest(
  base: string,
  head: readonly string[],
  body = "",
  requestLine = "GET /v1/jobs HTTP/1.1",
): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.setTimeout(10_000, () => socket.destroy(new Error("No answer within 10 s.")));
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }));
    socket.write(
      Buffer.from(
        [requestLine, `Host: ${hostname}`, "Connection: close", ...head, "", body].join("\r\n"),
        "latin1",
      ),
    );
  });
}
