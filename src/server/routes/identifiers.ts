import { createHash } from 'node:crypto'
import type { DidResolutionOptions } from '../../did/resolve-did-to-result.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { PUBLIC_OPERATIONS } from '../contract/public.ts'
import { ownDocument } from '../did-document.ts'
import { answerDidResolution } from '../did-resolution.ts'
import { json } from '../http/answer.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import type { PublicRoute } from '../http/route.ts'

/** What resolves may be kept this long, in seconds: as long as the document at its own address. */
const RESOLUTION_CACHE_SECONDS = 300

/** DID resolution over HTTP, for those who have no resolver. The service never fetches anything for it. */
export const identifierRoutes: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/1.0/identifiers/*did',
    access: 'public',
    operation: PUBLIC_OPERATIONS.resolve,
    handle: resolve,
  },
]

async function resolve({ service, request, params }: PublicCall): Promise<Response> {
  const methods = ownMethods(service.issuer)
  const answer = await answerDidResolution(params.did ?? '', request.headers.get('accept'), methods)
  const { status, contentType } = answer
  if (status !== 200) return json(answer.body, status, { 'content-type': contentType, vary: 'accept' })
  const body = `${JSON.stringify(answer.body)}\n`
  const etag = createHash('sha256').update(contentType).update(body).digest('base64url')
  const response = conditional(request, {
    body,
    etag,
    contentType,
    maxAgeSeconds: RESOLUTION_CACHE_SECONDS,
  })
  response.headers.set('vary', 'accept')
  return response
}

/** Of `did:web`, the service has its own documents and no other. */
function ownMethods(issuer: Issuer): DidResolutionOptions['methods'] {
  return { web: (did) => ownDocument(issuer, did) }
}
