import type { Env } from "../../../../src/env";
import type { Reference } from "./reference";

export interface BenchEnv extends Env {
  readonly REFERENCES: DurableObjectNamespace<Reference>;
}
