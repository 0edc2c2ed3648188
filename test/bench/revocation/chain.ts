import { systemRandom } from '../../../src/core/clock.ts'
import { createUuidUrn } from '../../../src/core/uuid.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import type { ChainCredential } from '../../../src/model/credential.ts'
import { signCredential } from '../../../src/securing/sign-credential.ts'
import { readBit, STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import { makePerson, type Person } from '../../helpers/world.ts'
import type { Presented } from '../issue/proof.ts'
import { agentCredential, ownerCredential } from '../verify/credentials.ts'
import type { LargeStatus } from './large-status.ts'

/** Somebody with a delegation in the first pair of lists. */
export interface Followed extends Presented {
  /** Of its last link. */
  readonly index: number
}

/** A chain of two links that nobody has revoked, or whose last one is. */
export async function makeChain(status: LargeStatus, now: number, isRevoked = false): Promise<Followed> {
  const [owner, person] = [await makePerson(), await makePerson()]
  const { authority, trust } = status
  const { statusIssuer: issuer, statusOrigins: origins } = trust
  const indexes = [indexOf(status, false), indexOf(status, isRevoked)] as const
  const root = { ...placeOf(status, indexes[0], now), issuer: authority.did, subject: owner.did }
  const link = {
    ...placeOf(status, indexes[1], now),
    issuer: owner.did,
    subject: person.did,
    lease: [],
    depth: 0,
  }
  const texts = [
    await sign(ownerCredential(root, { issuer, origins }), authority),
    await sign(agentCredential(link, authority.did), owner),
  ]
  return { texts, person, index: indexes[1] }
}

function placeOf(status: LargeStatus, index: number, now: number) {
  const [revocation, suspension] = [status.list('revocation', 1).url, status.list('suspension', 1).url]
  return { id: createUuidUrn(systemRandom), status: { revocation, suspension, index }, now }
}

/** The first entry of the first pair from a random place on that is as wanted, and not suspended. */
function indexOf(status: LargeStatus, isRevoked: boolean): number {
  const [revoked, suspended] = [status.list('revocation', 1).bits, status.list('suspension', 1).bits]
  const from = (systemRandom(2)[0] ?? 0) * 256
  for (let i = 0; i < STATUS_LIST_ENTRIES; i++) {
    const index = (from + i) % STATUS_LIST_ENTRIES
    if (readBit(revoked, index) === isRevoked && readBit(suspended, index) === false) return index
  }
  throw new Error('there is no such entry')
}

function sign(credential: ChainCredential, { signer }: Person): Promise<string> {
  return signCredential({
    credential: credentialToJson(credential),
    mechanism: 'vc+jwt',
    signer,
    random: systemRandom,
  })
}
