import type { JsonObject } from '../../../src/core/json.ts'
import { signDataIntegrity } from '../../../src/securing/data-integrity/sign.ts'
import { leafTableUrl, listVersionUrl } from '../../../src/status/layout.ts'
import { encodeLeafTable, leafTableRoot } from '../../../src/status/leaf-table.ts'
import type { Expected, VectorDocument, VectorFile, VectorStep } from '../format.ts'
import { BASE, HOUR, NOW, Scene, time } from './scene.ts'
import { encodeList, type ListOptions, type PublishOptions, pair, publish, signList } from './site.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

type Documents = Readonly<Record<string, VectorDocument | null>>

const HEAD = `${BASE}/head`

/** Fetching heads, leaf tables and lists: what is taken in, and what a chain is worth after what is not. */
export async function retrieval(): Promise<VectorFile> {
  const scene = await Scene.create('retrieval')
  const theme = new Theme(
    'retrieval',
    'Heads, leaf tables and lists as a host serves them.',
    await settingOf(scene),
  )
  const chain = await scene.request(await scene.twoLinks())
  const sync: VectorStep = { do: 'sync' }
  theme.add('good', 'head, leaf table and lists as published', [
    { ...sync, expected: { verified: true, lists: 2, asOf: time(0) } },
    { ...asked(chain), expected: { verified: true } },
  ])
  const collector = new Collector(theme, asked(chain))
  await hosts(collector, scene)
  await heads(collector, scene)
  await tables(collector, scene)
  await lists(collector, scene)
  await sequences(theme, scene)
  await forms(theme, scene)
  return theme.file
}

/** What is fetched is refused, and with it a chain whose status it was. */
class Collector {
  readonly #theme: Theme
  readonly #verify: VectorStep

  constructor(theme: Theme, verify: VectorStep) {
    this.#theme = theme
    this.#verify = verify
  }

