import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { ExpectedRefusal, VectorFile } from '../format.ts'
import { BASE, HOUR, headerOf, type Overrides, over, rawJws, Scene, statusEntries, time } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** The exact form of a credential: which members, which types, which texts. */
export async function credentials(): Promise<VectorFile> {
  const scene = await Scene.create('credentials')
  const theme = new Theme(
    'credentials',
    'The exact form of a credential, whatever secures it.',
    await settingOf(scene),
  )
  theme.accept('plain', 'an agent’s credential as it should be', await agentWith(scene, {}))
  await texts(theme, scene)
  await members(theme, scene)
  await subjects(theme, scene)
  await statuses(theme, scene)
  return theme.file
}

/** A chain whose agent has these members. */
async function agentWith(scene: Scene, top: Overrides, subject: Overrides = {}) {
  return withText(scene, JSON.stringify(scene.agentJson(subject, top)))
}

/** A chain whose agent's payload is this text, signed by the owner. */
async function withText(scene: Scene, text: string) {
  const { signer } = scene.cast.owner
  return asked(await scene.request([await scene.owner(), await rawJws(headerOf(signer), text, signer)]))
}

async function texts(theme: Theme, scene: Scene): Promise<void> {
  const text = JSON.stringify(scene.agentJson())
  const { credentialSubject } = scene.agentJson({ maxDepth: 9 })
  const wrong: readonly (readonly [string, string, string, string[]?])[] = [
    [
      'duplicate',
      'two subjects, the second one wider',
      `${text.slice(0, -1)},"credentialSubject":${JSON.stringify(credentialSubject)}}`,
      ['CP-01'],
    ],
    [
      'duplicate-deep',
      'a member of the subject twice',
      text.replace('"agentId":', '"agentId":"agt_else","agentId":'),
      ['CP-01'],
    ],
    [
      'duplicate-escaped',
      'a member of the subject twice, once with an escape',
      text.replace('"agentId":', '"agent\\u0049d":"agt_else","agentId":'),
      ['CP-01'],
    ],
    ['proto', 'a member __proto__ at the top', `{"__proto__":{"id":"x"},${text.slice(1)}`, ['CP-03']],
    [
      'proto-deep',
      'a member __proto__ in the subject',
      text.replace('"agentId":', '"__proto__":{"maxDepth":9},"agentId":'),
      ['CP-03'],
    ],
    [
      'constructor',
      'a member constructor in a grant',
      text.replace('"actions":', '"constructor":{"prototype":{}},"actions":'),
      ['CP-03'],
    ],
    [
      'nested',
      'lists within each other, 1000 deep',
      text.replace('"answers support mail"', '['.repeat(1000) + ']'.repeat(1000)),
      ['CP-04'],
    ],
    ['surrogate', 'half a surrogate pair', text.replace('answers support mail', 'answers \\ud800 mail')],
    [
      'big-integer',
      'an integer that a double cannot hold',
      text.replace('"maxDepth":2', '"maxDepth":9007199254740993'),
    ],
    ['infinite', 'a number beyond all doubles', text.replace('"maxDepth":2', '"maxDepth":1e999')],
    ['comment', 'a comment', text.replace('{', '{/* */')],
    ['trailing', 'something behind the end', `${text} {}`],
    ['bom', 'a byte order mark', `\ufeff${text}`],
    ['list', 'a list with the credential in it', `[${text}]`],
    ['null', 'null', 'null'],
    ['empty', 'nothing', ''],
  ]
  for (const [name, title, payload, threats] of wrong) {
    theme.refuse(
      name,
      'plain',
      title,
      refusal('malformed@1'),
      await withText(scene, payload),
      threats === undefined ? {} : { threats },
    )
  }
  const spaces = text.replaceAll('":', '" :\n')
  theme.accept('spaces', 'the same with spaces and line breaks', await withText(scene, spaces), {
    threats: ['SM-23'],
  })
  const reversed = JSON.stringify(Object.fromEntries(Object.entries(scene.agentJson()).reverse()))
  theme.accept('order', 'the same with its members in another order', await withText(scene, reversed), {
    threats: ['SM-23'],
  })
  const huge = await withText(scene, text.replace('answers support mail', 'x'.repeat(2000)))
  theme.refuse('long-text', 'plain', 'a purpose of 2000 characters', refusal('malformed@1'), huge)
  const field = { field: `"${await scene.owner()}", "${'a'.repeat(5_000)}.${'b'.repeat(2000)}.c"` }
  theme.refuse(
    'huge',
    'plain',
    'a credential that does not fit the field',
    refusal('limit_exceeded agent-delegation'),
    asked(await scene.request([], field)),
    { threats: ['CP-17'] },
  )
}

