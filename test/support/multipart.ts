import { exports } from "cloudflare:workers";
import type { TestTenant } from "./tenants";

/** Just above what one PUT carries: two full parts and one of seven bytes. */
export const LARGE_FILE_BYTES = 64 * 1024 ** 2 + 7;

export interface Announced {
  file_id: string;
  file_ref: string;
  part_size: number;
  parts: { part_number: number; upload_url: string }[];
  complete_url: string;
  abort_url: string;
  expires_at: string;
}

/** Announces an upload in parts. */
export const announce = (tenant: TestTenant, body: Record<string, unknown> = {}) =>
  tenant.json<Announced>("POST", "/v1/uploads", { filename: "a b'ç.csv", size: LARGE_FILE_BYTES, ...body });

export const send = (url: string, init: RequestInit) => exports.default.fetch(new Request(url, init));

export const urlOf = (announced: Announced, partNumber: number): string => {
  const part = announced.parts.find(({ part_number }) => part_number === partNumber);
  if (!part) throw new Error(`There is no part ${partNumber}.`);
  return part.upload_url;
};
