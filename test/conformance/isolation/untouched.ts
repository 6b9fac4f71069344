import { exports } from "cloudflare:workers";
import type { Populated } from "./populated";

type Page = { readonly data: readonly Readonly<Record<string, unknown>>[]; readonly next: string };

/** All that a tenant can see of its own, as text. */
export async function everythingOf({
  tenant,
  jobs,
  files,
  profiles,
  links,
}: Populated): Promise<readonly string[]> {
  const paths = [
    "/v1/jobs?limit=100",
    "/v1/api-keys?limit=100",
    "/v1/support-access?limit=100",
    "/v1/rules?limit=100",
    ...Object.values(profiles).map((id) => `/v1/rules/${id}`),
    ...Object.values(files).map((id) => `/v1/files/${id}`),
    `/v1/jobs/${jobs.succeeded}/findings?limit=100`,
  ];
  // How much of its rate is left is no state of its own doing.
  const { remaining: _remaining, ...standing } = await tenant.json("GET", "/v1/tenant");
  const seen = [JSON.stringify(standing)];
  for (const path of paths) seen.push(JSON.stringify(await tenant.json("GET", path)));
  for (let after = "0"; ;) {
    const page: Page = await tenant.json<Page>("GET", `/v1/events?after=${after}`);
    seen.push(...page.data.map((event) => JSON.stringify(event)));
    if (page.data.length === 0) break;
    after = page.next;
  }
  for (const url of [links.output, links.report]) {
    const response = await exports.default.fetch(new Request(url));
    seen.push(`${response.status} ${await response.text()}`);
  }
  return seen;
}
