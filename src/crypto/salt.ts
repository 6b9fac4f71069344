import { randomBytes } from "node:crypto";

/** 128 random bits in hexadecimal: makes the digest of a guessable payload unguessable. */
export const randomSalt = (): string => randomBytes(16).toString("hex");
