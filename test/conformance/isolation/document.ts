/** What the served OpenAPI document says of each operation, as far as the matrix is made from it. */

export interface BodySchema {
  readonly properties?: Readonly<Record<string, BodySchema>>;
  readonly items?: BodySchema;
}

interface DocumentedOperation {
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: BodySchema }>> };
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

export interface Operation {
  /** `post /v1/jobs/{job_id}/retry`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly plane: string;
  readonly pathNames: readonly string[];
  readonly queryNames: readonly string[];
  /** In lower case. */
  readonly headerNames: readonly string[];
  /** Every leaf of the body: `file_ref`, `overrides.rate.burst`, `items[].sku`. */
  readonly bodyNames: readonly string[];
}

export const operationsIn = ({ paths }: ApiDocument): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags, parameters, requestBody }]) => {
      const names = (where: string) => parameters.filter((one) => one.in === where).map(({ name }) => name);
      const bodies = Object.values(requestBody?.content ?? {});
      return {
        name: `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        plane: tags[0] ?? "",
        pathNames: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
        queryNames: names("query"),
        headerNames: names("header").map((name) => name.toLowerCase()),
        bodyNames: bodies.flatMap(({ schema }) => leavesOf(schema)),
      };
    }),
  );

/** An object with no named members is a leaf: what is in it is the client's own. */
function leavesOf({ properties = {} }: BodySchema, prefix = ""): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    if (schema.items?.properties) return leavesOf(schema.items, `${path}[].`);
    return schema.properties ? leavesOf(schema, `${path}.`) : [path];
  });
}
