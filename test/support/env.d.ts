declare namespace Cloudflare {
  interface Env {
    /** The private half of the tests' token key; the Worker itself is given the public half only. */
    readonly TEST_SIGNING_JWK: string;
  }
}
