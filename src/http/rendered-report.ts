import { ENGINE_VERSION } from "../catalogue/engine-version";
import { LOCALES } from "../catalogue/profile/profile";
import { EXCEL_CSV, PLAIN_CSV, type CsvForm } from "../catalogue/report/csv-cell";
import { reportPage } from "../catalogue/report/page/report-page";
import { reportCsv } from "../catalogue/report/report-csv";
import type { ReportSummary } from "../catalogue/report/summary";
import type { FileKeys } from "../crypto/file-keys";
import type { Rendering } from "../crypto/link-signature";
import { ok } from "../domain/result";
import { readSettled } from "../storage/sealed-object";
import { matches, type Served } from "../storage/serve-object";
import { readSummary } from "../storage/summary-reader";

const CSV_FORMS: Readonly<Record<string, CsvForm>> = { csv: PLAIN_CSV, excel: EXCEL_CSV };
/** The page has no script and asks for nothing; a reader who follows a link does not show where he comes from. */
const PAGE_HEADERS: readonly (readonly [string, string])[] = [
  ["Content-Type", "text/html; charset=utf-8"],
  [
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "sandbox allow-popups allow-popups-to-escape-sandbox",
  ],
  ["Referrer-Policy", "no-referrer"],
];

/**
 * A report in a form that is not stored: made while it streams, in memory that does not depend on the report. Its
 * length is not known before, so there are no ranges of it.
 */
export async function serveRendered(
  bucket: R2Bucket,
  keys: FileKeys,
  { format, lang }: Rendering,
  name: string,
  request: Request,
): Promise<Served> {
  const common = (etag: string, kind: string): [string, string][] => [
    ["ETag", etagOf(etag, format, lang)],
    ["Accept-Ranges", "none"],
    ["Content-Disposition", `${kind}; filename*=UTF-8''${encodeURIComponent(name)}`],
  ];
  const csv = CSV_FORMS[format];
  if (csv === undefined) return servePage(bucket, keys, lang, (etag) => common(etag, "inline"), request);
  const served = await readSettled<Served>(bucket, keys, async (head) => {
    if (head === null) return ok({ status: 404 });
    const headers = [
      ...common(head.httpEtag, "attachment"),
      ["Content-Type", "text/csv; charset=utf-8"] as const,
      ["Content-Security-Policy", "sandbox"] as const,
    ];
    const status = statusOf(request, etagOf(head.httpEtag, format, lang));
    if (status === 304 || request.method === "HEAD") return ok({ status, headers, body: null });
    const opened = await head.open();
    return opened.ok ? ok({ status, headers, body: reportCsv(opened.value, csv) }) : opened;
  });
  return served.ok ? served.value : { status: "unreadable", reason: served.error.reason };
}

async function servePage(
  bucket: R2Bucket,
  keys: FileKeys,
  lang: string,
  common: (etag: string) => [string, string][],
  request: Request,
): Promise<Served> {
  const read = await readSummary(bucket, keys);
  if (!read.ok) return { status: "unreadable", reason: read.error.reason };
  if (read.value === null) return { status: 404 };
  const { text, httpEtag } = read.value;
  const headers = [...common(httpEtag), ...PAGE_HEADERS];
  const status = statusOf(request, etagOf(httpEtag, "html", lang));
  if (status === 304 || request.method === "HEAD") return { status, headers, body: null };
  const locale = LOCALES.find((each) => each === lang) ?? "pt-BR";
  const page = reportPage(JSON.parse(text) as ReportSummary, locale);
  return { status, headers, body: new Blob([page]).stream() };
}

const statusOf = (request: Request, etag: string): 200 | 304 =>
  matches(request.headers.get("if-none-match"), etag) ? 304 : 200;

/** The same stored bytes make the same rendered ones, as long as the engine's version is the same. */
const etagOf = (stored: string, format: string, lang: string): string =>
  `"${stored.replaceAll('"', "")}.${format}.${lang}.${ENGINE_VERSION}"`;
