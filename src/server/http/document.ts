import { createHash } from 'node:crypto'
import { DOCUMENT_CACHE_SECONDS, documentText } from '../publication/released-documents.ts'
import { conditional } from './conditional.ts'
import { JSON_TYPE } from './operation.ts'

/** A document about the service or a tenant, for anybody. */
export function document(request: Request, value: object, contentType: string = JSON_TYPE): Response {
  const body = documentText(value)
  return conditional(request, {
    body,
    etag: createHash('sha256').update(body).digest('base64url'),
    contentType,
    maxAgeSeconds: DOCUMENT_CACHE_SECONDS,
  })
}
