import type { PublicKey } from '../core/crypto/port.ts'
import { type JsonObject, parseStrictJson } from '../core/json.ts'
import type { DidMethod } from '../did/did-method.ts'
import { encodeMultikey } from '../did/multikey.ts'
import { parseDidDocument } from '../did/parse-did-document.ts'
import type { Issuer } from '../issuer/issuer.ts'
import type { Tenant } from '../issuer/records.ts'
import type { Did } from '../model/did.ts'
import { accept, refuse } from '../refusal.ts'
import { STATUS_SERVICE_TYPE } from '../verifier/status-service.ts'
import { trustEntry } from './trust-entry.ts'

/** What the documents of this service are made of: its tenants and their public keys. */
export interface DocumentSource extends Pick<Issuer, 'origin'> {
  readonly store: Pick<Issuer['store'], 'tenants'>
  readonly keys: Pick<Issuer['keys'], 'list'>
}

/** The `did:web` of an origin (did:web Method Specification §3.1): a port is escaped. */
export function webDidOf(origin: string): `did:web:${string}` {
  return `did:web:${new URL(origin).host.replace(':', '%3A')}`
}

/** The status issuer beside a `did:web` authority; its document lies at `/status/did.json`. */
export function webStatusDidOf(origin: string): `did:web:${string}` {
  return `${webDidOf(origin)}:status`
}

/** The document of one of the service's own `did:web`s; `undefined` for any other DID. */
export async function ownDocument(source: DocumentSource, did: Did): Promise<JsonObject | undefined> {
  if (did === webDidOf(source.origin)) return originDocument(source)
  if (did !== webStatusDidOf(source.origin)) return undefined
  const tenant = (await source.store.tenants()).find(({ statusIssuer }) => statusIssuer === did)
  return tenant === undefined ? undefined : documentOf(did, await listedKeys(source, tenant, 'status'), [])
}

/**
 * The document at `/.well-known/did.json`.
 *
 * An authority that is the `did:web` of the origin has its own. While the authority is a `did:key`, that is who issues
 * credentials and whom a service provider trusts; the document then says on the web that the key belongs to this host,
 * and no more.
 *
 * @param asked Whose document; default the `did:web` authority's, else the first tenant's.
 * @returns `undefined` when there is none, or when the `did:web` of the origin is another tenant's.
 */
export async function originDocument(
  source: DocumentSource,
  asked?: Tenant,
): Promise<JsonObject | undefined> {
  const did = webDidOf(source.origin)
  const tenants = await source.store.tenants()
  const holder = tenants.find(({ authority }) => authority === did)
  const tenant = asked ?? holder ?? tenants[0]
  if (tenant === undefined || (holder !== undefined && holder.id !== tenant.id)) return undefined
  const keys = await listedKeys(source, tenant, 'authority')
  const services = [anchorService(did, source.origin, tenant)]
  if (holder !== undefined)
    return documentOf(did, keys, [statusService(did, source.origin, tenant), ...services])
  const aliases = keys.map(({ publicKey }) => ({ id: `${did}#${encodeMultikey(publicKey)}`, publicKey }))
  return { ...documentOf(did, aliases, services), alsoKnownAs: [tenant.authority] }
}

/** What a document says of a key. */
interface PublicMethod {
  readonly id: string
  readonly publicKey: PublicKey
}

/** Keys that will sign, sign, or have signed what still holds (docs/spec/08-lifecycle.md "Keys of the service"). */
async function listedKeys(
  { keys }: DocumentSource,
  { id: tenant }: Tenant,
  use: 'authority' | 'status',
): Promise<readonly PublicMethod[]> {
  const listed = await keys.list(tenant, use)
  return listed.flatMap(({ id, publicKey }) => (publicKey === undefined ? [] : [{ id, publicKey }]))
}

/** Resolves the service's own DIDs from its own keys; no other service is ever asked. */
export function ownDidMethod(source: DocumentSource): DidMethod {
  return async (did) => {
    const json = await ownDocument(source, did)
    const document = parseDidDocument(parseStrictJson(JSON.stringify(json ?? null)) ?? null, did, 0)
    return document === undefined ? refuse('did_unresolvable', { dimension: 'did' }) : accept(document)
  }
}

function documentOf(did: Did, keys: readonly PublicMethod[], services: readonly JsonObject[]): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: keys.map(({ id, publicKey }) => ({
      id,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase: encodeMultikey(publicKey),
    })),
    assertionMethod: keys.map(({ id }) => id),
    ...(services.length > 0 && { service: services }),
  }
}

/** Who signs the tenant's status and where it lies, for those who trust the authority by name. */
function statusService(did: Did, origin: string, tenant: Tenant): JsonObject {
  const { statusIssuer, statusOrigins, head } = trustEntry(origin, tenant)
  const serviceEndpoint = { statusIssuer, statusOrigins, head, tenants: [tenant.id] }
  return { id: `${did}#status`, type: STATUS_SERVICE_TYPE, serviceEndpoint }
}

function anchorService(did: Did, origin: string, tenant: Tenant): JsonObject {
  const serviceEndpoint = `${origin}/.well-known/procura?tenant=${tenant.id}`
  return { id: `${did}#procura`, type: 'ProcuraTrustEntry', serviceEndpoint }
}
