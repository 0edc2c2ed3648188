import { formatDateTime } from '../../core/date-time.ts'
import { enrolAgent, findInvitation, inviteAgent } from '../../issuer/enrol-agent.ts'
import { ApiError } from '../api-error.ts'
import { assertWithin, found, scopeOf } from '../authorize.ts'
import {
  ENROLMENT_FILTERS,
  ENROLMENT_OPERATIONS,
  MAX_TICKET_SECONDS,
  newEnrolmentSchema,
  redemptionSchema,
} from '../contract/enrolments.ts'
import { json, page, unwrap } from '../http/answer.ts'
import type { KeyCall, SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { KeyRoute, SignedRoute } from '../http/route.ts'
import { parseBody, reasonSchema } from '../http/schema.ts'
import { agentView, invitationView } from '../views.ts'
import { accountableOwner } from './agents.ts'
import { requestOf, wholeView } from './delegation-request.ts'

export const enrolmentRoutes: readonly (KeyRoute | SignedRoute)[] = [
  {
    method: 'POST',
    path: '/v1/enrolments',
    access: ['admin', 'owner'],
    operation: ENROLMENT_OPERATIONS.create,
    handle: create,
  },
  {
    method: 'GET',
    path: '/v1/enrolments',
    access: ['admin', 'auditor', 'revoker', 'owner'],
    operation: ENROLMENT_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'POST',
    path: '/v1/enrolments/:id/withdraw',
    access: ['admin', 'revoker', 'owner'],
    operation: ENROLMENT_OPERATIONS.withdraw,
    handle: withdraw,
  },
  {
    method: 'POST',
    path: '/v1/enrolments/redeem',
    access: 'key',
    operation: ENROLMENT_OPERATIONS.redeem,
    handle: redeem,
  },
]

async function create(call: SignedCall): Promise<Response> {
  if (!Object.hasOwn(call.body, 'owner')) throw new ApiError('owner_required')
  const body = parseBody(newEnrolmentSchema, call.body)
  const { owner: id, delegation, lifetimeSeconds = MAX_TICKET_SECONDS, mode = 'delegated', ...rest } = body
  const owner = await accountableOwner(call, id)
  const request = {
    agent: { ...rest, mode },
    ...(delegation !== undefined && { delegation: requestOf(delegation) }),
    lifetimeMs: lifetimeSeconds * 1000,
  }
  const { enrolment, ticket } = unwrap(await inviteAgent(call.service.issuer, owner, request, call.write))
  const { agent, expiresAt } = enrolment
  const shown = { id: enrolment.id, agent: agent.id, owner: owner.id, ticket }
  return json({ ...shown, expiresAt: formatDateTime(expiresAt) }, 201)
}

async function list(call: SignedCall): Promise<Response> {
  const { issuer } = call.service
  const { page: asked, filter } = parseListQuery(call.query, ENROLMENT_FILTERS)
  const scope = scopeOf(call.principal, { ...(filter.owner !== undefined && { ownerId: filter.owner }) })
  const open = { ...scope, at: issuer.clock() }
  return page(await issuer.store.enrolments(call.principal.tenant, open, asked), invitationView)
}

async function withdraw(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { store } = call.service.issuer
  const { id, agent } = found(await store.enrolment(call.principal.tenant, call.params.id ?? ''))
  assertWithin(call.principal, agent.ownerId)
  return json(invitationView(unwrap(await store.withdrawEnrolment(id, reason, call.write))))
}

/** Who brings no ticket is a stranger, and is counted as one. */
async function redeem(call: KeyCall): Promise<Response> {
  const { service, did, write } = call
  const { ticket } = parseBody(redemptionSchema, call.body)
  const invitation = await findInvitation(service.issuer, ticket, { did, at: write.at })
  if (invitation === undefined) throw ticketInvalid()
  await call.admit(invitation.newcomer)
  const outcome = await enrolAgent(service.issuer, invitation, write)
  if (!outcome.done && outcome.refusal.code === 'not_found') throw ticketInvalid()
  const { agent, chain } = unwrap(outcome)
  const delegation = chain && wholeView(service, chain)
  const shown = { agent: agentView(agent), ...(delegation !== undefined && { delegation }) }
  return json(shown, 201, { location: `/v1/agents/${agent.id}` })
}

function ticketInvalid(): ApiError {
  return new ApiError('ticket_invalid', { detail: 'unknown, used, or too old: ask for a new one' })
}
