import { found } from '../authorize.ts'
import { STREAM_OPERATIONS } from '../contract/streams.ts'
import type { PublicCall } from '../http/call.ts'
import { document } from '../http/document.ts'
import type { Route, SignedRoute } from '../http/route.ts'
import { STREAMS_PATH, transmitterConfiguration } from '../streams/configuration.ts'
import { signalsIssuer, signalsPath } from '../streams/issuer-of.ts'
import {
  addSubject,
  createStream,
  readStatus,
  readStreams,
  removeStream,
  removeSubject,
  replaceStream,
  updateStatus,
  updateStream,
  verifyStream,
} from '../streams/manage.ts'
import { endStream, listStreams, pauseStream, redeliverStream, resumeStream } from '../streams/operate.ts'
import { pollStream } from '../streams/poll.ts'
import { RECEIVERS } from '../streams/stream.ts'

const WELL_KNOWN = '/.well-known/ssf-configuration'

function receiverRoute(
  method: SignedRoute['method'],
  path: string,
  operation: keyof typeof STREAM_OPERATIONS,
  handle: SignedRoute['handle'],
): SignedRoute {
  const place = { method, path: `${STREAMS_PATH}/${path}`, access: RECEIVERS }
  return { ...place, operation: STREAM_OPERATIONS[operation], handle }
}

/** The transmitter of Shared Signals (docs/signals.md "Sending"). */
export const streamRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${signalsPath(':tenant')}/jwks.json`,
    access: 'public',
    operation: STREAM_OPERATIONS.keys,
    handle: keys,
  },
  {
    method: 'GET',
    path: WELL_KNOWN,
    access: 'public',
    operation: STREAM_OPERATIONS.configuration,
    handle: async (call) => configuration(call, (await call.service.issuer.store.tenants())[0]?.id ?? ''),
  },
  {
    method: 'GET',
    path: `${WELL_KNOWN}${signalsPath(':tenant')}`,
    access: 'public',
    operation: { ...STREAM_OPERATIONS.configuration, id: 'getSignalsConfigurationOfTenant' },
    handle: (call) => configuration(call, call.params.tenant ?? ''),
  },
  receiverRoute('POST', 'stream', 'create', createStream),
  receiverRoute('GET', 'stream', 'read', readStreams),
  receiverRoute('PATCH', 'stream', 'update', updateStream),
  receiverRoute('PUT', 'stream', 'replace', replaceStream),
  receiverRoute('DELETE', 'stream', 'remove', removeStream),
  receiverRoute('GET', 'status', 'status', readStatus),
  receiverRoute('POST', 'status', 'setStatus', updateStatus),
  receiverRoute('POST', 'subjects/add', 'addSubject', addSubject),
  receiverRoute('POST', 'subjects/remove', 'removeSubject', removeSubject),
  receiverRoute('POST', 'verify', 'verify', verifyStream),
  receiverRoute('POST', 'streams/:id/poll', 'poll', pollStream),
  {
    method: 'GET',
    path: `${STREAMS_PATH}/streams`,
    access: ['admin'],
    operation: STREAM_OPERATIONS.list,
    handle: listStreams,
  },
  {
    method: 'POST',
    path: `${STREAMS_PATH}/streams/:id/pause`,
    access: ['admin'],
    operation: STREAM_OPERATIONS.pause,
    handle: pauseStream,
  },
  {
    method: 'POST',
    path: `${STREAMS_PATH}/streams/:id/resume`,
    access: ['admin'],
    operation: STREAM_OPERATIONS.resume,
    handle: resumeStream,
  },
  {
    method: 'POST',
    path: `${STREAMS_PATH}/streams/:id/redeliver`,
    access: ['admin'],
    operation: STREAM_OPERATIONS.redeliver,
    handle: redeliverStream,
  },
  {
    method: 'DELETE',
    path: `${STREAMS_PATH}/streams/:id`,
    access: ['admin'],
    operation: STREAM_OPERATIONS.end,
    handle: endStream,
  },
]

/** Only under the address that belongs to the issuer that it names. */
async function configuration({ service, request }: PublicCall, id: string): Promise<Response> {
  const { store, origin } = service.issuer
  const tenants = await store.tenants()
  const tenant = found(tenants.find((one) => one.id === id)).id
  const issuer = signalsIssuer(origin, tenants, tenant)
  const asked = new URL(request.url).pathname.slice(WELL_KNOWN.length)
  found(issuer === `${origin}${asked}` ? issuer : undefined)
  return document(request, transmitterConfiguration({ origin, issuer, tenant }, service.tokens !== undefined))
}

async function keys({ service, request, params }: PublicCall): Promise<Response> {
  const { store, keys } = service.issuer
  const tenant = found(await store.tenant(params.tenant ?? ''))
  return document(request, { keys: await keys.securityEventKeys(tenant.id) })
}
