import { createHash } from 'node:crypto'
import { PUBLIC_OPERATIONS } from '../contract/public.ts'
import { conditional } from '../http/conditional.ts'
import { JSON_TYPE } from '../http/operation.ts'
import type { PublicRoute, Route } from '../http/route.ts'
import { buildOpenApi } from '../openapi/build-document.ts'
import { DOCUMENT_CACHE_SECONDS } from '../publication/released-documents.ts'

interface Shown {
  readonly origin: string
  readonly body: string
  readonly etag: string
}

/** Where clients and tools find what goes over the wire. @param routes Asked when the document is first wanted. */
export function openApiRoute(routes: () => readonly Route[]): PublicRoute {
  let shown: Shown | undefined
  return {
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    operation: PUBLIC_OPERATIONS.openApi,
    handle: async ({ service, request }) => {
      const { origin } = service.issuer
      if (shown?.origin !== origin) shown = write(origin, routes())
      const { body, etag } = shown
      const maxAgeSeconds = DOCUMENT_CACHE_SECONDS
      return conditional(request, { body, etag, contentType: JSON_TYPE, maxAgeSeconds })
    },
  }
}

function write(origin: string, routes: readonly Route[]): Shown {
  const body = `${JSON.stringify({ ...buildOpenApi(routes), servers: [{ url: origin }] })}\n`
  return { origin, body, etag: createHash('sha256').update(body).digest('base64url') }
}
