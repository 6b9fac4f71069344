import type { Attempt, Call, Sent } from "./attempt";

export type Send = (call: Call) => Promise<Response>;

export interface Fault {
  readonly kind: "leak" | "difference" | "answer";
  readonly attempt: string;
  readonly detail: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** CONTRACT §3: what two answers that must be identical may differ in. */
const ASIDE_HEADERS = /^(?:x-request-id|date|ratelimit.*|x-ratelimit.*)$/;
const ASIDE_MEMBERS = new Set(["request_id", "timestamp", "instance"]);
/** How long a receiver took, and how far one is behind, at that very moment. */
const OF_THE_MOMENT = /(?:^|\.)(?:duration_ms|delivery\.(?:last_)?sequence|remaining\.requests)$/;
/** What anything that is newly made has of its own. */
const OF_ITS_OWN =
  /vh_[a-z0-9]+_t_[\w.-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=signature=)[\w-]+|(?<=expires=)\d+|(?<=upload=)[^&]+|whsec_[A-Za-z0-9+/]+=*|\b[0-9a-f]{64}\b/g;
/** A stream of events does not end: what it says until it has caught up is its answer. */
const CAUGHT_UP = "\n: live\n";
const STREAM_MS = 250;

/** Sends both halves of an attempt and says all that is wrong with how they are answered. */
export async function judge(
  send: Send,
  attempt: Attempt,
  canaries: readonly string[],
): Promise<readonly Fault[]> {
  const foreign = await answerOf(await send(attempt.foreign.call));
  const random = await answerOf(await send(attempt.random.call));
  const name = `${attempt.operation.name} [${attempt.carrier}] ${attempt.what}`;
  return [
    ...leaksIn(attempt.foreign, foreign, canaries).map((detail) => ({ kind: "leak" as const, detail })),
    ...differences(attempt, foreign, random).map((detail) => ({ kind: "difference" as const, detail })),
    ...unexpected(attempt, foreign).map((detail) => ({ kind: "answer" as const, detail })),
  ].map((fault) => ({ ...fault, attempt: name }));
}

async function answerOf(response: Response): Promise<Answer> {
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await textOf(response) };
}

export async function textOf(response: Response): Promise<string> {
  if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream"))
    return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const over = scheduler.wait(STREAM_MS).then(() => ({ done: true, value: undefined }) as const);
  let text = "";
  while (!text.includes(CAUGHT_UP)) {
    const { done, value } = await Promise.race([reader.read(), over]);
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

/** What the answer says of the other tenant that the request had not said itself. */
function leaksIn({ call }: Sent, answer: Answer, canaries: readonly string[]): readonly string[] {
  const asked = folded(`${call.url} ${JSON.stringify(call.headers)} ${call.body ?? ""}`);
  const answered = folded(`${JSON.stringify(answer.headers)} ${answer.text}`);
  return canaries
    .map((canary) => canary.toLowerCase())
    .filter((canary) => answered.includes(canary) && !asked.includes(canary))
    .map((canary) => `the answer contains ${canary}`);
}

/** In lower case, and with what is percent-encoded also in the clear. */
function folded(text: string): string {
  const plain = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
  return `${text} ${plain}`.toLowerCase();
}

function differences({ foreign, random, makes }: Attempt, one: Answer, other: Answer): readonly string[] {
  const [a, b] = [comparable(one, foreign, makes), comparable(other, random, makes)];
  return a === b ? [] : [`to what is the other tenant's ${a}, to what is nobody's ${b}`];
}

function comparable({ status, headers, text }: Answer, { echoes }: Sent, makes: boolean): string {
  const ofItsOwn = makes && status < 300;
  const plain = (value: string): string => {
    const repeated = echoes.reduce(
      (rest, echo) => (rest === echo ? "<sent>" : echo.length < 8 ? rest : rest.replaceAll(echo, "<sent>")),
      value,
    );
    return ofItsOwn ? repeated.replace(OF_ITS_OWN, "<own>") : repeated;
  };
  const kept = Object.entries(headers).filter(([name]) => !ASIDE_HEADERS.test(name));
  return JSON.stringify({
    status,
    headers: kept.map(([name, value]) => [name, plain(value)]).toSorted(),
    body: comparableBody(text, plain),
  });
}

function comparableBody(text: string, plain: (value: string) => string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return plain(text);
  }
  return walk(body, plain, "");
}

function walk(value: unknown, plain: (text: string) => string, path: string): unknown {
  if (typeof value === "string") return plain(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, plain, path));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // The rate that is left (GET /v1/tenant) is the same truth as the RateLimit header.
      .filter(([name]) => !(path === "" && ASIDE_MEMBERS.has(name)) && !OF_THE_MOMENT.test(`${path}${name}`))
      .map(([name, item]) => [plain(name), walk(item, plain, `${path}${name}.`)]),
  );
}

function unexpected({ expected, code }: Attempt, answer: Answer): readonly string[] {
  const { status, headers, text } = answer;
  const faults: string[] = [];
  if (status >= 500) faults.push(`answered ${status}: ${text}`);
  if (expected === "success" && status >= 300)
    faults.push(`answered ${status} instead of a success: ${text}`);
  if (typeof expected === "number" && status !== expected)
    faults.push(`answered ${status} instead of ${expected}: ${text}`);
  if (code !== undefined && text !== "" && !text.includes(`"code":"${code}"`))
    faults.push(`the code is not ${code}: ${text}`);
  if ("idempotent-replayed" in headers) faults.push("answered a replay");
  return faults;
}
