/** What reading a schema of another language needs: members by name and type, and a list of what is not taken. */

import type { NotExpressed } from "./column-facts";

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One object of the schema. Whatever nobody has asked for, or is not of the kind asked for, is said to be not expressed. */
export class SchemaReader {
  readonly #taken = new Set<string>();

  constructor(
    private readonly json: Json,
    private readonly path: string,
    private readonly lost: NotExpressed[],
  ) {}

  text(name: string): string | undefined {
    return this.#take(name, (value) => (typeof value === "string" ? value : undefined));
  }

  number(name: string): number | undefined {
    return this.#take(name, (value) =>
      typeof value === "number" && Number.isFinite(value) ? value : undefined,
    );
  }

  count(name: string): number | undefined {
    return this.#take(name, (value) =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
    );
  }

  /** What stands for cells: texts, and numbers and booleans as their text. */
  values(name: string): readonly string[] | undefined {
    return this.#take(name, (value) =>
      Array.isArray(value) && value.length > 0 && value.every(isCell) ? value.map(String) : undefined,
    );
  }

  texts(name: string): readonly string[] | undefined {
    return this.#take(name, (value) =>
      Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined,
    );
  }

  flag(name: string): boolean | undefined {
    return this.#take(name, (value) => (typeof value === "boolean" ? value : undefined));
  }

  object(name: string): SchemaReader | undefined {
    const value = this.#take(name, (member) => (isObject(member) ? member : undefined));
    return value && new SchemaReader(value, this.#at(name), this.lost);
  }

  objects(name: string): readonly SchemaReader[] | undefined {
    const value = this.#take(name, (member) =>
      Array.isArray(member) && member.every(isObject) ? member : undefined,
    );
    return value?.map((item, i) => new SchemaReader(item, `${this.#at(name)}/${i}`, this.lost));
  }

  names(): readonly string[] {
    return Object.keys(this.json);
  }

  /** Members that say nothing about what is valid. */
  pass(...names: readonly string[]): void {
    for (const name of names) this.#taken.add(name);
  }

  lose(name: string | null, message: string): void {
    if (name !== null) this.#taken.add(name);
    this.lost.push({ path: name === null ? this.path : this.#at(name), message });
  }

  /** To be called last. */
  end(): void {
    for (const name of Object.keys(this.json))
      if (!this.#taken.has(name)) this.lose(name, `"${name}" has no counterpart in a profile`);
  }

  #take<T>(name: string, read: (value: unknown) => T | undefined): T | undefined {
    if (!Object.hasOwn(this.json, name)) return undefined;
    const value = read(this.json[name]);
    if (value === undefined) this.lose(name, `"${name}" is not of a kind that a profile can take`);
    else this.#taken.add(name);
    return value;
  }

  #at(name: string): string {
    return `${this.path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  }
}

const isCell = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";
