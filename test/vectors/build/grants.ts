import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { VectorAsk, VectorFile } from '../format.ts'
import { grant, type Overrides, READ, Scene } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** What grants allow, and what a link may hand on. */
export async function grants(): Promise<VectorFile> {
  const scene = await Scene.create('grants')
  const theme = new Theme('grants', 'What grants allow, and what a link may hand on.', await settingOf(scene))
  await asking(theme, scene)
  await places(theme, scene)
  await handingOn(theme, scene)
  await forms(theme, scene)
  return theme.file
}

interface Asked {
  readonly ask?: VectorAsk
  readonly target?: string
}

/** The agent asks under these entries of its own, and of its owner. */
async function underGrants(
  scene: Scene,
  own: Json,
  { ask = READ, target = '/inbox' }: Asked = {},
  owner: Json = [grant()],
) {
  const subject: Overrides =
    own === 'inherit' ? { authorizationDetails: undefined, inherit: true } : { authorizationDetails: own }
  const texts = [await scene.owner({ authorizationDetails: owner }), await scene.agent(subject)]
  return asked(await scene.request(texts, { target }), ask)
}

async function asking(theme: Theme, scene: Scene): Promise<void> {
  const inbox = [grant({ identifiers: ['inbox/support'] })]
  const folder = [grant({ identifiers: ['inbox/'] })]
  const at = (identifier?: string): Asked => ({
    ask: { ...READ, ...(identifier === undefined ? {} : { identifier }) },
  })
  theme.accept(
    'identifier',
    'the identifier that is granted',
    await underGrants(scene, inbox, at('inbox/support')),
  )
  theme.accept(
    'identifier-prefix',
    'an identifier below the one that is granted',
    await underGrants(scene, folder, at('inbox/support')),
  )
  theme.accept('inherited', 'what the owner lets be inherited', await underGrants(scene, 'inherit'))
  const split = [
    grant({ actions: ['mail.read'], identifiers: ['a'] }),
    grant({ actions: ['mail.send'], identifiers: ['b'] }),
  ]
  theme.accept('one-of-two', 'what one of two entries allows', await underGrants(scene, split, at('a')))
  const wide = [grant({ actions: ['mail.read', 'mail.purge'] })]
  theme.accept(
    'intersection',
    'what both owner and agent are granted, where the agent claims more',
    await underGrants(scene, wide),
  )
  const keep = [grant({ inheritable: false })]
  const send: VectorAsk = { action: 'mail.send', identifier: 'a' }
  const wrong: readonly (readonly [
    string,
    string,
    string,
    Parameters<typeof underGrants>,
    string,
    string[]?,
  ])[] = [
    [
      'action',
      'one-of-two',
      'an action that nobody is granted',
      [scene, [grant()], { ask: { action: 'mail.delete' } }],
      'not_authorized@0 actions',
    ],
    [
      'action-of-owner',
      'intersection',
      'an action that the agent claims and the owner lacks',
      [scene, wide, { ask: { action: 'mail.purge' } }],
      'not_authorized@0 actions',
    ],
    [
      'action-of-agent',
      'intersection',
      'an action that the owner has and the agent lacks',
      [scene, [grant({ actions: ['mail.read'] })], { ask: { action: 'mail.send' } }],
      'not_authorized@1 actions',
    ],
    [
      'action-case',
      'one-of-two',
      'an action in capitals',
      [scene, [grant()], { ask: { action: 'MAIL.READ' } }],
      'not_authorized@0 actions',
    ],
    [
      'action-prefix',
      'one-of-two',
      'an action that begins like one that is granted',
      [scene, [grant()], { ask: { action: 'mail.read.all' } }],
      'not_authorized@0 actions',
    ],
    [
      'no-identifier',
      'identifier',
      'no identifier, where some are granted',
      [scene, inbox, at()],
      'not_authorized@1 identifiers',
    ],
    [
      'other-identifier',
      'identifier',
      'another identifier',
      [scene, inbox, at('inbox/board')],
      'not_authorized@1 identifiers',
    ],
    [
      'identifier-segment',
      'identifier-prefix',
      'an identifier that begins like one that is granted, within a segment',
      [scene, [grant({ identifiers: ['inbox/s'] })], at('inbox/support')],
      'not_authorized@1 identifiers',
      ['DC-04'],
    ],
    [
      'no-identifiers',
      'identifier',
      'any identifier, where the list of them is empty',
      [scene, [grant({ identifiers: [] })], at('inbox/support')],
      'not_authorized@1 identifiers',
      ['DC-05'],
    ],
    [
      'no-entries',
      'inherited',
      'anything, where no entry grants',
      [scene, []],
      'not_authorized@1 actions',
      ['DC-05'],
    ],
    [
      'together',
      'one-of-two',
      'what two entries would allow only together',
      [scene, split, { ask: send }],
      'not_authorized@1 identifiers',
    ],
    [
      'not-inheritable',
      'inherited',
      'what the owner keeps from agents that inherit',
      [scene, 'inherit', {}, keep],
      'not_authorized@1 inheritable',
    ],
  ]
  for (const [name, control, title, parts, expected, threats] of wrong) {
    theme.refuse(
      name,
      control,
      title,
      refusal(expected),
      await underGrants(...parts),
      threats === undefined ? {} : { threats },
    )
  }
}