async function members(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [v2, own] = ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1']
  const wrong: readonly (readonly [string, string, Overrides, string[]?])[] = [
    ['context-order', 'the contexts in another order', { '@context': [own, v2] }, ['CP-08']],
    [
      'context-v1',
      'the context of version 1',
      { '@context': ['https://www.w3.org/2018/credentials/v1', own] },
      ['CP-08'],
    ],
    [
      'context-more',
      'a context at an address that nobody knows',
      { '@context': [v2, own, 'http://127.0.0.1:9/ctx'] },
      ['CP-09'],
    ],
    [
      'context-inline',
      'a context that defines terms anew',
      { '@context': [v2, own, { tenant: 'https://a.example/#environment' }] },
      ['CP-10'],
    ],
    ['context-text', 'a context that is no list', { '@context': v2 }],
    ['member', 'a member that no context defines', { scope: 'all' }, ['CP-12']],
    ['included', 'a member @included', { '@included': [] }],
    ['graph', 'a member @graph', { '@graph': [] }],
    ['type-order', 'the types in another order', { type: ['DelegationCredential', 'VerifiableCredential'] }],
    ['type-more', 'one type more', { type: ['VerifiableCredential', 'DelegationCredential', 'Admin'] }],
    ['type-other', 'another type', { type: ['VerifiableCredential', 'StatusCredential'] }],
    ['subjects', 'a list of subjects', { credentialSubject: [scene.agentJson().credentialSubject ?? null] }],
    ['id', 'an id that is no UUID', { id: 'https://id.example/credentials/1' }],
    ['id-case', 'a UUID in capitals', { id: 'urn:uuid:ABCDEF00-0000-4000-8000-000000000001' }],
    ['no-id', 'no id', { id: undefined }],
    ['issuer-object', 'an issuer with members', { issuer: { id: cast.owner.did } }],
    ['issuer-url', 'an issuer that is no DID', { issuer: 'https://id.example/' }],
    ['issuer-web', 'an issuer whose document somebody could change', { issuer: 'did:web:owner.example' }],
    ['issuer-prototype', 'an issuer of the method constructor', { issuer: 'did:constructor:x' }, ['DR-16']],
    ['no-end', 'no end', { validUntil: undefined }],
    ['end-first', 'an end before the beginning', { validUntil: time(-2 * HOUR) }],
    ['end-date', 'an end that is a date only', { validUntil: '2026-11-23' }],
    ['end-zone', 'an end without zone', { validUntil: '2026-11-23T08:00:00.000' }],
    ['end-month', 'an end in a thirteenth month', { validUntil: '2026-13-23T08:00:00.000Z' }],
    ['end-text', 'an end with a text behind it', { validUntil: `${time(HOUR)} or later` }],
    ['end-number', 'an end that is a number', { validUntil: 1795424400 }],
    ['embedded-jwt', 'a member with the JWT of another credential', { proof: { jwt: 'a.b.c' } }, ['CP-15']],
    ['envelope', 'a claim vc around a credential', { vc: {} }],
  ]
  for (const [name, title, top, threats] of wrong) {
    theme.refuse(
      name,
      'plain',
      title,
      refusal('malformed@1'),
      await agentWith(scene, top),
      threats === undefined ? {} : { threats },
    )
  }
}

async function subjects(theme: Theme, scene: Scene): Promise<void> {
  const wrong: readonly (readonly [string, string, Overrides, string[]?])[] = [
    ['subject-member', 'a member that an agent does not have', { role: 'admin' }, ['CP-12']],
    ['owner-repeated', 'an agent that says who its owner is', { owner: scene.cast.mallory.did }],
    ['no-agent-id', 'no agentId', { agentId: undefined }],
    ['mode', 'a mode that there is not', { mode: 'unlimited' }],
    ['depth-text', 'a depth as a text', { maxDepth: '2' }],
    ['depth-negative', 'a negative depth', { maxDepth: -1 }],
    ['depth-fraction', 'a depth with a fraction', { maxDepth: 1.5 }],
    ['inherit-both', 'grants and inherit at once', { inherit: true }],
    ['inherit-false', 'inherit that is false', { inherit: false, authorizationDetails: undefined }],
    ['no-grants', 'neither grants nor inherit', { authorizationDetails: undefined }],
    ['subject-url', 'a subject that is no DID', { id: 'https://agent.example/' }],
    ['subject-web', 'a subject whose key somebody could change', { id: 'did:web:agent.example' }],
    ['control-character', 'a name with a control character', { name: 'a\u0007b' }],
    ['right-to-left', 'a name that turns the direction of text', { name: 'a\u202eb' }],
    [
      'lease-twice',
      'an index leased twice',
      { statusLease: [{ revocation: `${BASE}/r1`, suspension: `${BASE}/s1`, indexes: ['10', '10'] }] },
    ],
    [
      'lease-number',
      'a leased index as a number',
      { statusLease: [{ revocation: `${BASE}/r1`, suspension: `${BASE}/s1`, indexes: [10] }] },
    ],
  ]
  for (const [name, title, subject, threats] of wrong) {
    theme.refuse(
      name,
      'plain',
      title,
      refusal('malformed@1'),
      await agentWith(scene, {}, subject),
      threats === undefined ? {} : { threats },
    )
  }
  const owner = over(scene.ownerJson(), {})
  const subject = owner.credentialSubject as JsonObject
  const byItself = { ...subject, status: { issuer: scene.cast.authority.did, origins: [`${BASE}/`] } }
  const forged = await scene.sign({ ...owner, credentialSubject: byItself }, scene.cast.authority)
  const step = asked(await scene.request([forged, await scene.agent()]))
  theme.refuse(
    'status-by-authority',
    'plain',
    'an authority that signs its own status',
    refusal('malformed@0'),
    step,
  )
}

