import type { JsonObject } from '../../../src/core/json.ts'
import type { ExpectedRefusal, VectorFile, VectorStep } from '../format.ts'
import {
  AUDIENCE,
  headerOf,
  NOW,
  type Overrides,
  over,
  type Person,
  payloadOf,
  READ,
  rawJws,
  Scene,
  segment,
  time,
} from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

type TokenStep = Extract<VectorStep, { do: 'token' }>

const CALL = { method: 'tools/call', params: { name: 'read', arguments: { folder: 'inbox' } } }

/** Presenting by a token. */
export async function tokens(): Promise<VectorFile> {
  const scene = await Scene.create('tokens')
  const theme = new Theme(
    'tokens',
    'Presenting by a token, vp+jwt.',
    await settingOf(scene, { bearer: ['mail.read'] }),
  )
  await whole(theme, scene)
  await audiences(theme, scene)
  await claims(theme, scene)
  await binding(theme, scene)
  await chainIn(theme, scene)
  await asBearer(theme, scene)
  return theme.file
}

const shown = (token: string, more: Partial<TokenStep> = {}): TokenStep => ({
  do: 'token',
  token,
  ask: READ,
  ...more,
})
const proof = (dimension: string): ExpectedRefusal => refusal(`holder_proof_invalid ${dimension}`)

async function whole(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const chain = await scene.twoLinks()
  const token = await scene.token(chain)
  theme.accept('bearer', 'a token for an action that the policy names', shown(token), {
    says: { presenter: cast.agent.did, recheckAt: time(300_000) },
  })
  theme.add(
    'bearer-twice',
    'a token that is shown again',
    [shown(token), { ...shown(token), at: time(200_000) }].map((step) => ({
      ...step,
      expected: { verified: true },
    })),
  )
  const send = shown(token, { ask: { action: 'mail.send' } })
  theme.refuse(
    'not-bearer',
    'bearer',
    'a token for an action that the policy does not name',
    proof('bearer'),
    send,
  )
  const silent = { verifier: { bearer: [] } }
  theme.refuse(
    'no-bearer',
    'bearer',
    'a token where the policy names no action',
    proof('bearer'),
    shown(token),
    silent,
  )
  theme.refuse(
    'credential',
    'bearer',
    'a credential where a token belongs',
    refusal('malformed typ'),
    shown(chain[1]),
    { threats: ['HP-01', 'SM-07'] },
  )
  theme.refuse('no-token', 'bearer', 'a text', refusal('malformed'), shown('a.b.c'))
  const thief = await scene.token(chain, { signer: cast.mallory.signer })
  theme.refuse('thief', 'bearer', 'a chain in a token of somebody else', proof('iss'), shown(thief), {
    threats: ['HP-02', 'HP-03'],
  })
  const named = { ...cast.mallory.signer, keyId: cast.agent.signer.keyId }
  theme.refuse(
    'thief-name',
    'bearer',
    'a token of somebody else in the presenter’s name',
    proof('signature'),
    shown(await scene.token(chain, { signer: named })),
    { threats: ['HP-02'] },
  )
  const unknown = { ...cast.agent.signer, keyId: `${cast.agent.did}#other` as const }
  theme.refuse(
    'unknown-key',
    'bearer',
    'a key that the presenter does not have',
    proof('kid'),
    shown(await scene.token(chain, { signer: unknown })),
    { threats: ['HP-02'] },
  )
}

async function audiences(theme: Theme, scene: Scene): Promise<void> {
  const chain = await scene.twoLinks()
  const audiences: readonly (readonly [string, string])[] = [
    ['other', 'https://other.example/'],
    ['no-slash', 'https://mail.example'],
    ['path', 'https://mail.example/inbox'],
    ['suffix', 'https://mail.example.evil/'],
    ['scheme', 'http://mail.example/'],
    ['port', 'https://mail.example:8443/'],
    ['capitals', 'https://MAIL.example/'],
    ['name', 'mail.example'],
  ]
  for (const [name, audience] of audiences) {
    const token = shown(await scene.token(chain, { audience }))
    theme.refuse(
      `audience-${name}`,
      'bearer',
      `a token for ${audience}`,
      refusal('audience_mismatch aud'),
      token,
      { threats: ['HP-08'] },
    )
  }
}

/** A token of the agent's with other claims, signed by somebody. */
async function forge(
  scene: Scene,
  changes: Overrides,
  { signer }: Person = scene.cast.agent,
  header: Overrides = {},
): Promise<string> {
  const claims = payloadOf(await scene.token(await scene.twoLinks()))
  return rawJws(headerOf(signer, { typ: 'vp+jwt', ...header }), over(claims, changes), signer)
}

