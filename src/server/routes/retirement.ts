import type { Fetch } from '../../core/clock.ts'
import { ApiError } from '../api-error.ts'
import { agentOf, found, partiesOf } from '../authorize.ts'
import { RETIREMENT_OPERATIONS, retirementSchema, signOffSchema } from '../contract/retirement.ts'
import { json, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { createHandler } from '../http/create-handler.ts'
import type { SignedRoute } from '../http/route.ts'
import { parseBody } from '../http/schema.ts'
import { retireAgent } from '../retirement/retire-agent.ts'
import type { Service } from '../service.ts'
import { statusRoutes } from './status.ts'
import { wellKnownRoutes } from './well-known.ts'

/** The verified end of an agent. */
export const retirementRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/agents/:id/retire',
    access: ['admin', 'owner'],
    operation: RETIREMENT_OPERATIONS.retire,
    handle: retire,
  },
  {
    method: 'GET',
    path: '/v1/agents/:id/evidence',
    access: ['admin', 'auditor', 'owner'],
    operation: RETIREMENT_OPERATIONS.evidence,
    handle: evidence,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/sign-off',
    access: ['admin', 'owner'],
    operation: RETIREMENT_OPERATIONS.signOff,
    handle: signOff,
  },
]

async function retire(call: SignedCall): Promise<Response> {
  const request = parseBody(retirementSchema, call.body)
  const parties = await partiesOf(call, await agentOf(call, call.params.id ?? ''))
  const io = { fetch: ownStatus(call.service), context: call.write }
  const entry = unwrap(await retireAgent(call.service.issuer, parties, request, io))
  if (entry.details.verified === true) return json(entry)
  const detail = `the agent is revoked, but a check failed: audit entry ${entry.seq} says which; retire it again`
  throw new ApiError('retirement_unverified', { detail })
}

async function evidence(call: SignedCall): Promise<Response> {
  const { tenant, id } = await agentOf(call, call.params.id ?? '')
  const { store } = call.service.issuer
  const retirement = found(await store.retirement(tenant, id))
  const signOff = await store.retirementSignOff(tenant, id, retirement.seq)
  return json({ retirement, ...(signOff !== undefined && { signOff }) })
}

async function signOff(call: SignedCall): Promise<Response> {
  const { note } = parseBody(signOffSchema, call.body)
  const { id } = await agentOf(call, call.params.id ?? '')
  return json(unwrap(await call.service.issuer.store.signOffRetirement(id, note, call.write)))
}

/** What the service publishes, read as anybody would, but without a way through the network to itself. */
function ownStatus(service: Service): Fetch {
  const handler = createHandler(service, [...statusRoutes, ...wellKnownRoutes])
  return (url, init) => handler(new Request(url, init))
}
