import { setTimeout as pause } from 'node:timers/promises'
import { decodeBitstring, readBit } from '../../../src/status/bitstring.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { percentile } from './in-flight.ts'
import type { BenchPlace, Grantee } from './issuer.ts'
import { ENTITLEMENTS } from './issuer.ts'
import type { BenchService } from './service.ts'
import { commitMs } from './yardsticks.ts'

const REVOCATIONS = 120
const WARMUP_REVOCATIONS = 30

/** Longer than changes are gathered for, so that the next one finds nothing under way; in milliseconds. */
const IDLE_MS = 260

/** Between two looks at the list, in milliseconds. */
const LOOK_MS = 1

/** What publishing may take beside its commit, in milliseconds. */
const PUBLISH_ALLOWANCE_MS = 2
const PUBLISH_P99_MS = 15

/** From the commit of a revocation to the first answer over HTTP that shows its bit, when nothing else is to be published. */
export async function* publishRows(
  service: BenchService,
  grantees: readonly Grantee[],
  place: BenchPlace,
  progress: Progress,
): AsyncGenerator<Row> {
  progress('revoke.publish')
  const times: number[] = []
  for (let i = 0; i < REVOCATIONS + WARMUP_REVOCATIONS; i++) {
    const agent = grantees[i % grantees.length]?.parties.agent.id ?? ''
    const grant = { agent, authorizationDetails: [...ENTITLEMENTS] }
    const granted = JSON.parse((await service.post('/v1/delegations', grant)).text)
    await pause(IDLE_MS)
    times.push(await revokeAndLook(service, granted))
  }
  const counted = times.slice(WARMUP_REVOCATIONS)
  const commit = commitMs(`${place.dataDir}/commits-of-revocations.db`)
  const atMost = commit + PUBLISH_ALLOWANCE_MS
  yield rowOf('revoke.publish_p50', percentile(counted, 0.5), 'ms', { atMost })
  yield rowOf('revoke.publish_p99', percentile(counted, 0.99), 'ms', { atMost: PUBLISH_P99_MS })
}

/** A delegation as the API shows it. */
interface Granted {
  readonly id: string
  readonly revocationList: string
  readonly position: { readonly index: number }
}

async function revokeAndLook(service: BenchService, granted: Granted): Promise<number> {
  const revoke = await service.sign('POST', `/v1/delegations/${granted.id}/revoke`, { reason: 'measured' })
  const path = `${new URL(granted.revocationList).pathname}.jwt`
  let etag = (await look(service, path, granted, undefined)).etag
  const committed = service.nextCommit()
  void service.send(revoke)
  for (;;) {
    const seen = await look(service, path, granted, etag)
    if (seen.isSet) return Number(seen.at - (await committed)) / 1e6
    etag = seen.etag
    await pause(LOOK_MS)
  }
}

async function look(service: BenchService, path: string, { position }: Granted, etag: string | undefined) {
  const headers = etag === undefined ? {} : { 'if-none-match': etag }
  const answer = await service.send({ method: 'GET', path, headers })
  const at = process.hrtime.bigint()
  const isSet = answer.status === 200 && (await isSetIn(answer.text, position.index))
  return { at, isSet, etag: answer.etag }
}

async function isSetIn(token: string, index: number): Promise<boolean> {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const bits = await decodeBitstring(payload.credentialSubject.encodedList)
  if (!bits.verified) throw new Error('the published list cannot be read')
  return readBit(bits.value, index) === true
}
