/** The product's own sources as text, by path from the project's root; what is generated is not among them. */

const GENERATED = "src/worker-configuration.d.ts";

const SOURCES = import.meta.glob<string>("../../{src,durable-objects,client/src}/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const sourceFiles: readonly (readonly [file: string, source: string])[] = Object.entries(SOURCES)
  .map(([path, source]) => [path.replace(/^(?:\.\.\/)+/, ""), source] as const)
  .filter(([file]) => file !== GENERATED);

/** A source without its comment lines. */
export const code = (source: string): string => source.replace(/^\s*(?:\/\/|\/\*|\*).*$/gm, "");
