import { canonicalJson, sha256Hex } from "./canonical-json";

/** What a profile is known by, whatever the order of its members: SHA-256 over RFC 8785, in hexadecimal. */
export const profileChecksum = (profile: object): string => sha256Hex(canonicalJson(profile));