async function places(theme: Theme, scene: Scene): Promise<void> {
  const notes = [grant({ locations: ['https://mail.example/w/notes'] })]
  const at = (target: string) => underGrants(scene, notes, { target })
  theme.accept('path', 'the path that is granted', await at('/w/notes'))
  theme.accept('path-below', 'a path below it, with a query', await at('/w/notes/7?all=1'))
  const wrong: readonly (readonly [string, string, string])[] = [
    ['path-segment', 'a path that begins like it', '/w/notesSECRET'],
    ['path-case', 'the path in capitals', '/W/notes'],
    ['path-above', 'the path above it', '/w'],
    ['path-encoded-slash', 'a path with an encoded slash', '/w/notes%2f..%2fadmin'],
    ['path-encoded-backslash', 'a path with an encoded backslash', '/w/notes%5Cx'],
    ['path-double-slash', 'a path with two slashes', '/w/notes//x'],
    ['path-parameter', 'a path with a semicolon', '/w/notes/a;b'],
  ]
  for (const [name, title, target] of wrong) {
    theme.refuse(name, 'path-below', title, refusal('not_authorized@1 locations'), await at(target), {
      threats: ['DC-04'],
    })
  }
  const plain = await at('/w/notes')
  if (plain.do === 'verify') {
    const climbing = { ...plain, request: { ...plain.request, target: '/w/notes/%2e%2e/admin' } }
    theme.refuse(
      'path-encoded-dot',
      'path-below',
      'a path with encoded dots',
      refusal('not_authorized@1 locations'),
      climbing,
      { threats: ['DC-04'] },
    )
  }
  const elsewhere = await underGrants(scene, [grant({ locations: ['https://other.example/'] })])
  theme.refuse(
    'other-origin',
    'path',
    'a grant for another origin',
    refusal('not_authorized@1 locations'),
    elsewhere,
  )
  const port = await underGrants(scene, [grant({ locations: ['https://mail.example:8443/'] })])
  theme.refuse('other-port', 'path', 'a grant for another port', refusal('not_authorized@1 locations'), port)
}

async function handingOn(theme: Theme, scene: Scene): Promise<void> {
  const limit = { kind: 'range', on: 'size', max: '10' }
  const limited = [grant({ constraints: [limit], identifiers: ['inbox/'] })]
  const ask = (size: Json): VectorAsk => ({ ...READ, identifier: 'inbox/support', arguments: { size } })
  const below = async (child: Json, parent: Json = limited, question: VectorAsk = ask('5')) => {
    const agent = await scene.agent({ authorizationDetails: parent })
    const text = await scene.derived(agent, { authorizationDetails: child })
    return asked(await scene.request([await scene.owner(), agent, text], { by: scene.cast.sub }), question)
  }
  const says = (changes: Overrides): JsonObject[] => [grant({ actions: ['mail.read'], ...changes })]
  theme.accept(
    'child',
    'a child that says nothing of its parent’s limits: they bind',
    await below(says({})),
    { threats: ['DC-03'] },
  )
  theme.accept(
    'child-tighter',
    'a child with a tighter limit',
    await below(says({ constraints: [{ ...limit, max: '6' }] })),
  )
  theme.accept(
    'child-narrower',
    'a child with a narrower place and identifier',
    await below(says({ locations: ['https://mail.example/inbox'], identifiers: ['inbox/support'] })),
  )
  const escalations: readonly (readonly [string, string, Overrides, string, string[]])[] = [
    [
      'child-action',
      'a child with an action more',
      { actions: ['mail.read', 'mail.purge'] },
      'actions',
      ['DC-03'],
    ],
    [
      'child-location',
      'a child at another place',
      { locations: ['https://mail.example/', 'https://other.example/'] },
      'locations',
      ['DC-03'],
    ],
    [
      'child-identifier',
      'a child with a wider identifier',
      { identifiers: ['inbox/', 'board/'] },
      'identifiers',
      ['DC-03'],
    ],
    [
      'child-looser',
      'a child with a looser limit',
      { constraints: [{ ...limit, max: '11' }] },
      'range',
      ['DC-03'],
    ],
    [
      'child-type',
      'a child that turns a limit around',
      { constraints: [{ kind: 'range', on: 'size', min: '1' }] },
      'range',
      ['DC-03'],
    ],
  ]
  for (const [name, title, changes, dimension, threats] of escalations) {
    theme.refuse(
      name,
      'child',
      title,
      refusal(`capability_escalated@2 ${dimension}`),
      await below(says(changes)),
      { threats },
    )
  }
  theme.refuse(
    'parents-limit',
    'child',
    'a request beyond the limit of the parent, of which the child says nothing',
    refusal('constraint_violated@1 range'),
    await below(says({}), limited, ask('11')),
    { threats: ['DC-03'] },
  )
  const path = [grant({ locations: ['https://mail.example/inbox'] })]
  theme.refuse(
    'child-segment',
    'child',
    'a child whose path begins like its parent’s',
    refusal('capability_escalated@2 locations'),
    await below(says({ locations: ['https://mail.example/inboxes'] }), path),
    { threats: ['DC-04'] },
  )
  theme.refuse(
    'child-of-none',
    'child',
    'a child of a parent that is granted nothing',
    refusal('capability_escalated@2 type'),
    await below(says({}), []),
    { threats: ['DC-05'] },
  )
  theme.refuse(
    'child-together',
    'child',
    'a child that needs two entries of its parent for one of its own',
    refusal('capability_escalated@2 actions'),
    await below([grant()], [grant({ actions: ['mail.read'] }), grant({ actions: ['mail.send'] })]),
    { threats: ['DC-03'] },
  )
}

