import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const DIST = join(ROOT, "engine/dist");
const WITHIN_MS = 90_000;
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Debian's package, or one that stands where it would; `scripts/install-chromium.sh` brings it. */
export const chromium = (): string | null => PLACES.find((place) => existsSync(place)) ?? null;

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module">
const post = (path, body) => fetch(path, { method: "POST", body });
try {
  const { judge } = await import("/judge.mjs");
  const [{ compileProfile }, { SHIPPED_PROFILES }, { runCatalogue }] =
    await Promise.all(["compile", "profiles", "run"].map((name) => import("/dist/" + name + ".js")));
  const cases = await (await fetch("/cases")).json();
  await post("/told", JSON.stringify(await judge({ compileProfile, SHIPPED_PROFILES, runCatalogue }, cases)));
} catch (error) {
  await post("/failed", String(error?.stack ?? error));
}
</script>`;

/** What the package makes of these cases in a headless browser, whose page is served from this process. */
export async function judgedInBrowser(
  binary: string,
  cases: readonly unknown[],
): Promise<readonly unknown[]> {
  const profile = mkdtempSync(join(tmpdir(), "validahub-chromium-"));
  let settle = { told: (_text: string): void => undefined, failed: (_error: Error): void => undefined };
  const answer = new Promise<string>((told, failed) => (settle = { told, failed }));
  const server = createServer(async (request, response) => {
    const { url = "/" } = request;
    const script = /^\/dist\/([\w.-]+\.js)$/.exec(url)?.[1];
    const send = (type: string, body: string | Buffer) => {
      response.setHeader("Content-Type", type);
      response.end(body);
    };
    if (url === "/") send("text/html", PAGE);
    else if (url === "/judge.mjs")
      send("text/javascript", readFileSync(join(import.meta.dirname, "judge.mjs")));
    else if (script !== undefined) send("text/javascript", readFileSync(join(DIST, script)));
    else if (url === "/cases") send("application/json", JSON.stringify(cases));
    else if (url === "/told") settle.told(await textOf(request));
    else if (url === "/failed") settle.failed(new Error(await textOf(request)));
    if (!response.writableEnded) response.writeHead(204).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    `--user-data-dir=${profile}`,
  ];
  const browser = spawn(binary, [...flags, `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  browser.once("exit", () => settle.failed(new Error("The browser ended before it had told anything.")));
  const late = setTimeout(() => settle.failed(new Error("The browser took too long.")), WITHIN_MS);
  try {
    return JSON.parse(await answer) as readonly unknown[];
  } finally {
    clearTimeout(late);
    const ended = new Promise((done) => browser.once("exit", done));
    if (browser.exitCode === null && browser.kill("SIGKILL")) await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
