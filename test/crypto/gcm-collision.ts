import { createCipheriv } from "node:crypto";

/** GF(2^128) with GCM's order of bits (NIST SP 800-38D §6.3): the block's first bit is the number's highest. */
const R = 0xe1n << 120n;

function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  for (let bit = 127n, v = y; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= v;
    v = v & 1n ? (v >> 1n) ^ R : v >> 1n;
  }
  return product;
}

/** x^(2^128 - 2). */
function inverse(x: bigint): bigint {
  let result = 1n << 127n;
  let power = x;
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

const toBlock = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const toBytes = (block: bigint): Buffer => Buffer.from(block.toString(16).padStart(32, "0"), "hex");

const encryptBlock = (key: Uint8Array, block: bigint): bigint =>
  toBlock(createCipheriv("aes-256-ctr", key, toBytes(block)).update(new Uint8Array(16)));

/** What a tag is but for the ciphertext's share: its one block times H². */
function tagWithout(key: Uint8Array, aad: Uint8Array, h: bigint): bigint {
  let hash = 0n;
  for (let at = 0; at < aad.length; at += 16) {
    const block = new Uint8Array(16);
    block.set(aad.subarray(at, at + 16));
    hash = multiply(hash ^ toBlock(block), h);
  }
  const lengths = (BigInt(aad.length * 8) << 64n) | 128n;
  return multiply(multiply(hash, h) ^ lengths, h) ^ encryptBlock(key, 1n);
}

/** One block of ciphertext and a tag that AES-GCM takes under both keys, with a nonce of zeros. */
export function collide(one: Uint8Array, other: Uint8Array, aad: Uint8Array) {
  const h = [one, other].map((key) => encryptBlock(key, 0n)) as [bigint, bigint];
  const rest = [tagWithout(one, aad, h[0]), tagWithout(other, aad, h[1])] as const;
  const squares = [multiply(h[0], h[0]), multiply(h[1], h[1])] as const;
  const ciphertext = multiply(rest[0] ^ rest[1], inverse(squares[0] ^ squares[1]));
  return { ciphertext: toBytes(ciphertext), tag: toBytes(rest[0] ^ multiply(ciphertext, squares[0])) };
}
