import type { JsonObject } from '../../core/json.ts'
import type { DelegationRequest, DelegationWithOwner } from '../../issuer/issue-delegation.ts'
import { chainMechanism } from '../../issuer/issued-credential.ts'
import { DEFAULT_DELEGATION_SECONDS, DEFAULT_MAX_DEPTH } from '../../issuer/lifetimes.ts'
import { DEFAULT_LEASE_SIZE } from '../../model/status-list-entry.ts'
import type { DelegationTermsBody } from '../contract/delegation-bodies.ts'
import type { Service } from '../service.ts'
import { chainView, delegationView } from '../views.ts'

/** What is asked of the issuer, with what is said where the body says nothing. */
export function requestOf(body: DelegationTermsBody): DelegationRequest {
  return { terms: termsOf(body), leaseSize: body.leaseSize ?? DEFAULT_LEASE_SIZE }
}

function termsOf(body: DelegationTermsBody): JsonObject {
  const { authorizationDetails, name, allowStatusless, mechanism } = body
  return {
    ...(authorizationDetails === undefined ? { inherit: true } : { authorizationDetails }),
    maxDepth: body.maxDepth ?? DEFAULT_MAX_DEPTH,
    lifetimeSeconds: body.lifetimeSeconds ?? DEFAULT_DELEGATION_SECONDS,
    ...(allowStatusless === true && { allowStatusless }),
    ...(name !== undefined && { name }),
    ...(mechanism !== undefined && { mechanism }),
  }
}

/** With the chain, if it was released in the form that was chosen for it. */
export function wholeView({ issuer }: Service, chain: DelegationWithOwner): object {
  const shown = chainView(chain, chainMechanism(chain.delegation))
  const view = delegationView(issuer.origin, chain.delegation)
  return shown === undefined ? view : { ...view, chain: shown.chain, refreshAt: shown.refreshAt }
}