async function claims(theme: Theme, scene: Scene): Promise<void> {
  const at = NOW / 1000
  const { mallory } = scene.cast
  const right: readonly (readonly [string, string, Overrides])[] = [
    ['early', 'a token from 30 s ahead', { iat: at + 30, exp: at + 330 }],
    ['late', 'a token that ended 30 s ago', { iat: at - 90, exp: at - 30 }],
  ]
  for (const [name, title, changes] of right)
    theme.accept(name, title, shown(await forge(scene, changes)), { threats: ['HP-15'] })
  const wrong: readonly (readonly [string, string, Overrides, ExpectedRefusal, string[]?])[] = [
    [
      'too-early',
      'a token from 31 s ahead',
      { iat: at + 31, exp: at + 331 },
      proof('iat'),
      ['HP-10', 'HP-15'],
    ],
    [
      'too-late',
      'a token that ended 31 s ago',
      { iat: at - 91, exp: at - 31 },
      proof('exp'),
      ['HP-10', 'HP-15'],
    ],
    ['too-long', 'a token that lives for 301 s', { exp: at + 301 }, proof('exp'), ['HP-10']],
    [
      'years',
      'a token that is ten years old and has not ended',
      { iat: at - 315_360_000 },
      proof('exp'),
      ['HP-10'],
    ],
    ['no-life', 'a token that ends when it begins', { exp: at }, proof('exp')],
    ['iat-missing', 'a token without iat', { iat: undefined }, refusal('malformed'), ['HP-10']],
    ['exp-missing', 'a token without exp', { exp: undefined }, refusal('malformed'), ['HP-10']],
    ['exp-text', 'an exp as a text', { exp: String(at + 60) }, refusal('malformed')],
    [
      'exp-infinite',
      'an exp that is null, as a number beyond all doubles becomes',
      { exp: null },
      refusal('malformed'),
    ],
    [
      'aud-list',
      'a list of audiences with ours in it',
      { aud: [AUDIENCE, 'https://other.example/'] },
      refusal('malformed'),
      ['HP-08'],
    ],
    ['aud-missing', 'no audience', { aud: undefined }, refusal('malformed'), ['HP-08']],
    ['iss-other', 'another iss than the last subject', { iss: mallory.did }, proof('iss'), ['HP-02']],
    ['iss-missing', 'no iss', { iss: undefined }, refusal('malformed'), ['HP-02']],
    [
      'jti-alone',
      'a jti without requestDigest',
      { jti: 'AAECAwQFBgcICQoLDA0ODw' },
      refusal('malformed'),
      ['HP-09'],
    ],
    [
      'digest-alone',
      'a requestDigest without jti',
      { requestDigest: 'A'.repeat(43) },
      refusal('malformed'),
      ['HP-09'],
    ],
    ['nbf', 'a claim that tokens do not have', { nbf: at }, refusal('malformed')],
    ['type', 'another type', { type: ['VerifiablePresentation', 'Other'] }, refusal('malformed')],
    [
      'context',
      'another context',
      { '@context': ['https://www.w3.org/2018/credentials/v1'] },
      refusal('malformed'),
      ['CP-08'],
    ],
    ['vp', 'a claim vp', { vp: {} }, refusal('malformed')],
    ['empty', 'no credential', { verifiableCredential: [] }, refusal('malformed')],
  ]
  for (const [name, title, changes, expected, threats] of wrong) {
    theme.refuse(
      name,
      'bearer',
      title,
      expected,
      shown(await forge(scene, changes)),
      threats === undefined ? {} : { threats },
    )
  }
  const headers: readonly (readonly [string, string, Overrides, ExpectedRefusal, string[]])[] = [
    ['alg-none', 'alg none', { alg: 'none' }, refusal('unsupported alg'), ['SM-01']],
    ['typ', 'typ JWT', { typ: 'JWT' }, refusal('malformed typ'), ['SM-07']],
    ['jwk', 'a key in the header', { jwk: { kty: 'OKP' } }, refusal('malformed'), ['SM-03']],
  ]
  for (const [name, title, header, expected, threats] of headers) {
    theme.refuse(name, 'bearer', title, expected, shown(await forge(scene, {}, undefined, header)), {
      threats,
    })
  }
}

