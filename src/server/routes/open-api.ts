import { createHash } from 'node:crypto'
import { PUBLIC_OPERATIONS } from '../contract/public.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import { JSON_TYPE } from '../http/operation.ts'
import type { PublicRoute, Route } from '../http/route.ts'
import { buildOpenApi } from '../openapi/build-document.ts'
import type { Part } from '../openapi/json-schemas.ts'

/** The document changes with the program only; as long as other documents about the service, in seconds. */
const DOCUMENT_CACHE_SECONDS = 300

/** Where clients and tools find what goes over the wire. @param routes Asked when the document is first wanted. */
export function openApiRoute(routes: () => readonly Route[]): PublicRoute {
  let document: Part | undefined
  return {
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    operation: PUBLIC_OPERATIONS.openApi,
    handle: async (call) => {
      document ??= buildOpenApi(routes())
      return show(call, document)
    },
  }
}

function show({ service, request }: PublicCall, document: Part): Response {
  const body = `${JSON.stringify({ ...document, servers: [{ url: service.issuer.origin }] })}\n`
  const etag = createHash('sha256').update(body).digest('base64url')
  return conditional(request, {
    body,
    etag,
    contentType: JSON_TYPE,
    maxAgeSeconds: DOCUMENT_CACHE_SECONDS,
  })
}