  refuse(
    name: string,
    title: string,
    documents: Documents,
    expected: string,
    threats: readonly string[],
    after = 'status_unavailable!@0',
  ): void {
    const steps = [
      { do: 'sync' as const, expected: refusal(expected) },
      { ...this.#verify, expected: refusal(after) },
    ]
    this.#theme.add(name, title, steps, { documents, ...(threats.length === 0 ? {} : { threats }) }, 'good')
  }
}

async function hosts(vectors: Collector, scene: Scene): Promise<void> {
  const head = (await publish(scene.cast.status)).documents[HEAD] ?? ''
  const answers: readonly (readonly [string, string, VectorDocument | null, string, string[]])[] = [
    ['head-404', 'no head', null, 'status_unavailable http_status', ['SL-01']],
    [
      'head-500',
      'a host that fails',
      { status: 500, body: head },
      'status_unavailable http_status',
      ['SL-01'],
    ],
    [
      'head-429',
      'a host that asks to wait',
      { status: 429, headers: { 'retry-after': '1' }, body: head },
      'status_unavailable http_status',
      ['SL-01'],
    ],
    [
      'head-redirect',
      'a redirect to another host',
      { status: 302, headers: { location: 'https://evil.example/head' }, body: head },
      'status_unavailable http_status',
      ['SL-05'],
    ],
    [
      'head-redirect-http',
      'a redirect to http',
      { status: 307, headers: { location: 'http://id.example/status/acme/head' }, body: head },
      'status_unavailable http_status',
      ['SL-05'],
    ],
    ['head-partial', 'a part of a head', { status: 206, body: head }, 'status_unavailable http_status', []],
    ['head-empty', 'an empty head', '', 'status_invalid', []],
    ['head-html', 'a page of a captive portal', '<html></html>', 'status_invalid', []],
    ['head-long', 'a head of more than 1 KiB', head + ' '.repeat(1024), 'status_unavailable size', ['SL-02']],
  ]
  for (const [name, title, answer, expected, threats] of answers) {
    const [code = '', dimension] = expected.split(' ')
    vectors.refuse(
      name,
      title,
      { [HEAD]: answer },
      dimension === undefined ? code : `${code} ${dimension}`,
      threats,
    )
  }
}

async function heads(vectors: Collector, scene: Scene): Promise<void> {
  const { status, authority, mallory, agent } = scene.cast
  const named = { ...mallory, signer: { ...mallory.signer, keyId: status.signer.keyId } }
  const wrong: readonly (readonly [string, string, PublishOptions, string[]])[] = [
    ['head-by-other', 'a head by somebody else', { by: mallory }, ['SL-07']],
    ['head-by-name', 'a head by somebody else in the name of the status issuer', { by: named }, ['SL-07']],
    ['head-by-authority', 'a head by the authority', { by: authority }, ['SL-07']],
    ['head-by-subject', 'a head by the agent', { by: agent }, ['SL-07']],
    ['head-future', 'a head from 31 s ahead', { at: NOW + 31_000 }, []],
    ['head-member', 'a head with a member that heads do not have', { head: { exp: 1 } }, []],
    ['head-iss', 'a head that names another issuer', { head: { iss: mallory.did } }, []],
    ['head-root', 'a head with a digest that is too short', { head: { root: 'AAAA' } }, []],
    ['head-seq', 'a head with the number 0', { head: { seq: 0 } }, []],
    ['head-heartbeat', 'a head without heartbeat', { head: { heartbeat: undefined } }, []],
    ['head-prev', 'a first head that follows another', { head: { prev: 'A'.repeat(43) } }, []],
  ]
  for (const [name, title, options, threats] of wrong) {
    const { documents } = await publish(status, options)
    vectors.refuse(name, title, { [HEAD]: documents[HEAD] ?? null }, 'status_invalid', threats)
  }
  const credential = await scene.owner()
  vectors.refuse(
    'head-credential',
    'a credential where the head belongs',
    { [HEAD]: credential.slice(0, 1000) },
    'status_invalid',
    ['SM-07'],
  )
}

async function tables(vectors: Collector, scene: Scene): Promise<void> {
  const { status } = scene.cast
  const leaves = (await pair(status)).map(({ leaf }) => leaf)
  const [first, second] = leaves
  const url = leafTableUrl(BASE, leafTableRoot(leaves))
  const table = encodeLeafTable(leaves)
  const wrong: readonly (readonly [string, string, string | null, string])[] = [
    ['table-404', 'no leaf table', null, 'status_unavailable http_status'],
    ['table-other', 'a leaf table with another root', JSON.stringify({ leaves: [first] }), 'status_invalid'],
    [
      'table-order',
      'a leaf table out of order',
      JSON.stringify({ leaves: [second, first] }),
      'status_invalid',
    ],
    [
      'table-twice',
      'a leaf table with a list twice',
      JSON.stringify({ leaves: [first, first] }),
      'status_invalid',
    ],
    ['table-member', 'a leaf table with a member more', `${table.slice(0, -1)},"more":1}`, 'status_invalid'],
    ['table-text', 'a leaf table that is no JSON', 'leaves', 'status_invalid'],
  ]
  for (const [name, title, body, expected] of wrong)
    vectors.refuse(name, title, { [url]: body }, expected, ['SL-08'])
}

async function lists(vectors: Collector, scene: Scene): Promise<void> {
  const { status, authority, mallory, agent } = scene.cast
  const [revocations, suspensions] = await pair(status)
  const at = listVersionUrl(revocations.url, revocations.version)
  const named = { ...mallory, signer: { ...mallory.signer, keyId: status.signer.keyId } }
  const same = { set: [90, 92, 9113] }
  const wrong: readonly (readonly [string, string, ListOptions, string[], string?])[] = [
    ['list-by-other', 'a list by somebody else', { ...same, by: mallory }, ['SL-07']],
    [
      'list-by-name',
      'a list by somebody else in the name of the status issuer',
      { ...same, by: named },
      ['SL-07'],
    ],
    ['list-by-authority', 'a list by the authority', { ...same, by: authority }, ['SL-07']],
    ['list-by-subject', 'a list by the agent', { ...same, by: agent }, ['SL-07']],
    ['list-other-bits', 'a list with other bits than the head commits to', { set: [] }, ['SL-14']],
    [
      'list-other-version',
      'a list of another version than the head commits to',
      { ...same, version: NOW - 1000 },
      ['SL-14'],
    ],
    ['list-of-other-url', 'another list of the same issuer', { ...same, url: `${BASE}/r2` }, ['SL-08']],
    ['list-issuer', 'a list that names another issuer', { ...same, top: { issuer: mallory.did } }, ['SL-10']],
    ['list-ended', 'a list that has ended', { ...same, version: NOW - 6 * HOUR }, ['SL-12'], 'status_stale'],
    ['list-endless', 'a list without an end', { ...same, top: { validUntil: undefined } }, ['SL-12']],
    ['list-undated', 'a list without a beginning', { ...same, top: { validFrom: undefined } }, ['SL-12']],
    [
      'list-refresh',
      'a list for the purpose refresh',
      { ...same, subject: { statusPurpose: 'refresh' } },
      ['SS-04'],
    ],
    ['list-size', 'a list with two bits for each entry', { ...same, subject: { statusSize: 2 } }, []],
    [
      'list-no-prefix',
      'a list without multibase prefix',
      { ...same, subject: { encodedList: 'H4sIAAAAAAAAA' } },
      ['SL-21'],
    ],
  ]
  for (const [name, title, options, threats, expected = 'status_invalid'] of wrong) {
    vectors.refuse(name, title, { [at]: (await signList(status, options)).token }, expected, threats)
  }
  vectors.refuse('list-404', 'no list', { [at]: null }, 'status_unavailable http_status', ['SL-01'])
  vectors.refuse(
    'list-other-purpose',
    'the list of the other purpose',
    { [at]: suspensions.token },
    'status_invalid',
    ['SL-08'],
  )
  const [header, , signature] = revocations.token.split('.')
  const [, payload] = (await signList(status, { set: [] })).token.split('.')
  vectors.refuse(
    'list-changed',
    'a list that was changed',
    { [at]: `${header}.${payload}.${signature}` },
    'status_invalid',
    ['SL-07'],
  )
  const bomb = await signList(status, {
    subject: { encodedList: await encodeList(new Uint8Array(8 * 1024 * 1024)) },
  })
  vectors.refuse('list-bomb', 'a list that inflates to 8 MiB', { [at]: bomb.token }, 'status_invalid', [
    'SL-04',
  ])
  const outside = await signList(status, { url: 'https://evil.example/status/r1' })
  const { documents } = await publish(status, { lists: [outside, suspensions] })
  vectors.refuse(
    'list-outside',
    'a head that commits to a list at another host',
    documents,
    'status_invalid origin',
    ['SL-06'],
  )
}

async function sequences(theme: Theme, scene: Scene): Promise<void> {
  const issuer = scene.cast.status
  const first = await publish(issuer)
  const later = async (at: number, options: PublishOptions, changes: Parameters<typeof pair>[1] = {}) => ({
    do: 'sync' as const,
    at: time(at),
    documents: (await publish(issuer, { lists: await pair(issuer, changes), at: NOW + at, ...options }))
      .documents,
  })
  const good = { do: 'sync' as const, expected: { verified: true as const } }
  const heartbeat = await later(10_000, { seq: 2, prev: first.digest })
  theme.add('heartbeat', 'a later head over the same lists, which are as young as it', [
    good,
    { ...heartbeat, expected: { verified: true, lists: 2, asOf: time(10_000) } },
  ])
  const changed = await later(10_000, { seq: 2, prev: first.digest }, { version: NOW + 10_000, revoked: [5] })
  theme.add('commit', 'a later head over lists that changed', [
    good,
    { ...changed, expected: { verified: true, lists: 2, asOf: time(10_000) } },
  ])
  theme.add('gap', 'a head further on', [
    good,
    {
      ...(await later(90_000, { seq: 9, prev: 'A'.repeat(43) })),
      expected: { verified: true, asOf: time(90_000) },
    },
  ])
  const wrong: readonly (readonly [string, string, VectorStep, Expected])[] = [
    [
      'seq-again',
      'another head with the same number',
      await later(10_000, { seq: 1 }),
      refusal('status_rollback head'),
    ],
    [
      'time-back',
      'a later head from an earlier time',
      await later(-1000, { seq: 2, prev: first.digest }),
      refusal('status_rollback head'),
    ],
    [
      'prev-other',
      'the next head, after another one',
      await later(10_000, { seq: 2, prev: 'A'.repeat(43) }),
      refusal('status_rollback head'),
    ],
    [
      'version-back',
      'a later head over an older version of a list',
      await later(10_000, { seq: 2, prev: first.digest }, { version: NOW - 1000 }),
      refusal('status_rollback version'),
    ],
    [
      'version-again',
      'a later head over other bits of the same version',
      await later(10_000, { seq: 2, prev: first.digest }, { revoked: [5] }),
      refusal('status_rollback bits'),
    ],
  ]
  for (const [name, title, step, expected] of wrong) {
    theme.add(name, title, [good, { ...step, expected }], { threats: ['SL-14'] }, 'heartbeat')
  }
  const before = await later(20_000, { seq: 1, at: NOW })
  theme.add(
    'seq-back',
    'an older head after a newer one',
    [
      good,
      { ...heartbeat, expected: { verified: true } },
      { ...before, expected: refusal('status_rollback seq') },
    ],
    { threats: ['SL-14'] },
    'heartbeat',
  )
}

/** A list in its other form, for who reads lists and no heads; as large as a host may be asked to serve. */
async function forms(theme: Theme, scene: Scene): Promise<void> {
  const { status, mallory } = scene.cast
  const { token } = await signList(status, { set: [3, 9113] })
  const credential: JsonObject = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const prove = (signer = status.signer) =>
    signDataIntegrity({ document: credential, cryptosuite: 'eddsa-jcs-2022', signer })
  const document = await prove()
  const list = (text: string): VectorStep => ({
    do: 'list',
    token: text,
    url: `${BASE}/r1`,
    purpose: 'revocation',
    statusIssuer: status.did,
  })
  const says = { version: time(0), validUntil: time(6 * HOUR), set: [3, 9113] }
  theme.accept('list-jwt', 'a list as a JWS', list(token), { says })
  theme.accept('list-proof', 'the same list with a Data Integrity proof', list(JSON.stringify(document)), {
    says,
  })
  const wrong: readonly (readonly [string, string, JsonObject])[] = [
    ['list-proof-by-other', 'a list with a proof by somebody else', await prove(mallory.signer)],
    ['list-proof-missing', 'a list without proof', credential],
    [
      'list-proof-changed',
      'a list that was changed under its proof',
      { ...document, validUntil: time(9 * HOUR) },
    ],
    [
      'list-proof-two',
      'a list with two proofs',
      await signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer: mallory.signer }),
    ],
    [
      'list-proof-purpose',
      'a list with a proof for authentication',
      await signDataIntegrity({
        document: credential,
        cryptosuite: 'eddsa-jcs-2022',
        signer: status.signer,
        proofPurpose: 'authentication',
      }),
    ],
  ]
  for (const [name, title, changed] of wrong) {
    theme.refuse(name, 'list-proof', title, refusal('status_invalid'), list(JSON.stringify(changed)), {
      threats: ['SL-07'],
    })
  }
}
