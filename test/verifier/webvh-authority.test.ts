import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256 } from '#crypto'
import { encodeBase58 } from '../../src/core/base58.ts'
import { concatBytes } from '../../src/core/bytes.ts'
import type { Fetch } from '../../src/core/clock.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { encodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { DOCUMENT_FRESH_MS } from '../../src/did/followed-documents.ts'
import { encodeMultikey } from '../../src/did/multikey.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { AUDIENCE, codeOf, makePerson, makeWebPerson, type Person, World } from '../helpers/world.ts'

// The package writes logs into the project's folder when it believes that it is being tested itself.
beforeAll(() => void vi.stubEnv('NODE_ENV', 'production'))
afterAll(() => void vi.unstubAllEnvs())

const digestOf = (value: object) =>
  encodeBase58(concatBytes(Uint8Array.of(0x12, 32), sha256(encodeJcs(value))))

/** Signs an entry of a log, as `eddsa-jcs-2022` has it. */
async function signed(entry: object, { signer }: Person): Promise<string> {
  const key = encodeMultikey(signer.publicKey)
  const proof = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: `did:key:${key}#${key}`,
    created: '2020-01-01T00:00:00Z',
    proofPurpose: 'assertionMethod',
  }
  const signature = await signer.sign(concatBytes(sha256(encodeJcs(proof)), sha256(encodeJcs(entry))))
  return JSON.stringify({ ...entry, proof: [{ ...proof, proofValue: encodeMultibaseBase58(signature) }] })
}

/** The log of a DID at `id.example`, whose documents list what `stateOf` says. */
class Log {
  readonly lines: string[] = []
  readonly controller: Person
  did: Did = 'did:webvh:none:id.example'
  #versionId = ''

  constructor(controller: Person) {
    this.controller = controller
  }

  /** @param stateOf The document, made for the DID `{SCID}` first. */
  async append(versionTime: string, stateOf: (did: Did) => object): Promise<void> {
    if (this.lines.length > 0) return this.#add({ versionTime, parameters: {}, state: stateOf(this.did) })
    const updateKeys = [encodeMultikey(this.controller.signer.publicKey)]
    const parameters = { method: 'did:webvh:1.0', scid: '{SCID}', updateKeys }
    const draft = {
      versionId: '{SCID}',
      versionTime,
      parameters,
      state: stateOf('did:webvh:{SCID}:id.example'),
    }
    this.#versionId = digestOf(draft)
    this.did = `did:webvh:${this.#versionId}:id.example`
    return this.#add(JSON.parse(JSON.stringify(draft).replaceAll('{SCID}', this.#versionId)) as object)
  }

  async #add(entry: object): Promise<void> {
    const hash = digestOf({ ...entry, versionId: this.#versionId })
    this.#versionId = `${this.lines.length + 1}-${hash}`
    this.lines.push(await signed({ ...entry, versionId: this.#versionId }, this.controller))
  }
}

let log: Log
let world: World
let verifier: Verifier
let asked: string[]

const fetch: Fetch = async (input, init) => {
  const url = String(input)
  if (!url.includes('/.well-known/')) return world.site.fetch(input, init)
  asked.push(url)
  return new Response(`${log.lines.join('\n')}\n`, { headers: { 'content-type': 'text/jsonl' } })
}

/** The document of a DID with these keys; the status is where the world has it. */
const stateOf =
  (statusIssuer: Did, ...keys: readonly Signer[]) =>
  (did: Did) => {
    const base = 'https://id.example/status/acme'
    const entry = { authority: did, statusIssuer, statusOrigins: [`${base}/`], head: `${base}/head` }
    const own = keys.map((key, i) => ({ ...key, keyId: `${did}#key-${i + 1}` }) as const)
    return documentOf(did, own, [statusService(entry)])
  }

beforeEach(async () => {
  asked = []
  log = new Log(await makePerson())
  const issuing = await makePerson()
  const statusIssuer = await makePerson()
  await log.append('2020-01-01T00:00:00Z', stateOf(statusIssuer.did, issuing.signer))
  const authority = { did: log.did, signer: { ...issuing.signer, keyId: `${log.did}#key-1` } as const }
  world = await World.create('Ed25519', { authority, statusIssuer })
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [log.did],
    freshness: { '*': 'sensitive' },
    fetch,
    clock: world.clock,
  })
})
afterEach(() => verifier.close())

async function verdict(): Promise<string> {
  const request = await world.present(await world.agentChain())
  return codeOf(await verifier.verify(request, { action: 'mail.read' }))
}

async function anHourLater(): Promise<void> {
  world.now += DOCUMENT_FRESH_MS
  world.site.set('revocation', 77)
  world.site.set('suspension', 77)
  await world.site.publish()
  await verifier.sync()
}

describe('an authority that is a did:webvh', () => {
  it('is trusted by name: its log is fetched once and verified', async () => {
    expect(await verifier.sync()).toMatchObject([{ lists: 2, syncedAt: world.now }])
    expect(await verdict()).toBe('verified')
    expect(asked).toEqual(['https://id.example/.well-known/did.jsonl'])
  })

  it('signs no longer with a key in whose place its newest entry has another', async () => {
    await verifier.sync()
    const next = await makePerson()
    await log.append('2020-01-02T00:00:00Z', stateOf(world.site.statusIssuer, next.signer))
    expect(await verdict()).toBe('verified')
    await anHourLater()

    expect(await verdict()).toBe('signature_invalid')
  })

  it('is not believed when somebody else has signed the newest entry', async () => {
    await verifier.sync()
    const mallory = new Log(await makePerson())
    await mallory.append('2020-01-01T00:00:00Z', stateOf(world.site.statusIssuer, mallory.controller.signer))
    log.lines.splice(0, 1, ...mallory.lines)
    await anHourLater()

    expect(verifier.status()).toMatchObject([{ syncedAt: world.now }])
    expect(await verdict()).toBe('verified')
    expect(asked).toHaveLength(2)
  })

  it('may have its status signed by a did:web of its own host only', async () => {
    const elsewhere = await makeWebPerson('did:web:evil.example')
    await log.append('2020-01-02T00:00:00Z', stateOf(elsewhere.did, world.authority.signer))
    await verifier.sync()

    expect(verifier.status()).toMatchObject([{ failure: { code: 'status_invalid', dimension: 'service' } }])
  })
})
