import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createVerifier } from '../../../dist/verifier/index.js'
import type { StatusPurpose } from '../../../src/model/status-list-entry.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { bitsDigest, createBits, STATUS_LIST_ENTRIES, writeBit } from '../../../src/status/bitstring.ts'
import { headUrl, leafTableUrl, listVersionUrl } from '../../../src/status/layout.ts'
import { encodeLeafTable, type Leaf, leafTableRoot } from '../../../src/status/leaf-table.ts'
import { signHead } from '../../../src/status/sign-head.ts'
import type { SignJws } from '../../../src/status/sign-jws.ts'
import { signStatusList } from '../../../src/status/sign-status-list.ts'
import { makePerson } from '../../helpers/world.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { AUDIENCE, NOW } from './world.ts'

const MIB = 1024 * 1024
const BASE = 'https://id.example/status/acme'

/** How full the lists are: revocations stay, suspensions come and go. */
const SET_PART: Readonly<Record<StatusPurpose, number>> = { revocation: 0.01, suspension: 0.001 }

/** What a verifier keeps of so many credentials that it has never seen. */
export async function* memoryRows(progress: Progress): AsyncGenerator<Row> {
  // What the first verifier of a process loads is no part of what it follows.
  await heldBytes(1)
  for (const [name, credentials, atMost] of [
    ['memory.1e6', 1e6, 0.3],
    ['memory.1e8', 1e8, 16],
  ] as const) {
    progress(name)
    yield rowOf(name, (await heldBytes(credentials)) / MIB, 'MiB', { atMost })
  }
}

/** Heap and array buffers of a verifier in sync, over one that has not looked yet. */
async function heldBytes(credentials: number): Promise<number> {
  const { documents, trust } = await publish(Math.ceil(credentials / STATUS_LIST_ENTRIES))
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    fetch: async (input) => new Response(documents.get(String(input)) ?? null),
    clock: () => NOW,
  })
  const before = usedBytes()
  const [state] = await verifier.sync()
  if (state?.lists !== documents.size - 2) throw new Error(`only ${state?.lists} lists are followed`)
  return usedBytes() - before
}

/** @param pairs Lists of each purpose. */
async function publish(pairs: number) {
  const [authority, status] = [await makePerson(), await makePerson()]
  const documents = new Map<string, string>()
  const sign: SignJws = (jws) => signCompactJws({ ...jws, signer: status.signer })
  const leaves: Leaf[] = []
  for (let i = 0; i < pairs * 2; i++) {
    const purpose = i % 2 === 0 ? 'revocation' : 'suspension'
    const list = {
      url: `${BASE}/${purpose.charAt(0)}${i >> 1}`,
      purpose,
      bits: randomBits(SET_PART[purpose]),
    } as const
    const token = await signStatusList({ ...list, statusIssuer: status.did, validFrom: NOW }, sign)
    documents.set(listVersionUrl(list.url, NOW), token)
    leaves.push({ list: list.url, version: NOW, digest: bitsDigest(list.bits), state: 'live' })
  }
  const root = leafTableRoot(leaves)
  documents.set(leafTableUrl(BASE, root), encodeLeafTable(leaves))
  const claims = {
    statusIssuer: status.did,
    seq: 1,
    iatMs: NOW,
    prev: null,
    root,
    emergency: null,
    heartbeat: 10,
  }
  documents.set(headUrl(BASE), await signHead(claims, sign))
  const trust = {
    authority: authority.did,
    statusIssuer: status.did,
    statusOrigins: [`${BASE}/`],
    head: headUrl(BASE),
  }
  return { documents, trust }
}

function randomBits(part: number): Uint8Array {
  const bits = createBits()
  for (let i = 0; i < STATUS_LIST_ENTRIES * part; i++) {
    writeBit(bits, Math.floor(Math.random() * STATUS_LIST_ENTRIES), true)
  }
  return bits
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
