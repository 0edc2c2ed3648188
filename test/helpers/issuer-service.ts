import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { type Clock, systemRandom } from '../../src/core/clock.ts'
import type { Signer } from '../../src/model/signer.ts'
import { PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../src/securing/http-signature/sign.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { type RunningService, type ServiceOptions, startService } from '../../src/server/start-service.ts'
import { assertAsDescribed } from './described-answers.ts'

/** Answer of the API. `json` is an empty object where there is none. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any
  readonly text: string
  readonly headers: Headers
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is instead of JSON of the body. */
  readonly raw?: Uint8Array
  readonly contentType?: string
  /** Added after signing, or in place of what was signed. */
  readonly unsigned?: Readonly<Record<string, string>>
  readonly now?: number
  /** What the signature says was called; default: what is called. */
  readonly origin?: string
}

/** Someone who calls the API. */
export interface Caller {
  readonly did: string
  readonly signer: Signer
  get(path: string, options?: CallOptions): Promise<Answer>
  post(path: string, body?: object, options?: CallOptions): Promise<Answer>
  patch(path: string, body?: object, options?: CallOptions): Promise<Answer>
  put(path: string, body?: object, options?: CallOptions): Promise<Answer>
  delete(path: string, options?: CallOptions): Promise<Answer>
  /** The headers of a call, signed, without calling. */
  sign(method: string, path: string, body?: object): Promise<Record<string, string>>
}

export async function newSigner(): Promise<Signer> {
  return createLocalSigner(await generateKey('Ed25519'))
}

export function didOf(signer: Signer): string {
  return signer.keyId.split('#')[0] ?? ''
}

/** A caller with a key of its own, or with the one given. */
export async function newCaller(url: string, signer?: Signer): Promise<Caller> {
  const key = signer ?? (await newSigner())
  const call = (method: string) => (path: string, body?: object, options?: CallOptions) =>
    signedCall(url, key, { method, path, ...(body !== undefined && { body }) }, options)
  return {
    did: didOf(key),
    signer: key,
    get: (path, options) => call('GET')(path, undefined, options),
    post: call('POST'),
    patch: call('PATCH'),
    put: call('PUT'),
    delete: (path, options) => call('DELETE')(path, undefined, options),
    sign: async (method, path, body) =>
      (await signCall(url, key, { method, path, ...(body && { body }) })).headers,
  }
}

/** A caller with the key that `initialize` wrote. */
export async function adminCaller(url: string, initialized: Initialized): Promise<Caller> {
  return newCaller(url, await createLocalSigner(JSON.parse(await readFile(initialized.adminKeyFile, 'utf8'))))
}

/** What time it is for a service, by its URL: who calls it goes by the same clock. */
const clocks = new Map<string, Clock>()

interface Called {
  readonly method: string
  readonly path: string
  readonly body?: object
}

async function signedCall(
  url: string,
  signer: Signer,
  called: Called,
  options: CallOptions = {},
): Promise<Answer> {
  const { headers, bytes } = await signCall(url, signer, called, options)
  const init = { method: called.method, headers: { ...headers, ...options.unsigned } }
  return send(url + called.path, bytes === undefined ? init : { ...init, body: new Uint8Array(bytes) })
}

async function signCall(
  url: string,
  signer: Signer,
  { method, path, body }: Called,
  options: CallOptions = {},
) {
  const bytes = options.raw ?? (body === undefined ? undefined : encodeUtf8(JSON.stringify(body)))
  const headers: Record<string, string> = {
    ...(bytes !== undefined && { 'content-type': options.contentType ?? 'application/json' }),
    ...options.headers,
  }
  const proof = await signRequest({
    profile: PROCURA_API_PROFILE,
    method,
    targetUri: (options.origin ?? url) + path,
    headers,
    signer,
    now: options.now ?? clocks.get(url)?.() ?? Date.now(),
    random: systemRandom,
    ...(bytes !== undefined && { body: bytes }),
  })
  return { headers: { ...headers, ...proof }, bytes }
}

/** A request without any signature of ours. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const answer = { status: response.status, headers: response.headers, text, json: parse(text) }
  assertAsDescribed(init.method ?? 'GET', new URL(url).pathname, answer)
  return answer
}

function parse(text: string): object {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export interface TestService {
  readonly url: string
  readonly dataDir: string
  readonly service: RunningService
  readonly initialized: Initialized
  /** The administrator of `acme`. */
  readonly admin: Caller
  close(): Promise<void>
}

export interface TestServiceOptions extends Partial<Omit<ServiceOptions, 'dataDir' | 'port'>> {
  /** Further tenants, beside `acme`. */
  readonly tenants?: readonly string[]
  /** Whether the authority of `acme` is the `did:web` of the service. Default false. */
  readonly didWeb?: boolean
}

/** A service with the tenant `acme` in a directory of its own, on a free port of the loopback interface. */
export async function startTestService(
  options: TestServiceOptions = {},
): Promise<TestService & { readonly others: ReadonlyMap<string, Caller> }> {
  const { tenants = [], didWeb = false, ...rest } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'procura-service-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const initialized = await initialize({ dataDir, tenant: 'acme', origin: url, didWeb })
  const others = new Map<string, Caller>()
  for (const tenant of tenants) {
    others.set(tenant, await adminCaller(url, await initialize({ dataDir, tenant, origin: url })))
  }
  if (rest.clock !== undefined) clocks.set(url, rest.clock)
  const service = await startService({ dataDir, logLevel: 'silent', ...rest })
  return {
    url,
    dataDir,
    service,
    initialized,
    admin: await adminCaller(url, initialized),
    others,
    close: async () => {
      await service.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export const MAIL_GRANT = {
  type: 'api',
  locations: ['https://mail.example/'],
  actions: ['mail.read', 'mail.send'],
}

/** Creates an owner who may read and send mail; the answer's body. */
export async function addOwner(admin: Caller, changes: object = {}): Promise<Answer['json']> {
  const answer = await admin.post('/v1/owners', {
    name: 'Support',
    accountable: 'Ada Lovelace',
    entitlements: [MAIL_GRANT],
    ...changes,
  })
  return created(answer)
}

/** Creates an agent with a key of its own. */
export async function addAgent(url: string, admin: Caller, owner: string, changes: object = {}) {
  const caller = await newCaller(url)
  const body = { owner, did: caller.did, name: 'Triage', purpose: 'sorts mail', ...changes }
  return { caller, agent: created(await admin.post('/v1/agents', body)) }
}

export async function addDelegation(
  admin: Caller,
  agent: string,
  changes: object = {},
): Promise<Answer['json']> {
  const grant = { ...MAIL_GRANT, actions: ['mail.read'] }
  return created(await admin.post('/v1/delegations', { agent, authorizationDetails: [grant], ...changes }))
}

function created(answer: Answer): Answer['json'] {
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json
}
