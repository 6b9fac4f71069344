import { once } from "node:events";
import { readInteger, readOptions, runCommand, UsageError } from "./command-line.ts";
import { startEdge } from "./edge/edge.ts";

const USAGE = `usage: npm start -- [--port 8787] [--state DIR] [--var NAME=VALUE ...]
  --port   port on 127.0.0.1; 0 takes a free one (default 8787)
  --state  folder that keeps the edge's state and development keys (default .state)
  --var    replaces a variable of the Worker, e.g. JWT_ISSUER=https://issuer.example/; may be repeated`;

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

await runCommand(USAGE, async () => {
  const options = readOptions({
    port: { type: "string", default: "8787" },
    state: { type: "string", default: ".state" },
    var: { type: "string", multiple: true, default: [] },
  });
  const port = readInteger("port", options.port, 0, 65_535);
  const vars = Object.fromEntries(options.var.map(readVariable));
  const ending = endingSignal();
  try {
    const edge = await startEdge({ port, stateDir: options.state, vars, signal: ending });
    const { url } = edge;
    console.log(`API        ${url}/v1\nDocs       ${url}/docs\nDashboard  ${url}/dashboard\nready ${url}`);
    if (!ending.aborted) await once(ending, "abort");
    await edge.stop();
  } catch (error) {
    if (!ending.aborted) throw error;
  }
  process.exit(0);
});

/** Aborted by the first signal that asks for the end. npm and the terminal both send Ctrl-C: more change nothing. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ENDING_SIGNALS) process.on(name, () => ending.abort());
  // Whoever read our output may go away; the edge serves on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return ending.signal;
}

function readVariable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--var takes NAME=VALUE, not "${text}".`);
  }
  return [name, value];
}
