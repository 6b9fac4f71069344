import type { Profile } from "../profile/profile";
import { DEFAULT_PROFILE } from "./default";
import { MERCADO_LIVRE_PROFILE } from "./mercado-livre";

/** The profiles that every tenant has, by `channel@version`. */
export const SHIPPED_PROFILES: ReadonlyMap<string, Profile> = new Map(
  [DEFAULT_PROFILE, MERCADO_LIVRE_PROFILE].map((profile) => [
    `${profile.channel}@${profile.version}`,
    profile,
  ]),
);