async function binding(theme: Theme, scene: Scene): Promise<void> {
  const chain = await scene.twoLinks()
  const token = await scene.token(chain, { request: CALL })
  const send = { action: 'mail.send' }
  theme.accept(
    'bound',
    'a token for one request, for a critical action',
    shown(token, { request: CALL, ask: send }),
  )
  const received = { ...CALL, params: { ...CALL.params, _meta: { authorization: 'x' } } }
  theme.accept('bound-meta', 'a token for one request that carries it', shown(token, { request: received }))
  const steps = [shown(token, { request: CALL }), shown(token, { request: CALL })]
  const outcomes = [{ verified: true as const }, refusal('replayed')]
  theme.add(
    'bound-replay',
    'a token for one request twice',
    steps.map((step, i) => ({ ...step, expected: outcomes[i] ?? refusal('replayed') })),
    { threats: ['HP-04'] },
    'bound',
  )
  const wrong: readonly (readonly [string, string, TokenStep['request']])[] = [
    [
      'bound-arguments',
      'a token for a request with other arguments',
      { ...CALL, params: { ...CALL.params, arguments: { folder: 'board' } } },
    ],
    ['bound-method', 'a token for another method', { ...CALL, method: 'tools/list' }],
    ['bound-no-params', 'a token for a request with params', { method: 'tools/call' }],
  ]
  for (const [name, title, request] of wrong) {
    const step = shown(token, request === undefined ? {} : { request })
    theme.refuse(name, 'bound', title, proof('requestDigest'), step, { threats: ['HP-09'] })
  }
  theme.refuse(
    'bound-alone',
    'bound',
    'a token for one request, without any',
    proof('requestDigest'),
    shown(token),
    { threats: ['HP-09'] },
  )
  const { jti: _, requestDigest: __, ...loose } = payloadOf(token)
  const [header, , signature] = token.split('.')
  const cut = `${header}.${segment(JSON.stringify(loose))}.${signature}`
  theme.refuse(
    'loosened',
    'bound',
    'a token that was cut loose from its request',
    proof('signature'),
    shown(cut),
    { threats: ['HP-09'] },
  )
}

async function chainIn(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [owner, agent, sub] = await scene.threeLinks()
  const with_ = async (...texts: string[]) => shown(await scene.token(texts, { signer: cast.sub.signer }))
  theme.accept('three-links', 'a chain of three links, in any order', await with_(sub, owner, agent), {
    says: { kind: 'SubAgent', links: 3 },
  })
  const wrong: readonly (readonly [string, string, readonly string[]])[] = [
    ['no-middle', 'a chain without its middle', [owner, sub]],
    ['no-root', 'a chain without its root', [agent, sub]],
    ['link-twice', 'a link twice', [owner, agent, sub, sub]],
    [
      'link-more',
      'a link that does not belong',
      [owner, agent, sub, await scene.owner({ id: cast.mallory.did })],
    ],
  ]
  for (const [name, title, texts] of wrong) {
    theme.refuse(
      name,
      'three-links',
      title,
      refusal('chain_broken verifiableCredential'),
      await with_(...texts),
      { threats: ['DC-11'] },
    )
  }
  theme.refuse(
    'shortened',
    'three-links',
    'a chain without its last link',
    proof('iss'),
    await with_(owner, agent),
    { threats: ['HP-03'] },
  )
  const json = await scene.sign(scene.agentJson(), cast.owner, 'eddsa-jcs-2022')
  theme.accept('embedded', 'a credential with a proof, as JSON', shown(await scene.token([owner, json])))
  const other = segment(JSON.stringify({ id: 'x' }))
  const claims = payloadOf(await scene.token([owner, agent]))
  const [first, second] = claims.verifiableCredential as readonly JsonObject[]
  const envelopes: readonly (readonly [string, string, JsonObject])[] = [
    [
      'envelope-type',
      'an envelope of another media type',
      { ...second, id: `data:application/vc+ld+json+jwt,${agent}` },
    ],
    ['envelope-https', 'an envelope at an address', { ...second, id: 'https://id.example/credentials/1' }],
    ['envelope-member', 'an envelope with a member more', { ...second, credentialSubject: { id: other } }],
  ]
  for (const [name, title, envelope] of envelopes) {
    const token = await rawJws(
      headerOf(cast.agent.signer, { typ: 'vp+jwt' }),
      { ...claims, verifiableCredential: [first ?? {}, envelope] },
      cast.agent.signer,
    )
    theme.refuse(name, 'bearer', title, refusal('malformed'), shown(token), { threats: ['DC-11'] })
  }
}

async function asBearer(theme: Theme, scene: Scene): Promise<void> {
  const chain = await scene.twoLinks()
  const authorization = `Bearer ${await scene.token(chain)}`
  const request = { method: 'GET', target: '/inbox', headers: { authorization } }
  theme.accept('header', 'a token in a request', asked(request))
  const both = await scene.request(chain)
  theme.refuse(
    'both',
    'header',
    'a token and a signature in one request',
    refusal('malformed authorization'),
    asked({ ...both, headers: { ...both.headers, authorization } }),
  )
  theme.refuse(
    'access-token',
    'header',
    'an access token of somebody else',
    refusal('chain_required agent-delegation'),
    asked({
      ...request,
      headers: { authorization: `Bearer ${segment('{"alg":"EdDSA","typ":"at+jwt"}')}.e30.AA` },
    }),
    { threats: ['SM-07'] },
  )
  theme.refuse(
    'basic',
    'header',
    'another scheme',
    refusal('chain_required agent-delegation'),
    asked({ ...request, headers: { authorization: 'Basic YTpi' } }),
  )
}
