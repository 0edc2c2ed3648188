import { createHash, timingSafeEqual } from 'node:crypto'
import { decodeUtf8 } from '../../core/bytes.ts'
import { formatDateTime } from '../../core/date-time.ts'
import { mediaTypeOf } from '../../core/media-type.ts'
import { readBounded } from '../../core/read-bounded.ts'
import { createId } from '../../issuer/ids.ts'
import type { Transmitter, TransmitterState } from '../../issuer/signal-store.ts'
import { ApiError } from '../api-error.ts'
import { found } from '../authorize.ts'
import { newTransmitterSchema, SET_MEDIA_TYPE, TRANSMITTER_OPERATIONS } from '../contract/transmitters.ts'
import { created, json, unwrap } from '../http/answer.ts'
import type { PublicCall, SignedCall } from '../http/call.ts'
import { keysOutdated } from '../http/provider-keys.ts'
import type { Route } from '../http/route.ts'
import { invalidMember, parseBody } from '../http/schema.ts'
import { MAX_SIGNAL_BYTES } from '../limits.ts'
import type { Service } from '../service.ts'
import { type SetError, setError } from '../signals/set-error.ts'

const PATH = '/v1/signals/transmitters'

/** Security events about the humans behind owners (docs/signals.md "Receiving"). */
export const transmitterRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, access: ['admin'], operation: TRANSMITTER_OPERATIONS.add, handle: add },
  {
    method: 'GET',
    path: PATH,
    access: ['admin', 'auditor'],
    operation: TRANSMITTER_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'DELETE',
    path: `${PATH}/:id`,
    access: ['admin'],
    operation: TRANSMITTER_OPERATIONS.remove,
    handle: remove,
  },
  {
    method: 'POST',
    path: '/signals/:tenant/:transmitter',
    access: 'public',
    operation: TRANSMITTER_OPERATIONS.receive,
    handle: receive,
  },
]

async function add(call: SignedCall): Promise<Response> {
  const { issuer, authorization, ...body } = parseBody(newTransmitterSchema, call.body)
  const { service, principal, write } = call
  if (!service.signals.isTrusted(issuer))
    throw invalidMember(
      '/issuer',
      'must be an issuer of signals that the operator has listed, exactly so, in PROCURA_SIGNAL_ISSUERS',
    )
  const { pollUrl } = body
  if (pollUrl !== undefined && (authorization !== undefined || !service.signals.mayBePolled(pollUrl)))
    throw invalidMember('/pollUrl', 'must be https, or at the issuer, and without "authorization"')
  const transmitter: Transmitter = {
    tenant: principal.tenant,
    id: createId('trm', service.issuer.random),
    issuer,
    audience: body.audience,
    subjectIssuer: body.subjectIssuer ?? issuer,
    algorithm: body.algorithm ?? 'RS256',
    lifts: body.lifts ?? false,
    createdAt: write.at,
    ...(pollUrl !== undefined && { pollUrl }),
    ...(authorization !== undefined && {
      authorizationDigest: digestOf(authorization).toString('base64url'),
    }),
  }
  const added = unwrap(await service.issuer.store.addTransmitter(transmitter, write))
  return created(`${PATH}/${added.id}`, transmitterView(service, added), false)
}

async function list({ service, principal }: SignedCall): Promise<Response> {
  const items = await service.issuer.store.transmitters(principal.tenant)
  return json({ items: items.map((one) => transmitterView(service, one)) })
}

async function remove({ service, params, write }: SignedCall): Promise<Response> {
  const removed = unwrap(await service.issuer.store.removeTransmitter(params.id ?? '', write))
  return json(transmitterView(service, removed))
}

function transmitterView(
  { issuer: { origin }, signals }: Service,
  { tenant, authorizationDigest, createdAt, receivedAt, verifiedAt, ...shown }: TransmitterState,
): object {
  const refused = signals.refusals(shown.id)
  return {
    ...shown,
    ...(shown.pollUrl === undefined && { endpoint: `${origin}/signals/${tenant}/${shown.id}` }),
    authorization: authorizationDigest !== undefined,
    createdAt: formatDateTime(createdAt),
    ...(receivedAt !== undefined && { receivedAt: formatDateTime(receivedAt) }),
    ...(verifiedAt !== undefined && { verifiedAt: formatDateTime(verifiedAt) }),
    ...(refused !== undefined && { refused: { ...refused, lastAt: formatDateTime(refused.lastAt) } }),
  }
}

/** RFC 8935: 202 once it is done and remembered, 400 with a code when it never will be, 503 while it may be. */
async function receive({ service, request, params, requestId }: PublicCall): Promise<Response> {
  const { tenant = '', transmitter: id = '' } = params
  const transmitter = found(await service.issuer.store.transmitter(tenant, id))
  if (transmitter.pollUrl !== undefined) throw new ApiError('not_found')
  if (mediaTypeOf(request.headers.get('content-type')) !== SET_MEDIA_TYPE)
    throw new ApiError('unsupported_media_type', { available: [SET_MEDIA_TYPE] })
  const body = await readBounded(request.body, MAX_SIGNAL_BYTES)
  if (body === undefined)
    throw new ApiError('body_too_large', { detail: `at most ${MAX_SIGNAL_BYTES} bytes` })
  const receipt = isAuthorized(transmitter, request)
    ? await service.signals.receive(transmitter, decodeUtf8(body) ?? '', { requestId })
    : service.signals.refused(
        transmitter,
        setError('authentication_failed', 'Authorization is not as agreed'),
      )
  if (receipt === 'later') throw keysOutdated()
  return typeof receipt === 'string'
    ? new Response(null, { status: 202, headers: { 'cache-control': 'no-store' } })
    : setErrorResponse(receipt)
}

function isAuthorized({ authorizationDigest }: Transmitter, { headers }: Request): boolean {
  if (authorizationDigest === undefined) return true
  const sent = digestOf(headers.get('authorization') ?? '')
  return timingSafeEqual(sent, Buffer.from(authorizationDigest, 'base64url'))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** RFC 8935 §2.3. */
function setErrorResponse({ err, description }: SetError): Response {
  return json({ err, description }, 400, { 'content-language': 'en' })
}
