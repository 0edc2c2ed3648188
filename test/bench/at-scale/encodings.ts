import type { Did } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import type { StatusPurpose } from '../../../src/model/status-list-entry.ts'
import { STATUS_PURPOSES } from '../../../src/model/status-list-entry.ts'
import { signDataIntegrity } from '../../../src/securing/data-integrity/sign.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { bitsDigest, createBits, STATUS_LIST_ENTRIES, writeBit } from '../../../src/status/bitstring.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../../../src/status/freshness.ts'
import { statusListId, statusListUrl } from '../../../src/status/layout.ts'
import { encodeLeafTable, type Leaf } from '../../../src/status/leaf-table.ts'
import { signHead } from '../../../src/status/sign-head.ts'
import { buildStatusListCredential, signStatusList } from '../../../src/status/sign-status-list.ts'
import { deterministicSigner } from '../../helpers/deterministic-signer.ts'
import { type Population, SUSPENDED_PART } from './assumptions.ts'
import { rounded, seededNumbers } from './numbers.ts'

const BASE = 'https://id.example/status/acme'
const NOW = Date.parse('2026-11-22T09:00:00.000Z')

/** Lists that are encoded, whose mean stands for all of their kind. */
const SAMPLE = 4

/** A list in both of its forms, in bytes: JSON with a proof, as other readers fetch it, and the JWS that ours do. */
export interface ListBytes {
  readonly json: number
  readonly jws: number
}

/** Bytes of what is published of a population, each encoded and signed as the service does it. */
export interface Encodings {
  readonly revocation: ListBytes
  readonly suspension: ListBytes
  readonly leafTable: number
  readonly head: string
}

export async function encodingsOf({ revokedPart, pairs }: Population): Promise<Encodings> {
  const signer = await deterministicSigner('status issuer')
  const statusIssuer = signer.keyId.split('#')[0] as Did
  const digest = bitsDigest(createBits())
  const claims = { statusIssuer, seq: 1_000_000, iatMs: NOW, prev: digest, root: digest, emergency: null }
  const head = { ...claims, heartbeat: DEFAULT_HEARTBEAT_SECONDS }
  return {
    revocation: await listBytes('revocation', revokedPart, signer),
    suspension: await listBytes('suspension', SUSPENDED_PART, signer),
    leafTable: encodeLeafTable(leavesOf(pairs, digest)).length,
    head: await signHead(head, (jws) => signCompactJws({ ...jws, signer })),
  }
}

async function listBytes(purpose: StatusPurpose, part: number, signer: Signer): Promise<ListBytes> {
  let [json, jws] = [0, 0]
  for (let i = 0; i < SAMPLE; i++) {
    const url = statusListUrl(BASE, statusListId(purpose, i + 1))
    const list = { url, purpose, bits: randomBits(part, `${purpose} ${part} ${i}`) }
    const signed = { ...list, statusIssuer: signer.keyId.split('#')[0] as Did, validFrom: NOW }
    const document = await buildStatusListCredential(signed)
    const secured = await signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer })
    json += JSON.stringify(secured).length / SAMPLE
    jws += (await signStatusList(signed, (one) => signCompactJws({ ...one, signer }))).length / SAMPLE
  }
  return { json: rounded(json), jws: rounded(jws) }
}

/** Positions are uniform: indexes are given in a secret order. */
function randomBits(part: number, seed: string): Uint8Array {
  const bits = createBits()
  const next = seededNumbers(seed)
  for (let i = 0; i < STATUS_LIST_ENTRIES * part; i++)
    writeBit(bits, Math.floor(next() * STATUS_LIST_ENTRIES), true)
  return bits
}

function leavesOf(pairs: number, digest: string): readonly Leaf[] {
  return Array.from({ length: pairs }, (_, i) =>
    STATUS_PURPOSES.map((purpose) => ({
      list: statusListUrl(BASE, statusListId(purpose, i + 1)),
      version: NOW,
      digest,
      state: 'live' as const,
    })),
  ).flat()
}
