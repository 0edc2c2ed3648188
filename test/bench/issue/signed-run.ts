import { randomUUID } from 'node:crypto'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { makePerson, type Person } from '../../helpers/world.ts'
import { runCredential } from '../verify/credentials.ts'

/** A run's credential as an agent signs it by itself, under one of the indexes that its delegation leased. */
export interface SignedRun {
  readonly id: string
  readonly text: string
  /** Who acts in the run. */
  readonly person: Person
}

/** @param nth Which of the leased indexes the run takes. */
export async function signRun(delegation: string, agent: Person, nth: number): Promise<SignedRun> {
  const parent = await parseLink(delegation)
  const lease = parent.verified ? parent.value.credential.subject.statusLease[0] : undefined
  if (!parent.verified || lease === undefined) throw new Error('the delegation leases nothing')
  const person = await makePerson()
  const id = `urn:uuid:${randomUUID()}`
  const { revocation, suspension, indexes } = lease
  const status = { revocation, suspension, index: indexes[nth] ?? -1 }
  const place = { id, issuer: agent.did, subject: person.did, now: Date.now(), lease: [], depth: 0 }
  const payload = credentialToJson(runCredential({ ...place, status }, parent.value))
  return { id, text: await signCompactJws({ typ: 'vc+jwt', payload, signer: agent.signer }), person }
}
