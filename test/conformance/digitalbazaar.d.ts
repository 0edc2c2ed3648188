/*
 * The parts of Digital Bazaar's packages that serve as the other side of Data Integrity; none of them has types.
 */

declare module '@digitalbazaar/data-integrity' {
  export interface SuiteSigner {
    readonly id: string
    readonly algorithm: string
    sign(options: { readonly data: Uint8Array }): Promise<Uint8Array>
  }
  /** How a suite canonicalizes and verifies. */
  export interface SuiteImplementation {
    readonly name: string
  }
  export class DataIntegrityProof {
    constructor(options: {
      readonly cryptosuite: SuiteImplementation
      readonly signer?: SuiteSigner
      readonly date?: string
    })
  }
}

declare module '@digitalbazaar/eddsa-jcs-2022-cryptosuite' {
  import type { SuiteImplementation } from '@digitalbazaar/data-integrity'
  export function createSignCryptosuite(): SuiteImplementation
  export function createVerifyCryptosuite(): SuiteImplementation
}

declare module '@digitalbazaar/ecdsa-jcs-2019-cryptosuite' {
  import type { SuiteImplementation } from '@digitalbazaar/data-integrity'
  export function createSignCryptosuite(): SuiteImplementation
  export function createVerifyCryptosuite(): SuiteImplementation
}

declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite' {
  import type { SuiteImplementation } from '@digitalbazaar/data-integrity'
  export const cryptosuite: SuiteImplementation
}

declare module '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite' {
  import type { SuiteImplementation } from '@digitalbazaar/data-integrity'
  export const cryptosuite: SuiteImplementation
}

declare module '@digitalbazaar/ed25519-multikey' {
  import type { SuiteSigner } from '@digitalbazaar/data-integrity'
  export interface KeyPair {
    id: string
    controller: string
    readonly publicKeyMultibase: string
    signer(): SuiteSigner
  }
  export function generate(): Promise<KeyPair>
}

declare module '@digitalbazaar/ecdsa-multikey' {
  import type { KeyPair } from '@digitalbazaar/ed25519-multikey'
  export function generate(options: { readonly curve: 'P-256' }): Promise<KeyPair>
}

declare module '@digitalbazaar/vc' {
  import type { DataIntegrityProof } from '@digitalbazaar/data-integrity'

  type Document = Readonly<Record<string, unknown>>
  export type DocumentLoader = (url: string) => Promise<{
    readonly contextUrl: null
    readonly document: object
    readonly documentUrl: string
  }>
  interface Result {
    /** Of the proofs; what a status says stands in `statusResult` and does not make it false. */
    readonly verified: boolean
    readonly error?: unknown
    readonly statusResult?: {
      readonly verified: boolean
      readonly results: readonly { readonly status: boolean }[]
    }
  }
  interface Common {
    readonly documentLoader: DocumentLoader
    /** Time at which validity is judged, ISO 8601. */
    readonly now?: string
  }
  type CheckStatus = (options: never) => Promise<{ readonly verified: boolean }>
  type Suites = DataIntegrityProof | readonly DataIntegrityProof[]

  export function issue(
    options: Common & { readonly credential: Document; readonly suite: DataIntegrityProof },
  ): Promise<Document>
  export function verifyCredential(
    options: Common & {
      readonly credential: Document
      readonly suite: Suites
      readonly checkStatus?: CheckStatus
    },
  ): Promise<Result>
  export function createPresentation(options: {
    readonly holder: string
    readonly verifiableCredential: readonly Document[]
    readonly now?: string
  }): Document
  export function signPresentation(
    options: Common & {
      readonly presentation: Document
      readonly suite: DataIntegrityProof
      readonly challenge: string
      readonly domain: string
    },
  ): Promise<Document>
  export function verify(
    options: Common & {
      readonly presentation: Document
      readonly suite: Suites
      readonly challenge: string
      readonly domain: string
      readonly checkStatus: CheckStatus
    },
  ): Promise<Result>
}

declare module '@digitalbazaar/vc-bitstring-status-list' {
  interface List {
    setStatus(index: number, status: boolean): void
  }
  export function createList(options: { readonly length: number }): Promise<List>
  export function createCredential(options: {
    readonly id: string
    readonly list: List
    readonly statusPurpose: string
    readonly context: readonly string[]
  }): Promise<Readonly<Record<string, unknown>>>
  export function checkStatus(options: object): Promise<{
    readonly verified: boolean
    readonly error?: unknown
    readonly results?: readonly { readonly verified: boolean; readonly status: boolean }[]
  }>
}
