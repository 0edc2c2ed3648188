import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { VectorFile } from '../format.ts'
import { digestOf, grant, headerOf, type Overrides, rawJws, Scene, segment } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA'

/** Credentials as SD-JWT. */
export async function sdJwt(): Promise<VectorFile> {
  const scene = await Scene.create('sd-jwt')
  const theme = new Theme(
    'sd-jwt',
    'Credentials as SD-JWT: what is hidden, what is shown, what was made up.',
    await settingOf(scene),
  )
  const shown = shower(scene)
  await hiding(theme, scene, shown)
  await forging(theme, scene, shown)
  await payloads(theme, scene, shown)
  return theme.file
}

type Shown = (agent: string) => ReturnType<typeof showAgent>

async function showAgent(scene: Scene, agent: string) {
  return asked(await scene.request([], { field: `"${await scene.owner()}", "${agent}"` }))
}

function shower(scene: Scene): Shown {
  return (agent) => showAgent(scene, agent)
}

const ENTRIES = [grant({ actions: ['mail.read'] }), grant({ actions: ['mail.send'] })]

async function hiding(theme: Theme, scene: Scene, shown: Shown): Promise<void> {
  const full = await scene.agent({ authorizationDetails: ENTRIES }, {}, 'vc+sd-jwt')
  const [jws = '', read = '', send = ''] = full.split('~')
  theme.accept('all-shown', 'an agent’s credential with both entries shown', await shown(full))
  theme.accept('one-hidden', 'the entry that is not needed hidden', await shown(`${jws}~${read}~`))
  theme.accept('order', 'the disclosures in another order', await shown(`${jws}~${send}~${read}~`))
  const wrong: readonly (readonly [string, string, string, string])[] = [
    ['needed-hidden', 'the entry that is needed hidden', `${jws}~${send}~`, 'not_authorized@1 actions'],
    ['all-hidden', 'all entries hidden', `${jws}~`, 'not_authorized@1 actions'],
    ['no-tilde', 'no tilde at the end', `${jws}~${read}`, 'malformed@1'],
    ['as-jwt', 'the JWS without any tilde', jws, 'malformed@1'],
    ['twice', 'a disclosure twice', `${jws}~${read}~${read}~`, 'malformed@1'],
    ['empty-disclosure', 'an empty disclosure', `${jws}~~${read}~`, 'malformed@1'],
    ['padding', 'a disclosure with padding', `${jws}~${read}=~`, 'malformed@1'],
    ['key-binding', 'a key binding behind it', `${jws}~${read}~a.b.c`, 'malformed@1'],
  ]
  for (const [name, title, text, expected] of wrong) {
    theme.refuse(name, 'one-hidden', title, refusal(expected), await shown(text), { threats: ['SM-25'] })
  }
  const root = await scene.owner({ authorizationDetails: ENTRIES }, {}, 'vc+sd-jwt')
  const [rootJws = '', first = ''] = root.split('~')
  const under = async (text: string) => asked(await scene.request([text, await scene.agent()]))
  theme.accept(
    'owner',
    'an owner’s credential that shows what is needed',
    await under(`${rootJws}~${first}~`),
  )
  theme.refuse(
    'owner-hidden',
    'owner',
    'an owner’s credential that shows nothing',
    refusal('not_authorized@0 actions'),
    await under(`${rootJws}~`),
  )
  const owner = await scene.owner()
  const derived = await scene.derived(full)
  const chain = (agent: string) =>
    scene.request([owner, agent, derived], { by: scene.cast.sub }).then((request) => asked(request))
  theme.accept(
    'child',
    'a child of it, whatever its parent shows of the rest',
    await chain(`${jws}~${read}~`),
  )
  theme.refuse(
    'child-hidden',
    'child',
    'a child whose parent hides what covers it',
    refusal('capability_escalated@2 actions'),
    await chain(`${jws}~${send}~`),
  )
  const own = await scene.agent({ authorizationDetails: ENTRIES }, {}, 'vc+sd-jwt')
  theme.refuse(
    'child-of-other',
    'child',
    'a child below a credential with the same content and other salts',
    refusal('chain_broken@2 credentialSubject.parent.digest'),
    await chain(own),
    { threats: ['DC-13'] },
  )
}

/** `[salt, value]`, or `[salt, name, value]`, as a disclosure. */
function disclosureOf(...items: readonly Json[]): { readonly text: string; readonly hash: string } {
  const text = segment(JSON.stringify(items))
  return { text, hash: digestOf(encodeUtf8(text)) }
}

