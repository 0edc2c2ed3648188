/**
 * What a request signature must cover (docs/spec/06-presenting.md §1, docs/spec/09-api.md). Every profile covers
 * `@method` and `@target-uri`, and with a body `content-digest` and `content-type`.
 */
export interface RequestProfile {
  /** The `tag` parameter: it selects the signature, so that one request may carry others. */
  readonly tag: string
  /** Fields that must be present and covered, by lower-case name. */
  readonly fields: readonly string[]
  /** Fields that must be covered when they are present. */
  readonly fieldsIfPresent: readonly string[]
}

/** An agent presents its chain at a service provider. */
export const AGENT_DELEGATION_PROFILE: RequestProfile = {
  tag: 'agent-delegation',
  fields: ['agent-delegation'],
  fieldsIfPresent: [],
}

/** Anyone calls the issuer's API. */
export const PROCURA_API_PROFILE: RequestProfile = {
  tag: 'procura-api',
  fields: [],
  fieldsIfPresent: ['idempotency-key'],
}

/** The issuer tells a webhook of an event. */
export const WEBHOOK_PROFILE: RequestProfile = {
  tag: 'procura-webhook',
  fields: [],
  fieldsIfPresent: [],
}

/** Longest life of a request signature, in seconds: `expires` − `created`. */
export const MAX_PROOF_SECONDS = 60

/** A nonce has 16 bytes at least (128 bits, never guessed or repeated) and 64 at most (what a replay store keeps). */
export const MIN_NONCE_BYTES = 16
export const MAX_NONCE_BYTES = 64

/**
 * Longest `Signature-Input`, `Signature` and `Content-Digest`, in characters. Ours have about 400, 110 and 60; the
 * rest is for the signatures of others beside.
 */
export const MAX_SIGNATURE_FIELD_CHARS = 4096

/** Names of RFC 9421 §6.2.2 for the algorithms of docs/spec/04-securing.md. */
export const HTTP_ALGORITHMS: ReadonlyMap<string, 'EdDSA' | 'ES256'> = new Map([
  ['ed25519', 'EdDSA'],
  ['ecdsa-p256-sha256', 'ES256'],
])
