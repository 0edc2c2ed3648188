import type { DelegationWithOwner } from '../../issuer/issue-delegation.ts'
import { chainMechanism, formOf, type IssuedCredential } from '../../issuer/issued-credential.ts'
import type { Agent } from '../../issuer/records.ts'
import { MECHANISMS, type Mechanism } from '../../model/chain.ts'
import { isCryptosuite, isMechanism } from '../../model/mechanism.ts'
import { ApiError } from '../api-error.ts'
import { found } from '../authorize.ts'
import { preferredType } from '../http/accept.ts'
import { json } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { chainView, keyDueView } from '../views.ts'

const JSON_TYPE = 'application/json'

/** Media types of one credential: VC-JOSE-COSE §6.1, VC Data Model §6.2. */
const CREDENTIAL_TYPES = ['application/vc+jwt', 'application/vc', 'application/vc+sd-jwt'] as const

/** What a client gets of a chain: the whole of it as JSON, or link 1 alone. */
export interface Representation {
  readonly type: typeof JSON_TYPE | (typeof CREDENTIAL_TYPES)[number]
  readonly mechanism: Mechanism
}

/**
 * Chooses by `Accept` and `?mechanism=`. Where the query names a mechanism, only its own media type and the chain as
 * JSON are on offer; else the chain is in the form that was chosen for the delegation, and the media type names the form
 * of a single credential.
 *
 * @throws {ApiError} `not_acceptable` with what is available; `invalid_request` for another query.
 */
export function representationOf(
  { request, query }: SignedCall,
  delegation: IssuedCredential,
): Representation {
  const asked = askedMechanism(query)
  const types = asked === undefined ? CREDENTIAL_TYPES : [typeOf(asked)]
  const available = [JSON_TYPE, ...types] as const
  const type = preferredType(request.headers.get('accept'), available)
  if (type === undefined) throw new ApiError('not_acceptable', { available, headers: VARY })
  const chosen = chainMechanism(delegation)
  if (asked !== undefined) return { type, mechanism: asked }
  return { type, mechanism: type === JSON_TYPE || type === typeOf(chosen) ? chosen : DEFAULT_FORM[type] }
}

const VARY = { vary: 'accept' }

const DEFAULT_FORM = {
  'application/vc+jwt': 'vc+jwt',
  'application/vc+sd-jwt': 'vc+sd-jwt',
  'application/vc': 'eddsa-jcs-2022',
} as const satisfies Record<(typeof CREDENTIAL_TYPES)[number], Mechanism>

function typeOf(mechanism: Mechanism): (typeof CREDENTIAL_TYPES)[number] {
  return isCryptosuite(mechanism) ? 'application/vc' : `application/${mechanism}`
}

/** No mechanism has a space in its name, so a `+` that was not escaped is meant as one. */
function askedMechanism(query: URLSearchParams): Mechanism | undefined {
  const errors = [...query.keys()]
    .filter((name) => name !== 'mechanism')
    .map((name) => ({ pointer: `?${name}`, message: 'not a parameter' }))
  const [first, ...others] = query.getAll('mechanism').map((text) => text.replaceAll(' ', '+'))
  if (first === undefined && errors.length === 0) return undefined
  if (first !== undefined && isMechanism(first) && others.length === 0 && errors.length === 0) return first
  const message = `one of ${MECHANISMS.join(', ')}`
  throw new ApiError('invalid_request', {
    errors: errors.length > 0 ? errors : [{ pointer: '?mechanism', message }],
  })
}

/** The answer; both links have a text in the form that was chosen. As JSON it also says when the agent's key is due. */
export function represent(
  chain: DelegationWithOwner,
  agent: Agent,
  { type, mechanism }: Representation,
): Response {
  if (type === JSON_TYPE) {
    return json({ ...found(chainView(chain, mechanism)), ...keyDueView(agent) }, 200, VARY)
  }
  const headers = { 'content-type': type, 'cache-control': 'no-store', ...VARY }
  return new Response(found(formOf(chain.delegation, mechanism)), { headers })
}
