import { encodeDidJwk } from '../../../src/did/did-jwk.ts'
import { thumbprintOf } from '../../../src/did/jwk.ts'
import type { Did } from '../../../src/model/did.ts'
import { documentOf, statusService } from '../../helpers/did-documents.ts'
import type { ExpectedRefusal, VectorDocument, VectorFile, VectorStep } from '../format.ts'
import { AT, AUDIENCE, type Person, person, READ, Scene, segment, time } from './scene.ts'
import { publish } from './site.ts'
import { asked, refusal, Theme, trustIn } from './theme.ts'

const AUTHORITY: Did = 'did:web:id.example'
const STATUS: Did = 'did:web:id.example:status'
const DID_URL = 'https://id.example/.well-known/did.json'
const STATUS_URL = 'https://id.example/status/did.json'

/** DIDs that are keys, and authorities whose DID document lies on the web. */
export async function dids(): Promise<VectorFile> {
  const [authority, status] = [
    await person('web', undefined, `${AUTHORITY}#key-1`),
    await person('web status', undefined, `${STATUS}#key-1`),
  ]
  const scene = await Scene.create('dids', undefined, {
    authority: { ...authority, did: AUTHORITY },
    status: { ...status, did: STATUS },
  })
  const { cast } = scene
  const documents = {
    ...(await publish(cast.status)).documents,
    [DID_URL]: JSON.stringify(
      documentOf(AUTHORITY, [cast.authority.signer], [statusService(trustIn(cast) as never)]),
    ),
    [STATUS_URL]: JSON.stringify(documentOf(STATUS, [cast.status.signer])),
  }
  const verifier = { audience: AUDIENCE, trust: [AUTHORITY], freshness: { '*': 'sensitive' } }
  const theme = new Theme('dids', 'DIDs that are keys, and authorities whose DID document lies on the web.', {
    at: AT,
    verifier,
    documents,
  })
  await keys(theme, scene)
  const authorities = new Authorities(theme, scene)
  await authorities.answers()
  await authorities.documents()
  await authorities.rotation()
  await authorities.names()
  return theme.file
}

async function keys(theme: Theme, scene: Scene): Promise<void> {
  const [ed, p256] = [await person('did'), await person('did', 'P-256')]
  const of = (did: string): VectorStep => ({ do: 'did', did })
  const says = ({ did, signer }: Person, id = signer.keyId as string) => ({
    id: did,
    keys: [{ id, type: signer.publicKey.type, thumbprint: thumbprintOf(signer.publicKey) }],
    authentication: [id],
    assertionMethod: [id],
  })
  theme.accept('key-ed25519', 'a did:key with Ed25519', of(ed.did), { says: says(ed) })
  theme.accept('key-p256', 'a did:key with P-256', of(p256.did), { says: says(p256) })
  for (const [name, one] of [
    ['ed25519', ed],
    ['p256', p256],
  ] as const) {
    const did = encodeDidJwk(one.signer.publicKey)
    theme.accept(`jwk-${name}`, `a did:jwk with ${one.signer.publicKey.type}`, of(did), {
      says: says({ ...one, did }, `${did}#0`),
    })
  }
  const jwk = (members: object) => `did:jwk:${segment(JSON.stringify(members))}`
  const x = Buffer.from(ed.signer.publicKey.raw).toString('base64url')
  const wrong: readonly (readonly [string, string, string, string, string[]])[] = [
    ['key-empty', 'a did:key without a key', 'did:key:', 'malformed', []],
    ['key-base64', 'a did:key in another base', `did:key:u${ed.did.slice(9)}`, 'malformed', []],
    [
      'key-alphabet',
      'a did:key with a character that base58 does not have',
      `${ed.did.slice(0, -1)}0`,
      'malformed',
      [],
    ],
    ['key-short', 'a did:key of 31 bytes', `did:key:${base58(`ed01${'11'.repeat(31)}`)}`, 'malformed', []],
    [
      'key-small-order',
      'the did:key of order 1, under which one signature fits many messages',
      `did:key:${base58(`ed0101${'00'.repeat(31)}`)}`,
      'malformed',
      [],
    ],
    ['key-version', 'a did:key with a version', ed.did.replace('did:key:', 'did:key:1.1:'), 'malformed', []],
    [
      'jwk-private',
      'a did:jwk of a private key',
      jwk({ kty: 'OKP', crv: 'Ed25519', x, d: x }),
      'malformed',
      [],
    ],
    ['jwk-curve', 'a did:jwk of another curve', jwk({ kty: 'OKP', crv: 'X448', x }), 'unsupported', []],
    ['jwk-json', 'a did:jwk that is no JSON', 'did:jwk:AAAA', 'malformed', []],
    ['method', 'a method that nobody configured', 'did:web:id.example', 'unsupported did', []],
    ['method-constructor', 'the method constructor', 'did:constructor:x', 'unsupported did', ['DR-16']],
    ['method-proto', 'the method __proto__', 'did:__proto__:x', 'malformed', ['DR-16']],
    ['method-hasown', 'the method hasownproperty', 'did:hasownproperty:x', 'unsupported did', ['DR-16']],
    ['no-did', 'an address', 'https://id.example/', 'malformed', []],
    ['did-url', 'a DID URL', ed.signer.keyId, 'malformed', []],
  ]
  for (const [name, title, did, expected, threats] of wrong) {
    const [code = ''] = expected.split(' ')
    theme.refuse(name, 'key-ed25519', title, refusal(code), of(did), threats.length === 0 ? {} : { threats })
  }
  const agent = encodeDidJwk(scene.cast.agent.signer.publicKey)
  const by = { did: agent, signer: { ...scene.cast.agent.signer, keyId: `${agent}#0` as const } }
  const chain = await scene.twoLinks({ id: agent })
  theme.accept('jwk-agent', 'an agent that is a did:jwk', asked(await scene.request(chain, { by })), {
    says: { presenter: agent },
  })
}