async function statuses(theme: Theme, scene: Scene): Promise<void> {
  const [revocation = {}, suspension = {}] = statusEntries(2)
  const both = (changes: Overrides): Json => [over(revocation, changes), over(suspension, changes)]
  const at = (url: string): Json => [over(revocation, { statusListCredential: url }), suspension]
  const indexes: readonly (readonly [string, Json])[] = [
    ['negative', '-1'],
    ['zero', '02'],
    ['fraction', '2.0'],
    ['exponent', '2e0'],
    ['hex', '0x2'],
    ['space', ' 2'],
    ['empty', ''],
    ['number', 2],
    ['boolean', true],
    ['suffix', '2abc'],
    ['plus', '+2'],
    ['huge', '10000000000000000000000000'],
  ]
  const wrong: [string, string, Json | undefined, ExpectedRefusal, string[]?][] = indexes.map(
    ([name, index]) => [
      `index-${name}`,
      `the index ${JSON.stringify(index)}`,
      both({ statusListIndex: index }),
      refusal('malformed@1'),
      ['SL-17'],
    ],
  )
  const urls: readonly (readonly [string, string])[] = [
    ['file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['http', 'http://id.example/status/acme/r1'],
    ['ftp', 'ftp://id.example/r1'],
    ['relative', '/status/acme/r1'],
    ['scheme', '//id.example/status/acme/r1'],
    ['user', 'https://a@id.example/status/acme/r1'],
    ['address', 'https://169.254.169.254/status/acme/r1'],
    ['decimal', 'https://2130706433/r1'],
    ['query', `${BASE}/r1?x=1`],
    ['fragment', `${BASE}/r1#a`],
    ['dots', `${BASE}/../r1`],
    ['encoded', `${BASE}/%721`],
    ['capitals', 'https://ID.example/status/acme/r1'],
    ['port', 'https://id.example:443/status/acme/r1'],
  ]
  for (const [name, url] of urls)
    wrong.push([`list-${name}`, `a list at ${url}`, at(url), refusal('malformed@1'), ['SL-06']])
  wrong.push(
    ['no-status', 'no status', undefined, refusal('status_missing@1'), ['SS-08']],
    ['no-suspension', 'an entry for revocation only', [revocation], refusal('malformed@1')],
    ['purpose-twice', 'two entries for revocation', [revocation, revocation], refusal('malformed@1')],
    [
      'purpose-message',
      'a purpose beside the two',
      [revocation, suspension, over(revocation, { statusPurpose: 'message' })],
      refusal('malformed@1'),
      ['SS-04'],
    ],
    [
      'indexes-differ',
      'another index in the second entry',
      [revocation, over(suspension, { statusListIndex: '3' })],
      refusal('malformed@1'),
    ],
    [
      'one-list',
      'one list for both purposes',
      [revocation, over(suspension, { statusListCredential: `${BASE}/r1` })],
      refusal('malformed@1'),
    ],
    ['status-object', 'an entry that is no list', revocation, refusal('malformed@1')],
    [
      'status-type',
      'an entry of another type',
      both({ type: 'StatusList2021Entry' }),
      refusal('malformed@1'),
    ],
    ['status-size', 'an entry with statusSize', both({ statusSize: 2 }), refusal('malformed@1')],
  )
  for (const [name, title, credentialStatus, expected, threats] of wrong) {
    const step = await agentWith(scene, { credentialStatus })
    theme.refuse(name, 'plain', title, expected, step, threats === undefined ? {} : { threats })
  }
  theme.accept(
    'status-order',
    'the entries in the other order',
    await agentWith(scene, { credentialStatus: [suspension, revocation] }),
    { threats: ['SS-03'] },
  )
}
