/** SHA-256 of a stored object in lower-case hexadecimal, streamed past no JavaScript: it may have gigabytes. */
export async function sha256OfObject(object: R2ObjectBody): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  await object.body.pipeTo(digest);
  return Buffer.from(await digest.digest).toString("hex");
}
