/** A small client of the API for the scripts: one bearer, JSON in and out, and every answer's status checked. */
export class Api {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The JSON of an answer that must have this status. */
  async json<T>(method: string, path: string, status: number, body?: unknown): Promise<T> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (response.status !== status)
      throw new Error(`${method} ${path} answered ${response.status} instead of ${status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** Announces and uploads a file; its `file_ref`. */
  async upload(filename: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const announced = await this.json<{ upload_url: string; file_ref: string }>("POST", "/v1/uploads", 201, {
      filename,
      size: bytes.length,
    });
    const put = await fetch(announced.upload_url, { method: "PUT", body: bytes });
    if (put.status !== 200)
      throw new Error(`The upload of ${filename} answered ${put.status}: ${await put.text()}`);
    return announced.file_ref;
  }

  submit(
    fileRef: string,
    type: string,
    profile: string,
    members: Readonly<Record<string, unknown>> = {},
  ): Promise<JobAnswer> {
    return this.json("POST", "/v1/jobs", 201, {
      channel: profile.split("@")[0],
      type,
      file_ref: fileRef,
      rules_profile_id: profile,
      ...members,
    });
  }

  job(id: string): Promise<JobAnswer> {
    return this.json("GET", `/v1/jobs/${id}`, 200);
  }
}

export interface JobAnswer {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly progress: number;
  readonly counters: Readonly<Record<"total" | "processed" | "errors" | "warnings" | "corrections", number>>;
  readonly findings_total: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface FindingAnswer {
  readonly row: number;
  readonly line: number;
  readonly column: number;
  readonly field: string;
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly value: string | null;
  readonly fix?: { readonly before: string; readonly after: string };
}
