import { createHash } from 'node:crypto'
import { found } from '../authorize.ts'
import { SIGNALS_OPERATIONS } from '../contract/signals.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import type { PublicRoute } from '../http/route.ts'
import { DOCUMENT_CACHE_SECONDS } from '../publication/released-documents.ts'

/** What receivers of Shared Signals read of a tenant without being anybody (docs/api.md "Security events"). */
export const signalsRoutes: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/signals/:tenant/jwks.json',
    access: 'public',
    operation: SIGNALS_OPERATIONS.keys,
    handle: keys,
  },
]

async function keys({ service, request, params }: PublicCall): Promise<Response> {
  const { store, keys } = service.issuer
  const tenant = found(await store.tenant(params.tenant ?? ''))
  const body = JSON.stringify({ keys: await keys.securityEventKeys(tenant.id) })
  return conditional(request, {
    body,
    etag: createHash('sha256').update(body).digest('base64url'),
    contentType: 'application/json',
    maxAgeSeconds: DOCUMENT_CACHE_SECONDS,
  })
}
