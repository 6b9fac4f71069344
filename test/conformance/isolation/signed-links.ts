import { attempt, type Attempt } from "./attempt";
import type { Operation } from "./document";
import { foreign, type Foreign } from "./foreign";
import { freshTenantId } from "../../support/tenants";
import { alike } from "./likeness";
import type { Populated } from "./populated";

type LinkName = keyof Populated["links"];

const METHOD_OF: Readonly<Record<LinkName, string>> = {
  output: "GET",
  report: "GET",
  put: "PUT",
  part: "PUT",
  complete: "POST",
  abort: "POST",
};

interface Edit {
  readonly what: string;
  readonly thing: Foreign;
  readonly edit: (value: string) => string;
}

/** Every link of both, edited in every way, by the operation's method: a signature covers all of it. */
export function signedLinkAttempts(operation: Operation, attacker: Populated, victim: Populated): Attempt[] {
  const { method } = operation;
  const links = Object.keys(METHOD_OF) as LinkName[];
  const edited = links.flatMap((link) => {
    const itsOwn = METHOD_OF[link] === (method === "HEAD" ? "GET" : method);
    return [...editsOf(link, attacker, victim), ...(itsOwn ? [] : [asItIs(link, victim)])].flatMap((edit) =>
      [null, attacker.tenant.token].map((token) => tried(operation, link, edit, token)),
    );
  });
  return method === "POST" ? [...edited, foreignParts(operation, attacker, victim)] : edited;
}

function tried(
  operation: Operation,
  link: LinkName,
  { what, thing, edit }: Edit,
  token: string | null,
): Attempt {
  const { method } = operation;
  const said = {
    operation,
    carrier: "signed URL",
    what: `${link}: ${what}${token === null ? "" : ", with a token of its own"}`,
    expected: 403,
    code: "signature_invalid",
    makes: false,
  } as const;
  return attempt(said, thing, (value) => ({
    method,
    url: edit(value),
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(method === "POST" && { "content-type": "application/json" }),
    },
    ...(method === "PUT" && { body: "123456" }),
    ...(method === "POST" && { body: '{"parts":[]}' }),
  }));
}

function editsOf(link: LinkName, attacker: Populated, victim: Populated): readonly Edit[] {
  const [mine, theirs] = [attacker.links[link], victim.links[link]];
  const signature = (url: string) => new URL(url).searchParams.get("signature") ?? "";
  const fileOrJob = (url: string) => new URL(url).pathname.split("/")[5] ?? "";
  const name = (url: string) => new URL(url).pathname.split("/").at(-1) ?? "";
  const terms = (url: string) => new URL(url).search;
  const path = (url: string) => url.slice(0, url.indexOf("?"));
  const inMine = (kind: string, from: string, to: string, like?: () => string): Edit => ({
    what: `its ${kind} in the own link`,
    thing: foreign(kind, to, like),
    edit: (value) => mine.replaceAll(from, value),
  });
  const otherTenant = (what: string, url: string, from: string, to: string): Edit => ({
    what,
    thing: foreign("tenant", to, freshTenantId),
    edit: (value) => url.replace(`/v1/files/${from}/`, `/v1/files/${value}/`),
  });
  return [
    otherTenant("the own tenant in its link", theirs, victim.tenant.id, attacker.tenant.id),
    otherTenant("its tenant in the own link", mine, attacker.tenant.id, victim.tenant.id),
    inMine("id", fileOrJob(mine), fileOrJob(theirs)),
    inMine("signature", signature(mine), signature(theirs)),
    ...(name(mine) === name(theirs) ? [] : [inMine("name", name(mine), name(theirs))]),
    ...(/upload=/.test(mine) ? [inMine("upload", attacker.uploadId, victim.uploadId)] : []),
    {
      what: "the own signature on its link",
      thing: foreign("signature", signature(mine)),
      edit: (value) => theirs.replace(signature(theirs), value),
    },
    {
      what: "the own terms on its path",
      thing: foreign("path", path(theirs)),
      edit: (value) => value + terms(mine),
    },
    {
      what: "its terms on the own path",
      thing: foreign("terms", terms(theirs), () => terms(theirs).replace(signature(theirs), alike)),
      edit: (value) => path(mine) + value,
    },
  ];
}

/** Good as it is, and therefore only tried by a method that it is not for. */
function asItIs(link: LinkName, { links }: Populated): Edit {
  const url = links[link];
  const signature = new URL(url).searchParams.get("signature") ?? "";
  return {
    what: "as it is, by another method",
    thing: foreign("signature", signature),
    edit: (value) => url.replace(signature, value),
  };
}

/** The own upload, made of the other one's parts. */
function foreignParts(operation: Operation, attacker: Populated, victim: Populated): Attempt {
  const said = { operation, carrier: "body", what: "parts = etag", expected: 400, makes: false } as const;
  return attempt(said, foreign("etag", victim.partEtag), (etag) => ({
    method: "POST",
    url: attacker.links.complete,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ parts: [1, 2, 3].map((part_number) => ({ part_number, etag })) }),
  }));
}