async function forms(theme: Theme, scene: Scene): Promise<void> {
  const future = { kind: 'moon_phase', phase: 'full' }
  const wrong: readonly (readonly [string, string, Json, string, string[]])[] = [
    [
      'unknown-kind',
      'a constraint of a kind that nobody knows',
      [grant({ constraints: [future] })],
      'unsupported@1 authorizationDetails',
      ['DC-20'],
    ],
    [
      'unknown-type',
      'an entry of a type that nobody knows',
      [grant({ type: 'rocket' })],
      'unsupported@1 authorizationDetails',
      ['DC-20'],
    ],
    [
      'no-locations',
      'an entry without locations',
      [grant({ locations: undefined })],
      'malformed@1',
      ['DC-05'],
    ],
    [
      'empty-locations',
      'an entry with an empty list of locations',
      [grant({ locations: [] })],
      'malformed@1',
      ['DC-05'],
    ],
    [
      'empty-actions',
      'an entry with an empty list of actions',
      [grant({ actions: [] })],
      'malformed@1',
      ['DC-05'],
    ],
    ['null-actions', 'an entry whose actions are null', [grant({ actions: null })], 'malformed@1', ['DC-05']],
    [
      'null-identifiers',
      'an entry whose identifiers are null',
      [grant({ identifiers: null })],
      'malformed@1',
      ['DC-05'],
    ],
    ['wildcard', 'a wildcard as an action', [grant({ actions: ['*'] })], 'malformed@1', ['DC-05']],
    [
      'wildcard-end',
      'an action that ends in a wildcard',
      [grant({ actions: ['mail.*'] })],
      'malformed@1',
      ['DC-05'],
    ],
    ['text-for-list', 'a text where a list belongs', [grant({ actions: 'mail.read' })], 'malformed@1', []],
    [
      'location-query',
      'a location with a query',
      [grant({ locations: ['https://mail.example/?a'] })],
      'malformed@1',
      [],
    ],
    [
      'location-user',
      'a location with a user',
      [grant({ locations: ['https://mail.example@evil.example/'] })],
      'malformed@1',
      [],
    ],
    [
      'member',
      'an entry with a member that entries do not have',
      [grant({ privileges: ['admin'] })],
      'malformed@1',
      [],
    ],
    [
      'entitlement-member',
      'an agent’s entry with a member of an owner’s',
      [grant({ inheritable: true })],
      'malformed@1',
      [],
    ],
    [
      'many',
      '33 entries',
      Array.from({ length: 33 }, () => grant()),
      'limit_exceeded@1 credentialSubject.authorizationDetails',
      [],
    ],
  ]
  for (const [name, title, own, expected, threats] of wrong) {
    theme.refuse(
      name,
      'intersection',
      title,
      refusal(expected),
      await underGrants(scene, own),
      threats.length === 0 ? {} : { threats },
    )
  }
  theme.accept(
    'unknown-beside',
    'an entry of an unknown type beside one that allows what is asked',
    await underGrants(scene, [grant({ type: 'rocket' }), grant()]),
    { threats: ['DC-20'] },
  )
}
