import { createVerifier, type Verifier } from '../../../dist/verifier/index.js'
import type { Fetch } from '../../../src/core/clock.ts'
import type { StatusPurpose } from '../../../src/model/status-list-entry.ts'
import { listVersionUrl } from '../../../src/status/layout.ts'
import { median } from '../cost.ts'
import { expectAnswer, forge } from '../issue/proof.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { AUDIENCE } from '../verify/world.ts'
import { keyCast } from './cast.ts'
import { makeChain } from './chain.ts'
import { LargeStatus } from './large-status.ts'
import { PAIRS } from './sizes.ts'

const ROUNDS = 9
const WARMUP_ROUNDS = 3

/** At most so long for the lists of one purpose, in milliseconds. */
const FULL_SYNC_MS = 400

/** From knowing nothing to following everything, without the network: all lists inflated, all signatures checked. */
export async function* syncRows(progress: Progress): AsyncGenerator<Row> {
  progress('sync.full.1e8')
  await proveSync()
  const revocations = await published(['revocation'])
  yield rowOf('sync.full.1e8', await syncMs(revocations), 'ms', { atMost: FULL_SYNC_MS })
  const both = await published(['revocation', 'suspension'])
  yield rowOf('sync.full.1e8.both_purposes', await syncMs(both), 'ms')
}

async function published(purposes: readonly StatusPurpose[], pairs = PAIRS): Promise<LargeStatus> {
  const now = Date.now()
  const large = new LargeStatus({ ...(await keyCast()), pairs, purposes, now })
  await large.publishLists()
  await large.publishHead(now)
  return large
}

/** Wall time of the first look of a verifier, the median of several of them. */
async function syncMs({ trust, documents, lists }: LargeStatus): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
    const verifier = verifierOf(trust, served(documents))
    const start = performance.now()
    const [state] = await verifier.sync()
    times.push(performance.now() - start)
    if (state?.lists !== lists.length) throw new Error(`only ${state?.lists} lists are followed`)
  }
  return median(times.slice(WARMUP_ROUNDS))
}

/** What is timed accepts what is good, refuses what is revoked or forged, and takes no list that somebody else signed. */
async function proveSync(): Promise<void> {
  const large = await published(['revocation', 'suspension'], 2)
  const [good, revoked] = [await makeChain(large, Date.now()), await makeChain(large, Date.now(), true)]
  const verifier = verifierOf(large.trust, served(large.documents))
  await verifier.sync()
  await expectAnswer(verifier, good, 'verified')
  await expectAnswer(verifier, revoked, 'revoked')
  const [root = '', link = ''] = good.texts
  await expectAnswer(verifier, { ...good, texts: [root, forge(link)] }, 'signature_invalid')
  const { url, version } = large.list('revocation', 1)
  const forged = new Map(large.documents)
  forged.set(listVersionUrl(url, version), forge(large.documents.get(listVersionUrl(url, version)) ?? ''))
  const deceived = verifierOf(large.trust, served(forged))
  await deceived.sync()
  await expectAnswer(deceived, good, 'status_unavailable')
}

export function verifierOf(trust: LargeStatus['trust'], fetch: Fetch, clock = Date.now): Verifier {
  return createVerifier({ audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' }, fetch, clock })
}

function served(documents: ReadonlyMap<string, string>): Fetch {
  return async (input) => new Response(documents.get(String(input)) ?? null)
}
