import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createVerifier } from '../../../dist/verifier/index.js'
import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import type { Progress } from '../measure.ts'
import { keyCast } from '../revocation/cast.ts'
import { LargeStatus } from '../revocation/large-status.ts'
import { type Row, rowOf } from '../rows.ts'
import { AUDIENCE, NOW } from './world.ts'

const MIB = 1024 * 1024

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
  const pairs = Math.ceil(credentials / STATUS_LIST_ENTRIES)
  const { documents, trust } = await publish(pairs)
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    fetch: async (input) => new Response(documents.get(String(input)) ?? null),
    clock: () => NOW,
  })
  const before = usedBytes()
  const [state] = await verifier.sync()
  if (state?.lists !== 2 * pairs) throw new Error(`only ${state?.lists} lists are followed`)
  return usedBytes() - before
}

/** The issuer's own bits are gone when this is over. */
async function publish(pairs: number): Promise<Pick<LargeStatus, 'documents' | 'trust'>> {
  const status = new LargeStatus({ ...(await keyCast()), pairs, now: NOW })
  await status.publishLists()
  await status.publishHead(NOW)
  const { documents, trust } = status
  return { documents, trust }
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
