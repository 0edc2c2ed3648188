/** What the suites make of the vectors of one source. */
export interface Source {
  /** The folder that the vectors lie in. */
  readonly folder: string
  /** How many cases each suite of this folder runs and counts. */
  readonly cases: Readonly<Record<string, number>>
  /** Files that the suites read. */
  readonly read: readonly RegExp[]
  /** Files that no suite reads, and why. */
  readonly leftOut: readonly { readonly files: RegExp; readonly why: string }[]
}

/** Every source of vectors, its counts, and what is not supported; docs/conformance.md says the same for readers. */
export const SOURCES = {
  wycheproof: {
    folder: 'wycheproof',
    cases: { ed25519: 151, p256: 262, p256Der: 484, jws: 401, es256: 41, base64url: 21, operations: 15 },
    read: [/^(ed25519|ecdsa_secp256r1_sha256(_p1363)?)_test/, /^json_web_(signature|crypto)_test/],
    leftOut: [
      {
        files: /^(aes_gcm|hmac_sha256|hkdf_sha256|json_web_encryption)_test/,
        why: 'nothing is encrypted or authenticated with a shared key',
      },
      { files: /^(ed448|ecdsa_secp(256k1|384r1)_.*)_test/, why: 'these keys are named, never verified with' },
      {
        files: /^json_web_key_test/,
        why: 'keys of RSA and shared keys, and sets of keys, which are not read',
      },
      { files: /^schema_/, why: 'describes the other files' },
    ],
  },
  rfc8032: {
    folder: 'rfc8032-ed25519',
    cases: { signInput: 1024, edgeCases: 12, zip215: 196 },
    read: [/^(vectors\.txt|edge-cases\.json|zip215\.json)$/],
    leftOut: [],
  },
  rfc8785: {
    folder: 'jcs-rfc8785',
    cases: { documents: 6 },
    read: [/^testdata\/(input|output|outhex)\//],
    leftOut: [{ files: /^testdata\/README/, why: 'describes the other files' }],
  },
  rfc6962: {
    folder: 'rfc6962-merkle',
    cases: { roots: 13 },
    read: [/^testdata\/consistency\/[1-4]\/happy-path/, /^testdata\/inclusion\/[0-4]\/happy-path/],
    leftOut: [
      {
        files: /^testdata\//,
        why: 'inclusion, consistency and subtree proofs: not built; the roots that they prove are checked',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Source>>