async function forging(theme: Theme, scene: Scene, shown: Shown): Promise<void> {
  const full = await scene.agent({ authorizationDetails: ENTRIES }, {}, 'vc+sd-jwt')
  const [jws = '', read = ''] = full.split('~')
  const wider = disclosureOf(SALT, grant({ actions: ['mail.read', 'mail.delete'] }))
  const items = JSON.parse(Buffer.from(read, 'base64url').toString())
  const changed = disclosureOf(items[0], grant({ actions: ['mail.delete'] }))
  const wrong: readonly (readonly [string, string, string])[] = [
    ['unreferenced', 'an entry that the issuer did not make', `${jws}~${read}~${wider.text}~`],
    ['tampered', 'an entry that was changed', `${jws}~${changed.text}~`],
    [
      'member',
      'a disclosure of a member that there is not',
      `${jws}~${read}~${disclosureOf(SALT, 'iss', scene.cast.mallory.did).text}~`,
    ],
    ['four-items', 'a disclosure with four items', `${jws}~${disclosureOf(SALT, 'a', 'b', 'c').text}~`],
    ['no-list', 'a disclosure that is no list', `${jws}~${segment('{"a":1}')}~`],
    ['salt-number', 'a disclosure whose salt is a number', `${jws}~${disclosureOf(1, grant()).text}~`],
    [
      'spaces',
      'the same disclosure with spaces in it',
      `${jws}~${encodeBase64url(encodeUtf8(` ${Buffer.from(read, 'base64url')}`))}~`,
    ],
  ]
  for (const [name, title, text] of wrong) {
    theme.refuse(name, 'one-hidden', title, refusal('malformed@1'), await shown(text), { threats: ['SM-25'] })
  }
}

async function payloads(theme: Theme, scene: Scene, shown: Shown): Promise<void> {
  const { signer } = scene.cast.owner
  const entry = disclosureOf(SALT, grant())
  const purpose = disclosureOf(SALT, 'purpose', 'else')
  const iss = disclosureOf(SALT, 'iss', scene.cast.mallory.did)
  const nested = disclosureOf(SALT, { ...grant(), _sd: [purpose.hash] })
  const make = async (
    subject: Overrides,
    top: Overrides,
    disclosures: readonly string[],
    typ = 'vc+sd-jwt',
  ) =>
    shown(
      [
        await rawJws(headerOf(signer, { typ }), scene.agentJson(subject, top), signer),
        ...disclosures,
        '',
      ].join('~'),
    )
  const hidden: JsonObject = { '...': entry.hash }
  const one = { authorizationDetails: [hidden] }
  theme.accept(
    'hand-made',
    'a credential with one hidden entry, made by hand',
    await make(one, { _sd_alg: 'sha-256' }, [entry.text]),
  )
  theme.accept('nothing-hidden', 'a credential with nothing to hide', await make({}, {}, []))
  theme.accept(
    'decoy',
    'a digest that nothing is disclosed for',
    await make({ authorizationDetails: [hidden, { '...': 'A'.repeat(43) }] }, {}, [entry.text]),
  )
  const wrong: readonly (readonly [string, string, Parameters<typeof make>, string])[] = [
    ['hash', 'another hash function', [one, { _sd_alg: 'sha-512' }, [entry.text]], 'unsupported@1 _sd_alg'],
    [
      'digest-twice',
      'a digest that stands twice',
      [{ authorizationDetails: [hidden, hidden] }, {}, [entry.text]],
      'malformed@1',
    ],
    [
      'digest-member',
      'a digest with a member beside it',
      [{ authorizationDetails: [{ ...hidden, type: 'api' }] }, {}, [entry.text]],
      'malformed@1',
    ],
    [
      'digest-number',
      'a digest that is a number',
      [{ authorizationDetails: [{ '...': 1 }] }, {}, [entry.text]],
      'malformed@1',
    ],
    [
      'hidden-claim',
      'a hidden member of the subject',
      [{ purpose: undefined, _sd: [purpose.hash] }, {}, [purpose.text]],
      'malformed@1',
    ],
    ['overwriting', 'a hidden claim iss at the top', [{}, { _sd: [iss.hash] }, [iss.text]], 'malformed@1'],
    [
      'member-in-list',
      'a disclosure of a member in a list',
      [{ authorizationDetails: [{ '...': purpose.hash }] }, {}, [purpose.text]],
      'malformed@1',
    ],
    [
      'nested',
      'something hidden within an entry',
      [{ authorizationDetails: [{ '...': nested.hash }] }, {}, [nested.text, purpose.text]],
      'malformed@1',
    ],
    [
      'sd-alg-deep',
      '_sd_alg in the subject',
      [{ ...one, _sd_alg: 'sha-256' }, {}, [entry.text]],
      'malformed@1',
    ],
    ['typ', 'typ vc+jwt', [one, {}, [entry.text], 'vc+jwt'], 'malformed@1'],
    [
      'many',
      '33 entries, most of them hidden',
      [
        {
          authorizationDetails: Array.from({ length: 33 }, (_, i) => ({ '...': digestOf(Uint8Array.of(i)) })),
        },
        {},
        [],
      ],
      'limit_exceeded@1 credentialSubject.authorizationDetails',
    ],
  ]
  for (const [name, title, parts, expected] of wrong) {
    theme.refuse(name, 'hand-made', title, refusal(expected), await make(...parts), { threats: ['SM-25'] })
  }
}
