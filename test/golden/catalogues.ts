/** A small catalogue for each shipped profile, as sellers write them, and what has been promised of it. */

const SOURCES = import.meta.glob<string>("../fixtures/catalogue/golden/*", {
  query: "?raw",
  import: "default",
  eager: true,
});
const GOLDENS = import.meta.glob<string>("./catalogues/*", { query: "?raw", import: "default", eager: true });

export interface GoldenCatalogue {
  /** `shopee-1.0.0.csv`. */
  readonly file: string;
  readonly source: string;
  readonly findings: string | undefined;
  readonly corrected: string | undefined;
}

/** By the profile's `channel@version`. */
export const CATALOGUES: ReadonlyMap<string, GoldenCatalogue> = new Map(
  Object.entries(SOURCES).map(([path, source]) => {
    const file = path.slice(path.lastIndexOf("/") + 1);
    const [, channel = "", version = "", ending = ""] = /^(.+)-(\d+\.\d+\.\d+)\.(\w+)$/.exec(file) ?? [];
    const golden = `./catalogues/${channel}-${version}`;
    return [
      `${channel}@${version}`,
      {
        file,
        source,
        findings: GOLDENS[`${golden}.findings.ndjson`],
        corrected: GOLDENS[`${golden}.corrected.${ending}`],
      },
    ];
  }),
);

export const GOLDEN_FILES: readonly string[] = Object.keys(GOLDENS);
