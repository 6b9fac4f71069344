import type { BenchEdge, BenchTenant } from "./bench-edges.ts";
import { compareEngines } from "./engine-rows.ts";
import type { LoadRequest } from "./http-load.ts";
import { compare, type Effort, type Pair } from "./http-rows.ts";
import { call, comparePasses, type PassRow } from "./passes.ts";
import type { BenchRow, Goal } from "./result.ts";

const NAME = "sealing_overhead";
const REFERENCE = "the same in the clear";
const GOAL: Goal = { atLeast: 0.9 };
const JOBS = { measured: "engine", reference: "clear-job", sink: "r2" } as const;
const UPLOAD_BYTES = 32 * 1024 ** 2;

/** What a client says of a job and nobody else may read; about 300 bytes of metadata. */
export const PRIVATE_MEMBERS = {
  seller_id: "seller_8f14e45fceea167a",
  callback_url: "https://hooks.loja-exemplo.com.br/validahub/jobs?origem=erp",
  metadata: {
    origin: "erp-nightly",
    batch: "2026-11-24/0042",
    requested_by: { name: "Ana Souza", email: "ana.souza@loja-exemplo.com.br" },
    tags: ["inverno", "reposição", "prioridade-2"],
    erp: { company: 17, branch: "SP-03", warehouse: "GRU2", export_id: 900144213 },
    note: "Reenviar depois da conferência de preços",
  },
};

/** What sealing costs a call, a job and an upload: the product against the same in the clear, in one Worker. */
export async function sealingOverhead(edge: BenchEdge, bytes: number, effort: Effort): Promise<BenchRow[]> {
  const sealed = await edge.tenantAt("/product", "t_sealed");
  const clear = await edge.tenantAt("/clear", "t_clear");
  const against = (measured: LoadRequest, reference: LoadRequest): Pair => ({
    measured: { edge, request: measured },
    reference: { edge, request: reference },
  });
  const row = (what: string, goal: Goal | null) => ({ name: NAME, what, reference: REFERENCE, goal });
  // What is looked for is a few per cent: many short rounds tell it from the machine's own moods.
  const often = { ...effort, rounds: effort.rounds * 3, roundMs: effort.roundMs / 2 };
  const submits = against(submitting(sealed), submitting(clear));
  const reads = against(await reading(sealed), await reading(clear));
  return [
    await compare(submits, 16, row("POST /v1/jobs", GOAL), often),
    await compare(submits, 1, row("POST /v1/jobs", GOAL), often),
    await compare(reads, 16, row("GET /v1/jobs/{id}, the same job", null), often),
    await compareEngines(edge, bytes, JOBS, row("a whole job, R2 to R2", GOAL), effort),
    await uploads(edge, row("an upload of 32 MiB", null), effort),
  ];
}

/** With everything that a client may say of a job. */
const submitting = ({ base, token, submitBody }: BenchTenant) =>
  ({
    url: `${base}/v1/jobs`,
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ ...(JSON.parse(submitBody) as object), ...PRIVATE_MEMBERS }),
    status: 201,
  }) satisfies LoadRequest;

/** Of a job that was submitted so. A variant that loses what it said is none. */
async function reading(tenant: BenchTenant): Promise<LoadRequest> {
  const { url, headers, body, method } = submitting(tenant);
  const { id } = await call<{ id: string }>(url, { method, headers, body });
  const request = { url: `${url}/${id}`, method: "GET", headers, status: 200 } as const;
  const job = await call<Record<string, unknown>>(request.url, { headers });
  for (const [name, value] of Object.entries(PRIVATE_MEMBERS))
    if (JSON.stringify(job[name]) !== JSON.stringify(value))
      throw new Error(`${request.url} answers another ${name} than was submitted.`);
  return request;
}

function uploads({ url }: BenchEdge, row: PassRow, effort: Effort): Promise<BenchRow> {
  const body = new Uint8Array(UPLOAD_BYTES).fill(0x2c);
  const pass = (by: string) => async (): Promise<number> => {
    await call(`${url}/upload/${by}`, { method: "PUT", body });
    return body.length;
  };
  return comparePasses({ measured: pass("sealed"), reference: pass("clear") }, row, effort);
}