/** Multibase base58btc of bytes in hexadecimal that do not begin with zero. */
function base58(hex: string): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  let text = ''
  for (let number = BigInt(`0x${hex}`); number > 0n; number /= 58n)
    text = alphabet.charAt(Number(number % 58n)) + text
  return `z${text}`
}

/** Authorities of the web. */
class Authorities {
  readonly #theme: Theme
  readonly #scene: Scene

  constructor(theme: Theme, scene: Scene) {
    this.#theme = theme
    this.#scene = scene
  }

  #document(changes: object = {}, people: readonly Person[] = [this.#scene.cast.authority]): string {
    const signers = people.map(({ signer }) => signer)
    const services = [statusService(trustIn(this.#scene.cast) as never)]
    return JSON.stringify({ ...documentOf(AUTHORITY, signers, services), ...changes })
  }

  async #chain() {
    return asked(await this.#scene.request(await this.#scene.twoLinks()), READ)
  }

  #refuse(
    name: string,
    title: string,
    documents: Record<string, VectorDocument | null>,
    expected: ExpectedRefusal,
    step: VectorStep,
    threats: readonly string[],
  ): void {
    this.#theme.refuse(name, 'web', title, expected, step, {
      documents,
      ...(threats.length === 0 ? {} : { threats }),
    })
  }

  async answers(): Promise<void> {
    const chain = await this.#chain()
    this.#theme.accept('web', 'an authority that is trusted by name', chain, {
      says: { authority: AUTHORITY },
    })
    const text = this.#document()
    const answers: readonly (readonly [string, string, VectorDocument | null, string, string[]])[] = [
      ['web-404', 'no DID document', null, 'http_status', []],
      [
        'web-redirect',
        'a redirect to another host',
        { status: 302, headers: { location: 'https://evil.example/did.json' }, body: text },
        'http_status',
        ['DR-05'],
      ],
      [
        'web-redirect-loop',
        'a redirect to itself',
        { status: 301, headers: { location: DID_URL }, body: text },
        'http_status',
        ['DR-05'],
      ],
      [
        'web-html',
        'a DID document as a page',
        { headers: { 'content-type': 'text/html' }, body: text },
        'media_type',
        ['DR-06'],
      ],
      ['web-long', 'a DID document of more than 64 KiB', `${text}${' '.repeat(65_536)}`, 'size', ['DR-06']],
      ['web-text', 'a DID document that is no JSON', '{', 'document', ['DR-06']],
      [
        'web-twice',
        'a DID document with a member twice',
        text.replace('"id":', '"id":"did:web:evil.example","id":'),
        'document',
        [],
      ],
    ]
    for (const [name, title, answer, dimension, threats] of answers) {
      this.#refuse(
        name,
        title,
        { [DID_URL]: answer },
        refusal(`did_unresolvable@0 ${dimension}`),
        chain,
        threats,
      )
    }
  }

  async documents(): Promise<void> {
    const chain = await this.#chain()
    const { authority, mallory } = this.#scene.cast
    const own = authority.signer.keyId
    const [method] = (JSON.parse(this.#document()) as { verificationMethod: object[] }).verificationMethod
    const other = { ...trustIn(this.#scene.cast), statusIssuer: 'did:web:evil.example' }
    const wrong: readonly (readonly [string, string, string, ExpectedRefusal, string[]])[] = [
      [
        'web-other-id',
        'a DID document of another DID',
        this.#document({ id: 'did:web:evil.example' }),
        refusal('did_unresolvable@0 document'),
        [],
      ],
      [
        'web-other-controller',
        'a key that somebody else controls',
        this.#document({ verificationMethod: [{ ...method, controller: mallory.did }] }),
        refusal('key_not_authorized@0'),
        ['DR-08'],
      ],
      [
        'web-authentication-only',
        'a key for authentication only',
        this.#document({ assertionMethod: [] }),
        refusal('key_not_authorized@0 assertionMethod'),
        ['DR-09'],
      ],
      [
        'web-no-key',
        'a DID document without keys',
        this.#document({ verificationMethod: [], assertionMethod: [], authentication: [] }),
        refusal('key_not_authorized@0 assertionMethod'),
        [],
      ],
      [
        'web-key-revoked',
        'a key that was revoked',
        this.#document({ verificationMethod: [{ ...method, revoked: time(-1000) }] }),
        refusal('unsupported@0 verificationMethod'),
        [],
      ],
      [
        'web-method-twice',
        'two keys of one name',
        this.#document({ verificationMethod: [method, method], assertionMethod: [own] }),
        refusal('did_unresolvable@0 document'),
        [],
      ],
      [
        'web-no-service',
        'a DID document that does not say who signs the status',
        this.#document({ service: [] }),
        refusal('did_unresolvable@0 service'),
        [],
      ],
      [
        'web-foreign-status',
        'a status issuer of another host',
        this.#document({ service: [statusService(other as never)] }),
        refusal('status_invalid@0 service'),
        ['DR-01'],
      ],
      [
        'web-tenants',
        'a DID document for other tenants',
        this.#document({
          service: [statusService({ ...trustIn(this.#scene.cast), tenants: ['globex'] } as never)],
        }),
        refusal('tenant_mismatch@0'),
        [],
      ],
    ]
    for (const [name, title, text, expected, threats] of wrong)
      this.#refuse(name, title, { [DID_URL]: text }, expected, chain, threats)
  }

  async rotation(): Promise<void> {
    const { authority } = this.#scene.cast
    const made = await person('web 2', undefined, `${AUTHORITY}#key-2`)
    const next = { ...made, did: AUTHORITY }
    const later = 3_600_000
    const at = async (ms: number, by: Person, document?: string) => {
      const root = await this.#scene.sign(this.#scene.ownerJson(), by)
      const request = await this.#scene.request([root, await this.#scene.agent()], { at: ms })
      const status =
        ms === 0
          ? {}
          : (
              await publish(this.#scene.cast.status, {
                at: Date.parse(time(ms)),
                seq: 9,
                prev: 'A'.repeat(43),
              })
            ).documents
      return {
        ...asked(request),
        at: time(ms),
        ...(document === undefined ? {} : { documents: { ...status, [DID_URL]: document } }),
      }
    }
    const good = { ...(await at(0, authority)), expected: { verified: true as const } }
    const both = this.#document({}, [authority, next])
    this.#theme.add('web-rotated', 'a key that entered the DID document, beside the old one', [
      good,
      { ...(await at(later, next, both)), expected: { verified: true } },
      { ...(await at(later, authority)), expected: { verified: true } },
    ])
    this.#theme.add(
      'web-key-left',
      'a key that has left the DID document',
      [
        good,
        {
          ...(await at(later, authority, this.#document({}, [next]))),
          expected: refusal('key_not_authorized@0 assertionMethod'),
        },
      ],
      {},
      'web-rotated',
    )
  }

  /** Names that lead nowhere a verifier may go. The error is the operator's, before anything is fetched. */
  async names(): Promise<void> {
    const names: readonly (readonly [string, string, string[]])[] = [
      ['user', 'did:web:good.example%40evil.example', ['DR-01']],
      ['address', 'did:web:169.254.169.254', ['DR-02']],
      ['hex', 'did:web:0x7f.1', ['DR-02']],
      ['decimal', 'did:web:2130706433', ['DR-02']],
      ['internal', 'did:web:metadata.google.internal', ['DR-02']],
      ['dots', 'did:web:a.example:..:..:admin', ['DR-04']],
      ['encoded-dots', 'did:web:a.example:%2e%2e:admin', ['DR-04']],
      ['slash', 'did:web:a.example%2Fadmin', ['DR-04']],
      ['fragment', 'did:web:a.example%23x', ['DR-04']],
      ['query', 'did:web:a.example%3Fx', ['DR-04']],
      ['empty-segment', 'did:web:a.example::x', ['DR-04']],
      ['capitals', 'did:web:ID.example', []],
    ]
    for (const [name, did, threats] of names) {
      this.#theme.refuse(
        `web-name-${name}`,
        'web',
        `an authority of the name ${did}`,
        refusal('configuration'),
        { do: 'sync' },
        { verifier: { trust: [did] }, ...(threats.length === 0 ? {} : { threats }) },
      )
    }
  }
}
