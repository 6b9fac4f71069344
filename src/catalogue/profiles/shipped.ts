import { parseProfile, type Profile, type ProfileInput } from "../profile/profile";

/**
 * Profiles by `channel@version`, each parsed and linted like a tenant's when it is first asked for, so that a start
 * pays for none. What is kept then is the same for everybody.
 */
export class ShippedProfiles {
  readonly #inputs: ReadonlyMap<string, ProfileInput>;
  readonly #parsed = new Map<string, Profile>();

  constructor(inputs: readonly ProfileInput[]) {
    this.#inputs = new Map(inputs.map((input) => [`${input.channel}@${input.version}`, input]));
  }

  keys(): Iterable<string> {
    return this.#inputs.keys();
  }

  versionsOf(channel: string): readonly string[] {
    return Array.from(this.#inputs.values()).flatMap((input) =>
      input.channel === channel ? [input.version] : [],
    );
  }

  /** Parses all of them. */
  values(): readonly Profile[] {
    return Array.from(this, ([, profile]) => profile);
  }

  *[Symbol.iterator](): Iterator<readonly [string, Profile]> {
    for (const [id, input] of this.#inputs) yield [id, this.#parse(id, input)];
  }

  get(id: string): Profile | undefined {
    const input = this.#inputs.get(id);
    return input && this.#parse(id, input);
  }

  #parse(id: string, input: ProfileInput): Profile {
    const known = this.#parsed.get(id);
    if (known) return known;
    const parsed = parseProfile(input);
    if (!parsed.ok) {
      const faults = parsed.error.map(({ path, message }) => `${path}: ${message}`);
      throw new Error(`${id}: ${faults.join("; ")}`);
    }
    this.#parsed.set(id, parsed.value);
    return parsed.value;
  }
}
