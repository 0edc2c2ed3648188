import type { Verifier } from '../../../dist/verifier/index.js'
import { expectAnswer, forge } from '../issue/proof.ts'
import { makeChain } from './chain.ts'
import { CountedSite, type Got } from './counted-site.ts'
import { IssuerDay, type Work } from './issuer-day.ts'
import type { LargeStatus } from './large-status.ts'
import { verifierOf } from './sync.ts'

/** Between two looks of the verifier, in milliseconds. */
const POLL_MS = 60_000

/** All that a verifier in sync should ask for. */
const FOLLOWED: ReadonlySet<string> = new Set(['head', 'changes', 'did'])

export interface DayOptions extends Work {
  /** Looks that are taken, one a minute. */
  readonly polls: number
  /** Where in the minute the verifier looks, in milliseconds. */
  readonly phaseMs: number
}

/**
 * What the real verifier gets while it looks each minute, on a clock of its own. Before it counts, the verifier has accepted
 * what is good and refused what is forged; what is revoked then is refused after the next look.
 *
 * @throws {Error} when the verifier is not in sync after any look, or had to ask for a leaf table or a list.
 */
export async function followChanges(
  status: LargeStatus,
  { polls, phaseMs, ...work }: DayOptions,
): Promise<ReadonlyMap<string, Got>> {
  const start = Math.floor(Date.now() / POLL_MS) * POLL_MS + phaseMs
  const issuer = new IssuerDay(status, work, start)
  await status.publishLists()
  await status.publishHead(start)
  const site = new CountedSite(status.documents)
  const verifier = verifierOf(status.trust, site.fetch, () => issuer.now)
  await look(verifier, issuer.now)
  const good = { ...(await makeChain(status, start)), at: start }
  await expectAnswer(verifier, good, 'verified')
  const [root = '', link = ''] = good.texts
  await expectAnswer(verifier, { ...good, texts: [root, forge(link)] }, 'signature_invalid')
  site.take()
  await issuer.runUntil(start + 1)
  issuer.revoke(status.list('revocation', 1), good.index)
  for (let poll = 1; poll <= polls; poll++) {
    await issuer.runUntil(start + poll * POLL_MS)
    await look(verifier, issuer.now)
    if (poll === 1) await expectAnswer(verifier, good, 'revoked')
  }
  return onlyFollowed(site.take())
}

async function look(verifier: Verifier, now: number): Promise<void> {
  const [state] = await verifier.sync()
  if (state?.asOf !== now || state.failure !== undefined)
    throw new Error(`the verifier of the benchmark is not in sync: ${JSON.stringify(state)}`)
}

function onlyFollowed(got: ReadonlyMap<string, Got>): ReadonlyMap<string, Got> {
  const other = [...got.keys()].find((kind) => !FOLLOWED.has(kind))
  if (other !== undefined) throw new Error(`the verifier of the benchmark asked for ${other}`)
  return got
}
