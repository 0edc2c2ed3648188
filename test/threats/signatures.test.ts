import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { VP_JWT_TYPE } from '../../src/securing/vc-jose/presentation.ts'
import { makePerson, type Person, requestOf, World } from '../helpers/world.ts'
import { payloadOf, signRaw, withPart } from './raw.ts'
import { Stage } from './stage.ts'

let stage: Stage
let root: string
let agent: string
let mallory: Person

beforeAll(async () => {
  stage = await Stage.create()
  ;[root, agent] = await stage.world.agentChain()
  mallory = await makePerson()
})

const header = (members: JsonObject) => encodeBase64url(Buffer.from(JSON.stringify(members)))

/** Link 1 with these members of its header, under a signature of the issuer, of somebody else, or none. */
async function forged(members: JsonObject, signer = stage.world.owner.signer): Promise<string> {
  return stage.chain([root, await signRaw(payloadOf(agent), signer, members)])
}

describe('a link', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    'needs a signature, whatever `alg` says: %s [SM-01]',
    async (alg) => {
      const { keyId: kid } = stage.world.owner.signer
      const unsigned = (signature: string) =>
        stage.chain([root, `${header({ alg, kid, typ: 'vc+jwt' })}.${agent.split('.')[1]}.${signature}`], {
          field: `"${root}", "${header({ alg, kid, typ: 'vc+jwt' })}.${agent.split('.')[1]}.${signature}"`,
        })

      expect(await unsigned('')).toBe('unsupported')
      expect(await unsigned(agent.split('.')[2] ?? '')).toBe('unsupported')
      expect(await stage.chain([root, withPart(agent, 2, () => '')])).toBe('malformed')
      expect(await stage.chain([root, agent])).toBe('verified')
    },
  )

  it("is not proven by a MAC with the issuer's public key as its secret [SM-02]", async () => {
    const jwk = JSON.stringify(encodePublicJwk(stage.world.owner.signer.publicKey))
    const key = Buffer.from(JSON.parse(jwk).x, 'base64url')
    const pem = `-----BEGIN PUBLIC KEY-----\n${key.toString('base64')}\n-----END PUBLIC KEY-----\n`
    const input = `${header({ alg: 'HS256', kid: stage.world.owner.signer.keyId, typ: 'vc+jwt' })}.${agent.split('.')[1]}`
    for (const secret of [jwk, key, pem, `\n${pem}`]) {
      const mac = createHmac('sha256', secret).update(input).digest('base64url')
      expect(await stage.chain([root, `${input}.${mac}`])).toBe('unsupported')
    }

    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it('is not proven by a key that it brings along, and nothing is fetched for one [SM-03]', async () => {
    const jwk = encodePublicJwk(mallory.signer.publicKey)
    const before = stage.world.site.requests.length
    for (const members of [
      { jwk: { ...jwk } },
      { x5c: ['MIIB'] },
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/cert' },
    ]) {
      expect(await forged({ ...members, kid: stage.world.owner.signer.keyId }, mallory.signer)).toBe(
        'malformed',
      )
      expect(await forged(members)).toBe('malformed')
    }

    expect(stage.world.site.requests.slice(before).join()).not.toContain('evil')
    expect(await forged({})).toBe('verified')
  })

  it.each([
    ['crit', ['b64']],
    ['b64', false],
    ['x', 1],
  ])('has nothing in its header that a reader may not know: %s [SM-03]', async (name, value) => {
    expect(await forged({ [name]: value })).toBe('malformed')
  })

  it('is signed with a key of its issuer, whatever `kid` names [SM-04, PD-22]', async () => {
    const { keyId } = stage.world.owner.signer
    const other = keyId.replace(/#.*/, '#other')

    expect(await forged({}, mallory.signer)).toBe('key_not_authorized')
    expect(await forged({ kid: keyId }, mallory.signer)).toBe('signature_invalid')
    expect(await forged({ kid: other })).toBe('key_not_authorized')
    expect(await forged({ kid: `${keyId.split('#')[0]}` })).toBe('malformed')
    expect(await forged({ kid: `#${keyId.split('#')[1]}` })).toBe('malformed')
    expect(await forged({ kid: `${keyId.split('#')[0]}extra#key` })).toMatch(
      /^(malformed|key_not_authorized)$/,
    )
    expect(await forged({ kid: keyId })).toBe('verified')
  })

  it.each([
    'vp+jwt',
    'statuslist+jwt',
    'procura-head+jwt',
    'JWT',
    'kb+jwt',
    'at+jwt',
    'vc+sd-jwt',
    'VC+JWT',
    'application/vc+jwt',
    '',
  ])('is nothing of another type, though its issuer signed it: %s [SM-07]', async (typ) => {
    expect(await forged({ typ })).toBe('malformed')
    expect(await forged({})).toBe('verified')
  })

  it('has one spelling of its base64url [SM-11]', async () => {
    const last = (text: string) => text.slice(0, -1) + nextOf(text.slice(-1))
    for (const part of [0, 1, 2] as const) {
      for (const spell of [
        (text: string) => `${text}=`,
        (text: string) => `${text}==`,
        (text: string) => `${text}\n`,
        (text: string) => ` ${text}`,
        (text: string) => `${text.slice(0, 8)}\t${text.slice(8)}`,
        (text: string) => text.replace(/[-_]/, (character) => (character === '-' ? '+' : '/')),
      ]) {
        const other = withPart(agent, part, spell)
        if (other !== agent) {
          const fields = { 'agent-delegation': `"${root}", "${other}"` }
          expect(await stage.request(requestOf('GET', '/inbox', fields))).toBe('malformed')
        }
      }
    }
    // The last character of 64 bytes holds four bits that no byte has.
    expect(await stage.chain([root, withPart(agent, 2, last)])).toBe('malformed')
    expect(await stage.chain([root, agent])).toBe('verified')
  })
})

/** A character that differs in its lowest bit only. */
function nextOf(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.charAt(alphabet.indexOf(character) ^ 1)
}

describe('other artifacts', () => {
  it('are not made of a link: no token, no request, no list [SM-07]', async () => {
    const { world } = stage
    const list = world.site.documents.get(`${world.site.base}/r1`) ?? ''
    const idToken = await signRaw(
      JSON.stringify({ iss: world.agent.did, aud: 'https://mail.example/', iat: 1, exp: 9e9 }),
      world.agent.signer,
      { typ: 'JWT' },
    )

    expect(await stage.token(agent)).toBe('malformed')
    expect(await stage.token(list)).toBe('malformed')
    expect(await stage.token(idToken)).toBe('malformed')
    expect(await stage.chain([root, idToken])).toBe('malformed')
    expect(await stage.chain([root, await world.token([root, agent])])).toMatch(
      /^(malformed|limit_exceeded)$/,
    )
    expect(
      await stage.token(await signRaw(payloadOf(idToken), world.agent.signer, { typ: VP_JWT_TYPE })),
    ).toBe('malformed')
    expect(await stage.token(await world.token([root, agent]))).toBe('verified')
  })
})

describe('ECDSA', () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytesOf = (n: bigint) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex')
  let p256: Stage
  let links: readonly [string, string]

  beforeAll(async () => {
    p256 = await Stage.create({ world: await World.create('P-256') })
    links = await p256.world.agentChain()
  })

  it.each<[what: string, r: (r: bigint) => bigint, s: (s: bigint) => bigint]>([
    ['zeros', () => 0n, () => 0n],
    ['no r', () => 0n, (s) => s],
    ['no s', (r) => r, () => 0n],
    ['the order as r', () => N, (s) => s],
    ['the order as s', (r) => r, () => N],
    ['all ones', () => 2n ** 256n - 1n, () => 2n ** 256n - 1n],
    ['the order and one', () => 1n + N, () => 1n + N],
    ['ones', () => 1n, () => 1n],
  ])('has no signature of %s [SM-13]', async (_what, r, s) => {
    const signature = Buffer.from(links[1].split('.')[2] ?? '', 'base64url')
    const read = (from: number) => BigInt(`0x${signature.subarray(from, from + 32).toString('hex')}`)
    const spoilt = Buffer.concat([bytesOf(r(read(0))), bytesOf(s(read(32)))]).toString('base64url')

    expect(await p256.chain([links[0], withPart(links[1], 2, () => spoilt)])).toBe('signature_invalid')
    expect(await p256.chain(links)).toBe('verified')
  })

  it('has no signature in DER, nor one of 63, 65 or 66 bytes [SM-13]', async () => {
    const raw = Buffer.from(links[1].split('.')[2] ?? '', 'base64url')
    const integer = (bytes: Buffer) => Buffer.concat([Buffer.of(2, 33, 0), bytes])
    const [r, s] = [integer(raw.subarray(0, 32)), integer(raw.subarray(32))]
    const der = Buffer.concat([Buffer.of(0x30, r.length + s.length), r, s])
    const wrong = [
      der,
      raw.subarray(1),
      Buffer.concat([raw, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0, 0), raw]),
    ]
    for (const bytes of wrong)
      expect(await p256.chain([links[0], withPart(links[1], 2, () => bytes.toString('base64url'))])).toBe(
        'malformed',
      )

    expect(await p256.chain(links)).toBe('verified')
  })

  it('says who signed, and its other signature of the same text is the same proof: it is used up [PD-12]', async () => {
    const mirrored = (text: string) => {
      const raw = Buffer.from(text, 'base64url')
      const s = BigInt(`0x${raw.subarray(32).toString('hex')}`)
      return Buffer.concat([raw.subarray(0, 32), bytesOf(N - s)]).toString('base64url')
    }
    const twin: [string, string] = [links[0], withPart(links[1], 2, mirrored)]
    const call = { method: 'tools/call', params: { name: 'read' } }
    const token = await p256.world.token(links, { request: call })

    expect(await p256.chain(twin)).toBe('verified')
    expect(await p256.token(token, undefined, { request: call })).toBe('verified')
    const again = await p256.warm.verifyToken(
      withPart(token, 2, mirrored),
      { action: 'mail.read' },
      { request: call },
    )
    expect(again).toMatchObject({ refusal: { code: 'replayed' } })
  })
})
