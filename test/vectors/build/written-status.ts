import type { JsonObject } from '../../../src/core/json.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import type { VectorStep } from '../format.ts'
import { BASE, NOW, type Overrides, over, type Person, person, type Scene, statusEntries } from './scene.ts'
import { pair, publish, type SignedList } from './site.ts'
import { asked, trustIn } from './theme.ts'

/** What can be written down of the status of one scene. */
export class Making {
  readonly scene: Scene
  readonly carrier: Person
  readonly lists: readonly SignedList[]
  /** Of the head that there is at first. */
  readonly digest: string

  private constructor(scene: Scene, carrier: Person, lists: readonly SignedList[], digest: string) {
    this.scene = scene
    this.carrier = carrier
    this.lists = lists
    this.digest = digest
  }

  static async create(scene: Scene): Promise<Making> {
    const lists = await pair(scene.cast.status)
    const { digest } = await publish(scene.cast.status, { lists })
    return new Making(scene, await person('carrier'), lists, digest)
  }

  async snapshot(changes: Overrides = {}, head: Parameters<typeof publish>[1] = {}): Promise<JsonObject> {
    const { documents } = await publish(this.scene.cast.status, { lists: this.lists, ...head })
    const leaves = this.lists.map(({ leaf }) => ({ ...leaf }))
    const lists = this.lists.map(listOf)
    return over({ head: documents[`${BASE}/head`] ?? '', leafTable: { leaves }, lists }, changes)
  }

  async status(changes: Overrides = {}, snapshot?: JsonObject): Promise<JsonObject> {
    const { authority } = this.scene.cast
    const written = { authority: authority.did, source: `${BASE}/head`, documents: [], emergency: null }
    return over({ ...written, snapshot: snapshot ?? (await this.snapshot()) }, changes)
  }

  /** @param claims Over those of the bundle. */
  async bundle(status: JsonObject, claims: Overrides = {}, by = this.carrier, typ = 'procura-bundle+jwt') {
    const trust = over(trustIn(this.scene.cast) as unknown as JsonObject, {})
    const payload = { iss: this.carrier.did, iatMs: NOW, authorities: [{ trust, status }] }
    return signCompactJws({ typ, payload: over(payload, claims), signer: by.signer })
  }

  /** A chain whose agent has this index. */
  async request(index: number): Promise<VectorStep> {
    const credentialStatus = statusEntries(index)
    return asked(
      await this.scene.request(await this.scene.twoLinks({ statusLease: undefined }, { credentialStatus })),
    )
  }
}

/** A list as a snapshot has it. */
export function listOf({ url, token }: SignedList): JsonObject {
  const { validUntil, credentialSubject } = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  )
  return { list: url, validUntil: Date.parse(validUntil), encodedList: credentialSubject.encodedList }
}
