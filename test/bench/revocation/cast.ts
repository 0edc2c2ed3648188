import type { Did } from '../../../src/model/did.ts'
import { headUrl } from '../../../src/status/layout.ts'
import { documentOf, statusService } from '../../helpers/did-documents.ts'
import { makePerson, makeWebPerson, type Person } from '../../helpers/world.ts'
import { BASE } from './large-status.ts'

/** Who issues, and who signs the status. */
export interface Cast {
  readonly authority: Person
  readonly status: Person
  /** Where their DID documents lie, by URL. */
  readonly documents: ReadonlyMap<string, string>
}

/** As `procura init` makes them when nothing is said. */
export async function keyCast(): Promise<Cast> {
  return { authority: await makePerson(), status: await makePerson(), documents: new Map() }
}

/** As `procura init --did-web` makes them. */
export async function webCast(): Promise<Cast> {
  const origin = new URL(BASE).origin
  const did: Did = `did:web:${new URL(BASE).host}`
  const [authority, status] = [await makeWebPerson(did), await makeWebPerson(`${did}:status`)]
  const trust = { authority: did, statusIssuer: status.did, statusOrigins: [`${BASE}/`], head: headUrl(BASE) }
  const documents = new Map([
    [
      `${origin}/.well-known/did.json`,
      JSON.stringify(documentOf(did, [authority.signer], [statusService(trust)])),
    ],
    [`${origin}/status/did.json`, JSON.stringify(documentOf(status.did, [status.signer]))],
  ])
  return { authority, status, documents }
}
