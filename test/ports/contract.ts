import { describe, it } from "vitest";

/** What a port promises, one clause a promise: it throws where its subject does otherwise. */
export type Contract<Subject> = Readonly<Record<string, (subject: Subject) => void | Promise<void>>>;

/** Makes a fresh subject, hands it to the clause where it can live, and ends with the clause. */
export type Maker<Subject> = (clause: (subject: Subject) => void | Promise<void>) => Promise<void>;

/** An adapter, or a fake that stands for one, keeps every clause. */
export function describeKept<Subject>(name: string, contract: Contract<Subject>, make: Maker<Subject>): void {
  const clauses = Object.entries(contract);
  describe(name, () => {
    it.each(clauses)("%s", (_clause, check) => make(check));
  });
}

/** Whether a subject keeps one clause; what shows that a contract can be broken at all. */
export async function keeps<Subject>(
  make: Maker<Subject>,
  contract: Contract<Subject>,
  clause: string,
): Promise<boolean> {
  const check = contract[clause];
  if (!check) throw new Error(`The contract has no clause "${clause}".`);
  return make(check).then(
    () => true,
    () => false,
  );
}
