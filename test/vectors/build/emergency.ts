import { sha256 } from '#crypto'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { emergencyUrl } from '../../../src/status/layout.ts'
import type { Expected, VectorDocument, VectorFile, VectorStep } from '../format.ts'
import { BASE, NOW, type Overrides, over, type Person, READ, Scene, time } from './scene.ts'
import { publish } from './site.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

type Documents = Readonly<Record<string, VectorDocument | null>>

/** Milliseconds from the first commit to the second. */
const LATER = 1000

/** What counts no more whatever anybody signs: the list that says so, and the head that commits to it. */
export async function emergencyLists(): Promise<VectorFile> {
  const scene = await Scene.create('emergency')
  const about = 'The emergency list, beside heads, leaf table and lists that are good.'
  const theme = new Theme('emergency', about, await settingOf(scene))
  await emergencies(theme, scene)
  return theme.file
}

interface Emergency {
  readonly token: string
  readonly digest: string
}

async function emergency(by: Person, iss: string, claims: Overrides = {}, typ = 'procura-emergency+jwt') {
  const nothing: JsonObject = { iss, seq: 1, iatMs: NOW, keys: [], owners: [], authority: false }
  const token = await signCompactJws({ typ, payload: over(nothing, claims), signer: by.signer })
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url')
  return { token, digest: encodeBase64url(sha256(payload)) }
}

async function emergencies(theme: Theme, scene: Scene): Promise<void> {
  const { authority, status: issuer, agent, mallory } = scene.cast
  const sign = (claims: Overrides, by = authority, typ?: string) => emergency(by, authority.did, claims, typ)
  /** Everything under a head that commits to a list. */
  const under = async (committed: Emergency | null, served: string | null, at = 0, prev?: string) => {
    const head = { emergency: committed?.digest ?? null }
    const later = prev === undefined ? {} : { seq: 2, prev }
    const publication = await publish(issuer, { head, at: NOW + at, ...later })
    return { ...publication, documents: { ...publication.documents, [emergencyUrl(BASE)]: served } }
  }
  const sync = (expected?: string): VectorStep & { expected: Expected } => ({
    do: 'sync',
    expected: expected === undefined ? { verified: true } : refusal(expected),
  })
  const key = `${mallory.did}#${mallory.did.slice('did:key:'.length)}`
  const list = await sign({ keys: [key], owners: [mallory.did] })
  theme.add('committed', 'a list to which the head commits', [sync()], {
    documents: (await under(list, list.token)).documents,
  })
  const ofAgent = await sign({ keys: [agent.signer.keyId] })
  const chain = asked(await scene.request(await scene.twoLinks()), READ)
  theme.add(
    'others',
    'an agent of whom it says nothing',
    [sync(), { ...chain, expected: { verified: true } }],
    {
      documents: (await under(list, list.token)).documents,
    },
  )
  theme.add(
    'agent',
    'an agent whose key it names',
    [sync(), { ...chain, expected: refusal('revoked@1 emergency') }],
    { documents: (await under(ofAgent, ofAgent.token)).documents, threats: ['EL-01'] },
    'others',
  )
  const newer = await sign({ seq: 2, iatMs: NOW + 500, keys: [key] })
  theme.add('newer', 'a list that is newer than the head', [sync()], {
    at: time(500),
    documents: (await under(list, newer.token)).documents,
  })
  const drilled = await sign({ drill: key })
  theme.add('drill', 'a list after a drill', [sync()], {
    documents: (await under(drilled, drilled.token)).documents,
  })
  const refused: readonly (readonly [string, string, Emergency | null])[] = [
    ['withheld', 'a list that is not there', null],
    ['status-issuer', 'a list that the status issuer signed', await sign({}, issuer)],
    ['typ', 'another typ', await sign({}, authority, 'procura-head+jwt')],
    ['member', 'a member that lists do not have', await sign({ exp: 1 })],
    ['no-member', 'a list without owners', await sign({ owners: undefined })],
    ['seq', 'seq 0', await sign({ seq: 0 })],
    ['iss', 'another issuer in the content', await emergency(authority, issuer.did)],
    ['future', 'a list of a time to come', await sign({ iatMs: NOW + 30_001 })],
    ['keys', 'a key that is no verification method', await sign({ keys: [mallory.did] })],
    ['owners', 'an owner that is no DID', await sign({ owners: ['acme'] })],
    [
      'many',
      '257 entries',
      await sign({ owners: Array.from({ length: 257 }, (_, i) => `did:example:${i}`) }),
    ],
    ['authority', 'a text for a truth value', await sign({ authority: 'true' })],
  ]
  for (const [name, title, served] of refused)
    theme.add(
      name,
      title,
      [sync('status_unavailable emergency')],
      { documents: (await under(served ?? list, served?.token ?? null)).documents, threats: ['EL-01'] },
      'committed',
    )
  const other = await under(list, (await sign({ iatMs: NOW - 1 })).token)
  theme.add(
    'other',
    'another list than the head commits to, from before it',
    [sync('status_unavailable emergency')],
    { documents: other.documents, threats: ['EL-01'] },
    'committed',
  )
  await sequences(theme, { sign, under, sync, key })
}

interface Signing {
  sign(claims: Overrides): Promise<Emergency>
  under(
    committed: Emergency | null,
    served: string | null,
    at?: number,
    prev?: string,
  ): Promise<{ readonly documents: Documents; readonly digest: string }>
  sync(expected?: string): VectorStep & { expected: Expected }
  readonly key: string
}

/** One list after the other. */
async function sequences(theme: Theme, { sign, under, sync, key }: Signing): Promise<void> {
  const second = await sign({ seq: 2, keys: [key] })
  const before = await under(second, second.token)
  const then = async (claims: Overrides | null, expected?: string) => {
    const next = claims === null ? null : await sign(claims)
    const { documents } = await under(next, next === null ? second.token : next.token, LATER, before.digest)
    return [
      { ...sync(), documents: before.documents },
      { ...sync(expected), at: time(LATER), documents },
    ]
  }
  theme.add(
    'next',
    'a list that names more',
    await then({ seq: 3, iatMs: NOW + LATER, keys: [key], authority: true }),
  )
  const cases: readonly (readonly [string, string, Overrides | null, string])[] = [
    ['older', 'a list with a lower seq', { seq: 1, keys: [key] }, 'status_rollback'],
    [
      'same-seq',
      'another list with the same seq',
      { seq: 2, keys: [key], authority: true },
      'status_rollback',
    ],
    ['lacks', 'a list that lacks what was named before', { seq: 3, iatMs: NOW + LATER }, 'status_rollback'],
    ['left-out', 'a later head that commits to none', null, 'status_unavailable emergency'],
  ]
  for (const [name, title, claims, expected] of cases)
    theme.add(name, title, await then(claims, expected), { threats: ['EL-01'] }, 'next')
}
