import type { JsonObject } from '../../../src/core/json.ts'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import { anyForm } from '../../../src/issuer/issued-credential.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import { postgresPrograms, startPostgres } from '../../helpers/postgres.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { notMeasured, type Row, rowOf } from '../rows.ts'
import { ratePerSecond } from './in-flight.ts'
import { addGrantees, type BenchPlace, issueTo, makePlace, openIssuer, removePlace } from './issuer.ts'
import { proveIssuer } from './proof.ts'
import { signRate } from './yardsticks.ts'

/** Requests that are under way together. */
export const TOGETHER = 64

const ORIGIN = 'https://id.example'

/** Rounds that count, after others in which the engine gets to know the code. */
const ROUNDS = 7
const WARMUP_ROUNDS = 3

/** In a round: together, and one after the other. */
const ISSUED_TOGETHER = 600
const ISSUED_ALONE = 80
const SIGNED_BY_PEER = 15

/** Each may hold 32 delegations: twice as many as are issued. */
const GRANTEES = { owners: 20, agents: 400 }

/** Signs the same credential with another implementation. */
interface PeerIssuer {
  issue(credential: JsonObject): Promise<JsonObject>
  verifies(credential: JsonObject): Promise<boolean>
}

/** What one round measured, each in credentials or signatures in a second. */
interface Rates {
  readonly together: number
  readonly alone: number
  readonly signatures: number
  readonly peer?: number
}

/** Issuing in this process: each credential is on the disk, twice, and its signature verified, before it counts. */
export async function* durableRows(progress: Progress, peers: boolean): AsyncGenerator<Row> {
  progress('issue.durable.sqlite')
  const place = await makePlace(ORIGIN)
  try {
    await proveIssuer(place)
    const rounds = await measure(place, peers ? await provenPeer(place) : undefined)
    const ratio = (of: (rates: Rates) => number) => median(rounds.map(of))
    yield rowOf(
      'issue.durable.sqlite.per_s',
      ratio(({ together }) => together),
      '1/s',
    )
    yield rowOf(
      'issue.durable.sqlite.vs_sign',
      ratio(({ together, signatures }) => together / signatures),
      'x',
      { atLeast: 0.22 },
    )
    yield rowOf(
      'issue.durable.sqlite.vs_commit_each',
      ratio(({ together, alone }) => together / alone),
      'x',
      { atLeast: 4 },
    )
    if (peers) {
      const vsPeer = ratio(({ together, peer }) => together / (peer ?? Number.NaN))
      yield rowOf('issue.durable.sqlite.vs_digitalbazaar', vsPeer, 'x', { atLeast: 10 })
    }
  } finally {
    await removePlace(place)
  }
  yield await postgresRow(progress)
}

/** On a server as one finds it: it waits for the disk with each commit. */
async function postgresRow(progress: Progress): Promise<Row> {
  const name = 'issue.durable.postgres.vs_commit_each'
  const aim = { atLeast: 3 }
  progress(name)
  if (postgresPrograms() === undefined) return notMeasured(name, 'x', aim)
  const server = await startPostgres()
  const place = await makePlace(ORIGIN, await server.createDatabase('bench'))
  try {
    await proveIssuer(place)
    const rounds = await measure(place, undefined)
    return rowOf(name, median(rounds.map(({ together, alone }) => together / alone)), 'x', aim)
  } finally {
    await removePlace(place)
    await server.stop()
  }
}

async function measure(
  place: BenchPlace,
  peer: { readonly issue: () => Promise<unknown> } | undefined,
): Promise<readonly Rates[]> {
  const opened = await openIssuer(place)
  try {
    const grantees = await addGrantees(opened, place, GRANTEES)
    let issued = 0
    const act = async () => {
      const grantee = grantees[issued++ % grantees.length]
      if (grantee !== undefined) await issueTo(opened.issuer, place, grantee)
    }
    const rounds: Rates[] = []
    for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
      const rates = {
        signatures: await signRate(),
        together: await ratePerSecond(ISSUED_TOGETHER, TOGETHER, act),
        alone: await ratePerSecond(ISSUED_ALONE, 1, act),
        ...(peer !== undefined && { peer: await ratePerSecond(SIGNED_BY_PEER, 1, peer.issue) }),
      }
      if (round >= WARMUP_ROUNDS) rounds.push(rates)
    }
    return rounds
  } finally {
    await opened.close()
  }
}

/** The other implementation with a credential that ours has issued; its own verifier accepts what it makes of that, and nothing else. */
async function provenPeer(place: BenchPlace): Promise<{ readonly issue: () => Promise<unknown> }> {
  const { makeIssuer } = await import(new URL('../peers/digitalbazaar-issue.mjs', import.meta.url).href)
  const peer: PeerIssuer = await makeIssuer()
  const credential = await issuedJson(place)
  const issued = await peer.issue(credential)
  const forged = { ...issued, validUntil: new Date(Date.now() + 864e5).toISOString() }
  if (!(await peer.verifies(issued)) || (await peer.verifies(forged)))
    throw new Error('@digitalbazaar/vc does not tell what it issued from what is forged')
  return { issue: () => peer.issue(credential) }
}

async function issuedJson(place: BenchPlace): Promise<JsonObject> {
  const opened = await openIssuer(place)
  try {
    const [grantee] = await addGrantees(opened, place, { owners: 1, agents: 1 })
    if (grantee === undefined) throw new Error('there is nobody to issue to')
    const { delegation } = await issueTo(opened.issuer, place, grantee)
    const link = await parseLink(anyForm(delegation) ?? '')
    if (!link.verified) throw new Error('what was issued cannot be read')
    return credentialToJson(link.value.credential)
  } finally {
    await opened.close()
  }
}
