import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { systemRandom } from '../../src/core/clock.ts'
import { didKeyMethodId, encodeDidKey } from '../../src/did/did-key.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { Signer } from '../../src/model/signer.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { buildSignatureBase } from '../../src/securing/http-signature/signature-base.ts'
import { formatByteSequence } from '../../src/securing/http-signature/structured-fields.ts'
import { type Person, requestOf, type World } from '../helpers/world.ts'

/** An agent with the link that its owner signed. */
export interface SoakAgent extends Person {
  readonly link: string
  /** Of its link, in both status lists. */
  readonly index: number
  readonly key: KeyObject
}

/** Indexes that are handed out, one after the other; those below belong to the world's own people. */
const FIRST_INDEX = 1000

/** Makes agents without end, each with a key, a link and a status index of its own. */
export class AgentMaker {
  readonly #world: World
  #made = 0

  constructor(world: World) {
    this.#world = world
  }

  async make(): Promise<SoakAgent> {
    const world = this.#world
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
    const key = { type: 'Ed25519', raw } as const
    const did = encodeDidKey(key)
    const signer: Signer = {
      algorithm: 'EdDSA',
      keyId: didKeyMethodId(did),
      publicKey: key,
      sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
    }
    const index = FIRST_INDEX + (this.#made++ % 100_000)
    const credential = world.agentCredential(
      { id: did, statusLease: [] },
      { status: world.site.entry(index) },
    )
    return { did, signer, index, key: privateKey, link: await world.sign(credential, world.owner.signer) }
  }
}

/**
 * Signs a request as `signRequest` does, but at once and without looking at the signature again: a verifier is what is
 * soaked here.
 */
export function presentFast(
  agent: SoakAgent,
  root: string,
  { now }: World,
  by: KeyObject = agent.key,
): PresentedRequest {
  const created = Math.floor(now / 1000)
  const nonce = encodeBase64url(systemRandom(16))
  const covered = ['"@method"', '"@target-uri"', '"agent-delegation"']
  const parameters = `(${covered.join(' ')});created=${created};expires=${created + 60};nonce="${nonce}";keyid="${agent.signer.keyId}";tag="agent-delegation"`
  const field = formatAgentDelegation([root, agent.link])
  const signed = { method: 'GET', targetUri: 'https://mail.example/inbox', header: () => field }
  const base = buildSignatureBase(signed, covered, parameters)
  if (base === undefined) throw new Error('a request of the soak cannot be signed')
  const signature = formatByteSequence(new Uint8Array(sign(null, base, by)))
  return requestOf('GET', '/inbox', {
    'agent-delegation': field,
    'signature-input': `a=${parameters}`,
    signature: `a=${signature}`,
  })
}
