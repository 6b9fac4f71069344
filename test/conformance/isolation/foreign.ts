import { alike, randomBelow } from "./likeness";
import type { Populated } from "./populated";

/** Something of a tenant's that another one may lay hands on, and how to make one that names nothing. */
export interface Foreign {
  readonly kind: string;
  readonly value: string;
  readonly like: () => string;
  /** What an answer may make of it when it repeats it; without this, only itself. */
  readonly echoOf?: (value: string) => string;
}

export const foreign = (kind: string, value: string, like = () => alike(value)): Foreign => ({
  kind,
  value,
  like,
});

/** A profile's id is a place in the list of profiles as well: one of nobody's that stands right beside it there. */
export const besideIt = (profileId: string): string =>
  profileId.replace(/.{6}(?=@)/, () => crypto.randomUUID().slice(0, 6));

/** Every id, of every kind. */
export const idsOf = ({
  jobs,
  files,
  keys,
  access,
  shreds,
  webhooks,
  profiles,
  channel,
  tenant,
  eventId,
}: Populated): readonly Foreign[] => [
  ...Object.entries(jobs).map(([state, id]) => foreign(`job ${state}`, id)),
  ...Object.entries(files).map(([state, id]) => foreign(`file ${state}`, id)),
  ...Object.entries(keys).map(([state, id]) => foreign(`key ${state}`, id)),
  ...Object.entries(access).map(([state, id]) => foreign(`access ${state}`, id)),
  ...Object.entries(shreds).map(([scope, id]) => foreign(`shred ${scope}`, id)),
  ...Object.entries(webhooks).map(([state, id]) => foreign(`webhook ${state}`, id)),
  ...Object.entries(profiles).map(([status, id]) => foreign(`profile ${status}`, id, () => besideIt(id))),
  foreign("channel", channel),
  foreign("tenant", tenant.id),
  foreign("event", eventId),
];

/** One id of each kind. */
export const kindsOf = ({
  jobs,
  files,
  keys,
  access,
  shreds,
  webhooks,
  profiles,
  channel,
  tenant,
  eventId,
}: Populated): readonly Foreign[] => [
  foreign("job", jobs.succeeded),
  foreign("file", files.uploaded),
  foreign("key", keys.good),
  foreign("access", access.active),
  foreign("shred", shreds.field),
  foreign("webhook", webhooks.enabled),
  foreign("profile", profiles.published, () => besideIt(profiles.published)),
  foreign("channel", channel),
  foreign("tenant", tenant.id),
  foreign("event", eventId),
];

export const refsOf = ({ fileRefs, tenant }: Populated): readonly Foreign[] => [
  ...fileRefs.map((ref) => foreign("file_ref", ref)),
  foreign("storage key", `${tenant.id}/${fileRefs[0]}`),
  foreign("storage key", `s3://validahub-files/${tenant.id}/${fileRefs[0]}`),
];

export const cursorsOf = ({ cursors }: Populated): readonly Foreign[] =>
  Object.entries(cursors).map(([list, cursor]) => foreign(`cursor of ${list}`, cursor));

/** A place in the log, beyond which the one that looks has nothing, with its epoch and without. */
export function placesOf({ place }: Populated): readonly Foreign[] {
  const [epoch = "", sequence = ""] = place.split("-");
  const later = () => String(Number(sequence) + 1 + randomBelow(9));
  return [
    foreign("event place", place, () => `${epoch}-${later()}`),
    { ...foreign("event place in this epoch", sequence, later), echoOf: (value) => `${epoch}-${value}` },
  ];
}

/** What an answer to another tenant must never contain, unless that tenant sent it. */
export function canariesOf(populated: Populated): readonly string[] {
  const { canary, uploadId, requestId, traceId, secrets, webhookSecret, links, used } = populated;
  const signatures = Object.values(links).map((url) => new URL(url).searchParams.get("signature") ?? "");
  const secretParts = Object.values(secrets).flatMap((text) => text.split(".").slice(2));
  const keys = Object.values(used).flatMap((uses) => uses.map(({ key }) => key));
  return [
    ...idsOf(populated).map(({ value }) => value),
    canary,
    webhookSecret,
    uploadId,
    requestId,
    traceId,
    ...signatures,
    ...secretParts,
    ...keys,
  ];
}
