import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createIssuerClient,
  createLocalSigner,
  generateKey,
  type IssuerClient,
  type PrivateJwk,
  parsePrivateJwk,
} from 'procura/agent'
import { initialize, type RunningService, startService, type TrustEntry } from 'procura/server'
import { freePort } from './loopback.ts'

/** A key, and the power of attorney that was issued to it. */
export interface Delegated {
  readonly key: PrivateJwk
  readonly chain: readonly string[]
  readonly agentId: string
  /** Id of the delegation: `urn:uuid:…`. */
  readonly delegation: string
}

/** Starts an issuer on a directory of its own, as `01-issue.ts` does in full. It goes away with the block that uses it. */
export async function startIssuer(): Promise<ExampleIssuer> {
  const directory = await mkdtemp(join(tmpdir(), 'procura-example-'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const { adminKeyFile, trust } = await initialize({ dataDir: directory, tenant: 'acme', origin })
  const signer = await createLocalSigner(parsePrivateJwk(JSON.parse(await readFile(adminKeyFile, 'utf8'))))
  const issuer = new ExampleIssuer(directory, trust, createIssuerClient({ issuer: origin, signer }))
  await issuer.start()
  return issuer
}

export class ExampleIssuer implements AsyncDisposable {
  /** What a service provider needs in order to trust this issuer. */
  readonly trust: TrustEntry
  readonly #directory: string
  readonly #admin: IssuerClient
  #service: RunningService | undefined

  constructor(directory: string, trust: TrustEntry, admin: IssuerClient) {
    this.trust = trust
    this.#directory = directory
    this.#admin = admin
  }

  get origin(): string {
    return this.#admin.issuer
  }

  async start(): Promise<void> {
    this.#service = await startService({ dataDir: this.#directory, logLevel: 'silent' })
  }

  async stop(): Promise<void> {
    await this.#service?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  /** Calls the issuer's API as its administrator. */
  async post<T = unknown>(path: string, body: object): Promise<T> {
    return (await this.#admin.call({ method: 'POST', path, body })).json as T
  }

  /** The chain of a delegation in a form of one's choice. */
  async chainOf(delegation: string, mechanism: string): Promise<{ chain: readonly string[] }> {
    const call = {
      method: 'GET' as const,
      path: `/v1/delegations/${delegation}/credential`,
      query: { mechanism },
    }
    return (await this.#admin.call(call)).json as { chain: readonly string[] }
  }

  /**
   * Registers Ada with an agent, and lets her delegate to it what she may do herself.
   *
   * @param actions What both may do at `location`, within `constraints`.
   */
  async delegate(
    location: string,
    actions: readonly string[],
    constraints: readonly object[] = [],
  ): Promise<Delegated> {
    const authorizationDetails = [{ type: 'api', locations: [location], actions, constraints }]
    const key = await generateKey('Ed25519')
    const { keyId } = await createLocalSigner(key)
    const ada = { name: 'Ada', accountable: 'Ada Lovelace', entitlements: authorizationDetails }
    const owner = await this.post<{ id: string }>('/v1/owners', ada)
    const mailer = { owner: owner.id, did: keyId.split('#')[0], name: 'mailer', purpose: 'sorts mail' }
    const agent = await this.post<{ id: string }>('/v1/agents', mailer)
    const terms = { agent: agent.id, authorizationDetails, maxDepth: 2 }
    const { id, chain } = await this.post<{ id: string; chain: string[] }>('/v1/delegations', terms)
    return { key, chain, agentId: agent.id, delegation: id }
  }
}
