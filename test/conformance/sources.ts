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
    cases: { inclusion: 98, consistency: 98 },
    read: [/^testdata\/(inclusion|consistency)\//],
    leftOut: [
      {
        files: /^testdata\/subtree/,
        why: 'proofs about subtrees, which nothing here gives or asks for',
      },
    ],
  },
  w3cVcDiEddsa: {
    folder: 'w3c-vc-di-eddsa',
    cases: { canonicalForms: 5, signatures: 3, proofsOfSetsAndChains: 10 },
    read: [/^TestVectors\/(eddsa-(jcs|rdfc)-2022|proof-set-chain)\//, /^TestVectors\/unsigned\.json/],
    leftOut: [
      { files: /^TestVectors\/Ed25519Signature2020\//, why: 'a type of proof from before Data Integrity' },
      {
        files: /^TestVectors\/employmentAuth\.json/,
        why: 'needs the context citizenship/v4rc1, which is not among the vectors; what follows from its canonical form is checked',
      },
      { files: /^TestVectors\/keyPair\.json/, why: 'the public key stands in each verification method' },
    ],
  },
  w3cVcDiEcdsa: {
    folder: 'w3c-vc-di-ecdsa',
    cases: { canonicalForms: 5, signatures: 3 },
    read: [/^TestVectors\/ecdsa-(jcs|rdfc)-2019-p256\//, /^TestVectors\/unsigned\.json/],
    leftOut: [
      {
        files: /^TestVectors\/ecdsa-(jcs|rdfc)-2019-p384\//,
        why: 'P-384 keys are named, never verified with',
      },
      {
        files: /^TestVectors\/(ecdsa-sd-2023\/|employ(Mandatory|Selective)|prCred)/,
        why: 'ecdsa-sd-2023 is not built: SD-JWT discloses selectively',
      },
      {
        files: /^TestVectors\/employmentAuth\.json/,
        why: 'needs the context citizenship/v4rc1, which is not among the vectors; what follows from its canonical form is checked',
      },
      {
        files: /^TestVectors\/p(256|384)KeyPair\.json/,
        why: 'the public key stands in each verification method',
      },
    ],
  },
  w3cContexts: {
    folder: 'w3c-contexts',
    cases: { contexts: 5 },
    read: [
      /^contexts\/(credentials\/v[12]|data-integrity\/v[12]|multikey\/v1)$/,
      /^contexts\/credentials\/examples\/v2$/,
    ],
    leftOut: [
      { files: /\.jsonld$/, why: 'links that were stored as text' },
      {
        files: /^contexts\/(jwk\/v1|credentials\/(examples\/v1|security\/v[12]|undefined-terms\/v2))$/,
        why: 'no document of ours or of the vectors has them; undefined-terms would hide what is not signed',
      },
    ],
  },
  w3cBitstring: {
    folder: 'w3c-bitstring',
    cases: { contexts: 1 },
    read: [/^contexts\/v1\.jsonld$/],
    leftOut: [{ files: /^contexts\/2021\//, why: 'the context of StatusList2021, which came before' }],
  },
  didKey: {
    folder: 'did-key',
    cases: { documents: 9, dids: 8 },
    read: [/\.(json|txt)$/],
    leftOut: [],
  },
  didwebvh: {
    folder: 'didwebvh',
    cases: { resolved: 63, ended: 5, tampered: 107, hostileLogs: 11, hostileDids: 9 },
    read: [
      /did\.jsonl$/,
      /did-witness\.json$/,
      /resolutionResult(\.\d)?\.json$/,
      /^negative-[^/]*\/script\.yaml$/,
    ],
    leftOut: [{ files: /(README|NEGATIVE_VECTORS)\.md$|script\.yaml$/, why: 'say how the others were made' }],
  },
  ietfSdJwt: {
    folder: 'ietf-sd-jwt',
    cases: { examples: 15, keyBindings: 6, tamperings: 101 },
    read: [/^examples\/settings\.yml$/, /^examples\/[^/]+\/specification\.yml$/],
    leftOut: [],
  },
  ietfTokenStatusList: {
    folder: 'ietf-token-status-list',
    cases: { lists: 4, values: 293, jsonExamples: 6, statedBytes: 2 },
    read: [/^vectors\.json$/, /^examples\/.*_json\.md$/, /^examples\/status_list_jwt\.md$/],
    leftOut: [
      { files: /^examples\/.*_(cbor|cwt)(_diag)?\.md$/, why: 'the form in CBOR, which is not built' },
      {
        files: /^examples\/status_list_jwt_raw\.md$/,
        why: 'signed with a key that is not among the vectors',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Source>>
