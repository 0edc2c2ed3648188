import type { JsonObject } from '../../core/json.ts'
import {
  type DelegationRequest,
  type DelegationWithOwner,
  issueDelegation,
} from '../../issuer/issue-delegation.ts'
import { chainMechanism } from '../../issuer/issued-credential.ts'
import { DEFAULT_DELEGATION_SECONDS, DEFAULT_MAX_DEPTH } from '../../issuer/lifetimes.ts'
import { DEFAULT_LEASE_SIZE } from '../../model/status-list-entry.ts'
import { agentOf, partiesOf } from '../authorize.ts'
import type { DelegationTermsBody, NewDelegationBody } from '../contract/delegation-bodies.ts'
import { unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import type { Service } from '../service.ts'
import { chainView, delegationView } from '../views.ts'

/** Issues what the caller asks for; whether an earlier request did so is told. */
export async function issueAsked(
  call: SignedCall,
  body: NewDelegationBody,
): Promise<{ readonly value: DelegationWithOwner; readonly replayed: boolean }> {
  const parties = await partiesOf(call, await agentOf(call, body.agent))
  return unwrapReplay(await issueDelegation(call.service.issuer, parties, requestOf(body), call.write))
}

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
