import { describe, expect, it, vi } from "vitest";
import { logError, type ErrorReporter } from "../../src/telemetry/error-reporter";
import { withLogContext } from "../../src/telemetry/logger";
import { errorReporter } from "../../src/telemetry/sentry";
import { describeKept, keeps, type Contract, type Maker } from "./contract";

interface Subject {
  readonly report: ErrorReporter;
  /** What was written so far, line by line. */
  readonly lines: () => readonly string[];
  /** Everything that left: the lines, and what an error tracker was sent. */
  readonly told: () => Promise<string>;
}

const FACTS = { event: "request.failed", requestId: "r-1", attempt: 2 } as const;
const SECRET = "hunter2";

const lineOf = ({ lines }: Subject): Readonly<Record<string, unknown>> => {
  expect(lines()).toHaveLength(1);
  const line = lines()[0] ?? "";
  expect(line).not.toContain("\n");
  return JSON.parse(line) as Record<string, unknown>;
};

/** What the code of others throws. */
const THROWN: readonly (readonly [name: string, thrown: unknown, text: string])[] = [
  ["text", "just text", "just text"],
  ["an empty text", "", ""],
  ["a number", 42, "42"],
  ["a bigint", 42n, "42"],
  ["undefined", undefined, "undefined"],
  ["null", null, "null"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["a plain object", { code: 7 }, "[object Object]"],
  ["a list", ["a", 1], "a,1"],
  ["a DOMException", new DOMException("aborted", "AbortError"), "aborted"],
  ["an error without a stack", Object.assign(new Error("no stack"), { stack: undefined }), "no stack"],
  ["an error of two lines", new Error("first\nsecond"), "first\nsecond"],
  ["an error that nobody may change", Object.freeze(new Error("frozen")), "frozen"],
];

const contract: Contract<Subject> = {
  "writes one line of JSON with the event, the facts and the error": (subject) => {
    subject.report(new RangeError("out of range"), FACTS);
    expect(lineOf(subject)).toMatchObject({
      ...FACTS,
      error: "RangeError",
      message: "out of range",
      stack: expect.stringContaining("out of range"),
    });
  },

  ...Object.fromEntries(
    THROWN.map(([name, thrown, text]): [string, (subject: Subject) => void] => [
      `takes ${name}`,
      (subject) => {
        expect(() => subject.report(thrown, FACTS)).not.toThrow();
        expect(lineOf(subject)).toMatchObject({ ...FACTS, message: text });
      },
    ]),
  ),

  "takes an object that has no text": (subject) => {
    expect(() => subject.report(Object.create(null), FACTS)).not.toThrow();
    expect(lineOf(subject)).toMatchObject(FACTS);
  },

  "says nothing of what an error carries beside its text": async (subject) => {
    const carried = { token: SECRET, headers: { authorization: SECRET }, toJSON: () => SECRET };
    subject.report(Object.assign(new Error("refused"), carried), FACTS);
    expect(lineOf(subject)).toMatchObject({ message: "refused" });
    expect(await subject.told()).not.toContain(SECRET);
  },

  "says nothing of what a thrown object carries": async (subject) => {
    subject.report({ token: SECRET }, FACTS);
    expect(await subject.told()).not.toContain(SECRET);
  },

  "leaves the error as it was": ({ report }) => {
    const error = Object.assign(new Error("kept"), { code: 7 });
    const { stack } = error;
    report(error, FACTS);
    expect({ ...error, message: error.message, stack: error.stack }).toEqual({
      code: 7,
      message: "kept",
      stack,
    });
    expect(Object.keys(error)).toEqual(["code"]);
  },

  "writes a line for each report, also of the same error": ({ report, lines }) => {
    const error = new Error("twice");
    report(error, FACTS);
    report(error, { ...FACTS, attempt: 3 });
    expect(lines().map((line) => (JSON.parse(line) as { attempt: number }).attempt)).toEqual([2, 3]);
  },

  "keeps the line to the tenant whose work it is": (subject) => {
    withLogContext({ tenantId: "t_own" }, () =>
      subject.report(new Error("mixed up"), { ...FACTS, tenantId: "t_other" }),
    );
    expect(lineOf(subject)).toMatchObject({ tenantId: "t_own" });
  },

  "lets no fact pass for the error": (subject) => {
    subject.report(new Error("real"), { ...FACTS, message: "forged", error: "forged" });
    expect(lineOf(subject)).toMatchObject({ error: "Error", message: "real" });
  },
};

/** With the platform's log read, and an error tracker that answers as `answer` says instead of over the network. */
const reporter =
  (make: (waitUntil: (work: Promise<unknown>) => void) => ErrorReporter, answer = okay): Maker<Subject> =>
  async (clause) => {
    const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const sent = vi.spyOn(globalThis, "fetch").mockImplementation(answer);
    const pending: Promise<unknown>[] = [];
    const lines = () => written.mock.calls.map((call: readonly unknown[]) => call.map(String).join(" "));
    try {
      const told = async () => {
        await Promise.allSettled(pending);
        const bodies = sent.mock.calls.map(([, init]) => new Response(init?.body as BodyInit).text());
        return [...lines(), ...(await Promise.all(bodies))].join("\n");
      };
      await clause({ report: make((work) => void pending.push(work)), lines, told });
      await Promise.allSettled(pending);
    } finally {
      written.mockRestore();
      sent.mockRestore();
    }
  };

const okay = (): Promise<Response> => Promise.resolve(new Response("{}"));
const sentry = (dsn: string) => (waitUntil: (work: Promise<unknown>) => void) =>
  errorReporter({ dsn, environment: "test" }, { waitUntil });
const DSN = "https://public@sentry.test/1";

describe("ErrorReporter", () => {
  const down = () => Promise.reject(new Error("unreachable"));
  const limited = () => Promise.resolve(new Response("no", { status: 429 }));

  describeKept(
    "logError",
    contract,
    reporter(() => logError),
  );
  describeKept("errorReporter without a DSN", contract, reporter(sentry("")));
  describeKept("errorReporter with a DSN", contract, reporter(sentry(DSN)));
  describeKept("errorReporter whose tracker is down", contract, reporter(sentry(DSN), down));
  describeKept("errorReporter whose tracker refuses", contract, reporter(sentry(DSN), limited));
});

describe("errorReporter", () => {
  it("tells the tracker the error and the environment, once", () =>
    reporter(sentry(DSN))(async ({ report, lines, told }) => {
      report(new RangeError("out of range"), FACTS);
      const sent = (await told()).slice(lines().join("\n").length);
      expect(sent).toContain(`"type":"RangeError","value":"out of range"`);
      expect(sent).toContain(`"environment":"test"`);
      expect(sent.match(/"type":"event"/g)).toHaveLength(1);
    }));

  it("tells the tracker the facts, by which a report is found again", () =>
    reporter(sentry(DSN))(async ({ report, lines, told }) => {
      report(new Error("lost"), FACTS);
      const sent = (await told()).slice(lines().join("\n").length);
      expect(sent).toContain(`"requestId":"r-1"`);
      expect(sent).toContain(`"event":"request.failed"`);
    }));

  it("asks no network without a DSN", () =>
    reporter(sentry(""))(async ({ report, lines, told }) => {
      report(new Error("logged only"), FACTS);
      expect(await told()).toBe(lines().join("\n"));
    }));
});

describe("the contract finds a reporter that", () => {
  const write = (facts: object) => console.error(JSON.stringify(facts));
  it.each<readonly [string, ErrorReporter, string]>([
    [
      "knows errors only",
      (error, facts) => write({ ...facts, message: (error as Error).message }),
      "takes null",
    ],
    [
      "writes whatever an error carries",
      (error, facts) => write({ ...facts, ...(error as object), message: (error as Error).message }),
      "says nothing of what an error carries beside its text",
    ],
    [
      "hands the console an object",
      (_error, facts) => console.error(facts),
      "writes one line of JSON with the event, the facts and the error",
    ],
    [
      "writes two lines",
      (error, facts) => [error, facts].forEach((part) => write({ part: String(part) })),
      "writes one line of JSON with the event, the facts and the error",
    ],
    [
      "lets the facts win",
      (error, facts) => write({ error: "Error", message: (error as Error).message, ...facts }),
      "lets no fact pass for the error",
    ],
    [
      "tells an error once only",
      (() => {
        const known = new WeakSet();
        return (error, facts) => {
          if (known.has(error as Error)) return;
          known.add(error as Error);
          logError(error, facts);
        };
      })(),
      "writes a line for each report, also of the same error",
    ],
    [
      "marks what it has told",
      (error, facts) => {
        logError(error, facts);
        Object.assign(error as Error, { isReported: true });
      },
      "leaves the error as it was",
    ],
  ])("%s", async (_fault, faulty, clause) => {
    expect(
      await keeps(
        reporter(() => faulty),
        contract,
        clause,
      ),
    ).toBe(false);
  });
});
