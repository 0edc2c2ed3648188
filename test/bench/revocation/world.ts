import { fileURLToPath } from 'node:url'
import { freePort } from '../../../examples/support/loopback.ts'
import type { Did } from '../../../src/model/did.ts'
import {
  createLocalSigner,
  generateKey,
  type PrivateJwk,
} from '../../../src/securing/vc-jose/local-signer.ts'
import { type BenchPlace, ENTITLEMENTS, makePlace, removePlace } from '../issue/issuer.ts'
import { BenchService } from '../issue/service.ts'

const BUILT_SERVICE = fileURLToPath(new URL('built-service.ts', import.meta.url))

/** What somebody holds who was given a delegation. */
export interface Granted {
  readonly delegation: string
  readonly texts: readonly string[]
  readonly key: PrivateJwk
}

/** An issuer as it is run, with an owner who delegates. */
export class ServedIssuer {
  readonly place: BenchPlace
  readonly service: BenchService
  readonly #owner: string

  private constructor(place: BenchPlace, service: BenchService, owner: string) {
    this.place = place
    this.service = service
    this.#owner = owner
  }

  static async start(): Promise<ServedIssuer> {
    const place = await makePlace(`http://127.0.0.1:${await freePort()}`)
    const service = await BenchService.start(place, BUILT_SERVICE)
    const owner = {
      name: 'Payments',
      accountable: 'Ada Lovelace',
      assurance: 'mfa',
      entitlements: [...ENTITLEMENTS],
    }
    const { id } = JSON.parse((await service.post('/v1/owners', owner)).text) as { id: string }
    return new ServedIssuer(place, service, id)
  }

  async close(): Promise<void> {
    await this.service.close()
    await removePlace(this.place)
  }

  /** Gives a delegation to an agent of its own. */
  async grant(): Promise<Granted> {
    const key = await generateKey('Ed25519')
    const did = (await createLocalSigner(key)).keyId.split('#')[0] as Did
    const clerk = { owner: this.#owner, did, name: 'Clerk', purpose: 'pays what was ordered' }
    const agent = JSON.parse((await this.service.post('/v1/agents', clerk)).text) as { id: string }
    const terms = { agent: agent.id, authorizationDetails: [...ENTITLEMENTS] }
    const { text } = await this.service.post('/v1/delegations', terms)
    const { id, chain } = JSON.parse(text) as { id: string; chain: readonly string[] }
    return { delegation: id, texts: chain, key }
  }

  /** @returns When the answer had come, in ns of the clock that all processes of a machine share. */
  async revoke({ delegation }: Granted): Promise<bigint> {
    await this.service.post(`/v1/delegations/${delegation}/revoke`, { reason: 'measured' })
    return process.hrtime.bigint()
  }
}
