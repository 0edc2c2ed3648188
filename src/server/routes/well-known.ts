import type { Tenant } from '../../issuer/records.ts'
import { ApiError } from '../api-error.ts'
import { found } from '../authorize.ts'
import { CONTEXT, CONTEXT_PATH } from '../context-file.ts'
import { PUBLIC_OPERATIONS } from '../contract/public.ts'
import { originDocument, ownDocument, webStatusDidOf } from '../did-document.ts'
import { json } from '../http/answer.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import { document } from '../http/document.ts'
import type { PublicRoute } from '../http/route.ts'
import { DOCUMENT_CACHE_SECONDS } from '../publication/released-documents.ts'
import { trustEntry } from '../trust-entry.ts'

/** Who the issuer is, and whether it works. */
export const wellKnownRoutes: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/.well-known/did.json',
    access: 'public',
    operation: PUBLIC_OPERATIONS.didDocument,
    handle: didDocument,
  },
  {
    method: 'GET',
    path: '/status/did.json',
    access: 'public',
    operation: PUBLIC_OPERATIONS.statusDidDocument,
    handle: statusDidDocument,
  },
  {
    method: 'GET',
    path: '/.well-known/procura',
    access: 'public',
    operation: PUBLIC_OPERATIONS.trustEntry,
    handle: trustEntryOf,
  },
  {
    method: 'GET',
    path: CONTEXT_PATH,
    access: 'public',
    operation: PUBLIC_OPERATIONS.context,
    handle: context,
  },
  {
    method: 'GET',
    path: '/livez',
    access: 'public',
    operation: PUBLIC_OPERATIONS.live,
    handle: async () => json({ status: 'ok' }),
  },
  { method: 'GET', path: '/readyz', access: 'public', operation: PUBLIC_OPERATIONS.ready, handle: readiness },
]

async function trustEntryOf(call: PublicCall): Promise<Response> {
  const entry = trustEntry(call.service.issuer.origin, await askedTenant(call))
  return document(call.request, entry)
}

async function didDocument(call: PublicCall): Promise<Response> {
  const { issuer } = call.service
  const tenant = call.query.has('tenant') ? await askedTenant(call) : undefined
  return document(call.request, found(await originDocument(issuer, tenant)), 'application/did+json')
}

async function statusDidDocument(call: PublicCall): Promise<Response> {
  const { issuer } = call.service
  const shown = await ownDocument(issuer, webStatusDidOf(issuer.origin))
  return document(call.request, found(shown), 'application/did+json')
}

/** The tenant of `?tenant=`, else the one that was created first. */
async function askedTenant({ service, query }: PublicCall): Promise<Tenant> {
  const id = query.get('tenant')
  const { store } = service.issuer
  return found(id === null ? (await store.tenants())[0] : await store.tenant(id))
}

async function context({ request }: PublicCall): Promise<Response> {
  const { text, digest } = CONTEXT
  return conditional(request, {
    body: text,
    etag: digest,
    contentType: 'application/ld+json',
    maxAgeSeconds: DOCUMENT_CACHE_SECONDS,
  })
}

async function readiness({ service }: PublicCall): Promise<Response> {
  await service.issuer.store.tenants()
  if (!service.publisher.isCurrent()) {
    throw new ApiError('unavailable', { detail: 'the status is not being published; see the log' })
  }
  const targets = service.publisher.targets()
  const rewrap = service.rewrap && {
    previousKek: service.rewrap.isPreviousNeeded() ? 'needed' : 'not_needed',
  }
  return json({ status: 'ok', ...(targets.length > 0 && { targets }), ...rewrap })
}
