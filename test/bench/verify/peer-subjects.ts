import type { Subject } from '../subject.ts'
import type { Chains } from './own.ts'

/** Tokens for whoever reads `vp+jwt`. */
export interface Tokens {
  readonly good: readonly string[]
  readonly trial: string
  readonly revoked: string
  readonly forged: string
}

/** What other implementations are given: our documents where they read them, else the number of chains to make. */
export interface PeerMaterial {
  readonly tokens: Tokens
  readonly sdJwt: Chains
  readonly rdfc: Chains
  /** Bits by URL, decoded once. */
  readonly lists: ReadonlyMap<string, Uint8Array>
  /** Signed lists in JSON by URL, for whoever decodes them each time. */
  readonly listDocuments: Readonly<Record<string, object>>
  readonly audience: string
  readonly action: string
  readonly challenge: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** Items that one subject needs. */
  readonly count: number
}

/** File of each under `peers/`, in the order of the rows. Their packages are installed apart and have no types here. */
const PEERS = [
  'biscuit',
  'jose',
  'sd-jwt-core',
  'ucanto',
  'zcap',
  'did-jwt-vc',
  'iso-ucan',
  'digitalbazaar-vc',
] as const

interface PeerModule {
  makeSubjects(material: PeerMaterial): Promise<readonly Subject<unknown>[]>
}

/** The subjects of one implementation after the other. */
export async function* peerSubjects(material: PeerMaterial): AsyncGenerator<Subject<unknown>> {
  for (const file of PEERS) {
    const { makeSubjects } = await loadQuietly(new URL(`../peers/${file}.mjs`, import.meta.url).href)
    yield* await makeSubjects(material)
  }
}

/** One of the packages announces itself on stdout, which belongs to the rows. */
async function loadQuietly(module: string): Promise<PeerModule> {
  const { log } = console
  console.log = () => undefined
  try {
    return await import(module)
  } finally {
    console.log = log
  }
}
