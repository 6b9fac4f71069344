import { expect } from "vitest";

export interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly details: { readonly field_errors?: Readonly<Record<string, readonly string[]>> };
}

/** The problem document of an answer that must have this status and code. */
export async function problemOf(response: Response, status: number, code: string): Promise<ProblemBody> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = JSON.parse(text) as ProblemBody;
  expect(body.code).toBe(code);
  return body;
}
