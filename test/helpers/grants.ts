import type { JsonObject } from '../../src/core/json.ts'
import type { AccessRequest } from '../../src/model/access-request.ts'
import type { Grant } from '../../src/model/grant.ts'
import { ownerJson, parsed } from './credentials.ts'

/** An entry of `authorizationDetails`, as JSON: reading and sending mail. */
export const MAIL = {
  type: 'api',
  locations: ['https://mail.example/'],
  actions: ['mail.read', 'mail.send'],
}

/** {@link MAIL} with other members, as a parsed grant. */
export function grant(members: object = {}): Grant {
  const [first] = grants({ ...MAIL, ...members })
  if (first === undefined) throw new Error('there is no grant')
  return first
}

/** The entries in a JSON that must be valid. */
export function grants(...entries: readonly object[]): readonly Grant[] {
  const { subject } = parsed(ownerJson({ authorizationDetails: entries as JsonObject[] }))
  return subject.authorizationDetails === 'inherit' ? [] : subject.authorizationDetails
}

/** A request that {@link MAIL} allows, with other members. */
export function request(members: Partial<AccessRequest> = {}): AccessRequest {
  return { action: 'mail.read', origin: 'https://mail.example', path: '/inbox', now: 0, ...members }
}
