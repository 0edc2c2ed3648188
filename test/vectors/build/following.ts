import { encodeBase64url } from '../../../src/core/base64url.ts'
import { changesUrl } from '../../../src/status/layout.ts'
import type { VectorDocument, VectorFile } from '../format.ts'
import { AT, BASE, NOW, type Person, Scene, time } from './scene.ts'
import { BOTH, type Publication, pair, publish, REVOKED, SUSPENDED, signList } from './site.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

type Documents = Readonly<Record<string, VectorDocument | null>>

/** Slice of {@link AT}, which is the first moment of a minute. */
const SLICE = NOW / 60_000
/** Keys of the lists of pair 1. */
const [R1, S1] = [2, 3]
/** Of the first list of the next. */
const R2 = 4
/** Milliseconds from {@link AT} to the second commit. */
const LATER = 1000

/** From one head to the next by changes: what a reader takes in, and what it drops. */
export async function following(): Promise<VectorFile> {
  const scene = await Scene.create('following')
  const about =
    'Changes that lead from one commit to the next. The leaf table and the lists are not to be had, unless the title says so.'
  const theme = new Theme('status-following', about, await settingOf(scene))
  await changes(theme, scene)
  return theme.file
}

/** The bytes of a slice, whatever they mean. */
function sliceOf(...numbers: readonly number[]): string {
  return encodeBase64url(Uint8Array.from([1, ...numbers.flatMap(leb128)]))
}

function leb128(number: number): number[] {
  return number < 0x80 ? [number] : [(number % 0x80) | 0x80, ...leb128(Math.floor(number / 0x80))]
}

/** How ascending indexes are written. */
function indexes(...ascending: readonly number[]): number[] {
  return [ascending.length, ...ascending.map((index, i) => index - (ascending[i - 1] ?? -1) - 1)]
}

/** The head of a commit and slices, and nothing else of it. */
function only({ documents }: Publication, slices: Readonly<Record<number, string>>): Documents {
  const changes = Object.entries(slices).map(([n, text]) => [changesUrl(BASE, Number(n)), text])
  return { [`${BASE}/head`]: documents[`${BASE}/head`] ?? null, ...Object.fromEntries(changes) }
}

async function changes(theme: Theme, scene: Scene): Promise<void> {
  const issuer = scene.cast.status
  const first = await publish(issuer)
  const [r1, s1] = await pair(issuer)
  const revoked = await pair(issuer, { revoked: [2, REVOKED, BOTH, 9113], version: NOW + LATER })
  const suspended = await pair(issuer, { suspended: [2, BOTH, 70_022], version: NOW + LATER })
  const [same] = await pair(issuer, { version: NOW + LATER })
  const commit = (lists: readonly (typeof r1)[], at = LATER): Promise<Publication> =>
    publish(issuer, { lists, at: NOW + at, seq: 2, prev: first.digest })
  const toRevoked = await commit([revoked[0], s1])
  const good = sliceOf(R1, LATER, ...indexes(2))
  const steps = (documents: Documents, expected?: string, at = LATER) => [
    { do: 'sync' as const, expected: { verified: true as const, lists: 2, asOf: AT } },
    {
      do: 'sync' as const,
      at: time(at),
      documents,
      expected:
        expected === undefined ? { verified: true as const, lists: 2, asOf: time(at) } : refusal(expected),
    },
  ]

  theme.add('changes', 'a revocation', steps(only(toRevoked, { [SLICE]: good })))
  const agent = asked(await scene.request(await scene.twoLinks(), { at: LATER }))
  const follow = steps(only(toRevoked, { [SLICE]: good }))
  theme.add(
    'then-revoked',
    'a revocation, and then the agent who was revoked',
    [...follow, { ...agent, expected: refusal('revoked@1') }],
    {},
    'changes',
  )
  const accepted: readonly (readonly [string, string, Publication, Record<number, string>, number?])[] = [
    [
      'suspensions',
      'an entry that is suspended, one that is resumed',
      await commit([r1, suspended[1]]),
      { [SLICE]: sliceOf(S1, LATER, ...indexes(2), ...indexes(SUSPENDED)) },
    ],
    [
      'both-lists',
      'two lists',
      await commit([revoked[0], suspended[1]]),
      {
        [SLICE]: sliceOf(R1, LATER, ...indexes(2), S1 - R1 - 1, LATER, ...indexes(2), ...indexes(SUSPENDED)),
      },
    ],
    [
      'signed-anew',
      'a list that was signed anew, with the same bits',
      await commit([same, s1]),
      { [SLICE]: sliceOf(R1, LATER, 0) },
    ],
    [
      'known-already',
      'entries that were as they are said to be',
      toRevoked,
      { [SLICE]: sliceOf(R1, LATER, ...indexes(2, REVOKED, 9113)) },
    ],
    [
      'next-minute',
      'two slices, the first of them without changes',
      await commit(
        [(await pair(issuer, { revoked: [2, REVOKED, BOTH, 9113], version: NOW + 61_000 }))[0], s1],
        61_000,
      ),
      { [SLICE]: sliceOf(), [SLICE + 1]: sliceOf(R1, 1000, ...indexes(2)) },
      61_000,
    ],
  ]
  for (const [name, title, to, slices, at] of accepted)
    theme.add(`changes-${name}`, title, steps(only(to, slices), undefined, at))
  await newLists(theme, issuer, first)
  const whole = { ...toRevoked.documents, [changesUrl(BASE, SLICE)]: sliceOf(R1, LATER, ...indexes(3)) }
  theme.add('changes-wrong-then-lists', 'changes that lead elsewhere, and lists', steps(whole))

  const cut = Buffer.from(good, 'base64url')
  const dropped: readonly (readonly [string, string, string | undefined])[] = [
    ['missing', 'no slice', undefined],
    ['empty', 'nothing', ''],
    ['format', 'another first byte', encodeBase64url(Uint8Array.from([2, ...cut.subarray(1)]))],
    ['cut', 'a slice without its last byte', encodeBase64url(cut.subarray(0, -1))],
    ['more', 'a byte more', encodeBase64url(Uint8Array.from([...cut, 0]))],
    ['padding', 'padding', `${good}=`],
    ['line-feed', 'a line feed at the end', `${good}\n`],
    ['no-base64url', 'no base64url', `*${good.slice(1)}`],
    [
      'long-number',
      'a number that is longer than needed',
      encodeBase64url(Uint8Array.from([1, 0x82, 0, ...cut.subarray(2)])),
    ],
    ['number-2-53', 'a number of 2^53', sliceOf(R1, LATER, 1, 2 ** 53)],
    [
      'number-cut',
      'a number without its end',
      encodeBase64url(Uint8Array.from([...cut.subarray(0, -1), 0x82])),
    ],
    ['past-minute', 'a version of the next minute', sliceOf(R1, 60_000, ...indexes(2))],
    [
      'clear-revoked',
      'entries of revocation that are not set',
      sliceOf(R1, LATER, ...indexes(2), ...indexes(3)),
    ],
    ['beyond', 'an entry beyond the end of the list', sliceOf(R1, LATER, ...indexes(2, 131_072))],
    [
      'unknown-list',
      'a list of which the head says nothing',
      sliceOf(R1, LATER, ...indexes(2), 15, LATER, 0),
    ],
    ['other-list', 'the same change of the other list', sliceOf(S1, LATER, ...indexes(2), 0)],
    ['other-entry', 'another entry', sliceOf(R1, LATER, ...indexes(3))],
    ['entry-more', 'an entry more', sliceOf(R1, LATER, ...indexes(2, 3))],
    ['entry-less', 'an entry less', sliceOf(R1, LATER, 0)],
    ['version', 'another version', sliceOf(R1, LATER - 1, ...indexes(2))],
    ['held-version', 'the version that is held', sliceOf(R1, 0, ...indexes(2))],
    ['nothing', 'no list', sliceOf()],
    ['long', 'more than 65,536 characters', sliceOf(R1, LATER, 49_200, ...Array<number>(49_200).fill(0))],
  ]
  for (const [name, title, text] of dropped) {
    const documents = only(toRevoked, text === undefined ? {} : { [SLICE]: text })
    const refused = steps(documents, 'status_unavailable http_status')
    theme.add(`changes-${name}`, title, refused, { threats: ['PS-02'] }, 'changes')
  }
  const setAndClear = only(await commit([r1, suspended[1]]), {
    [SLICE]: sliceOf(S1, LATER, ...indexes(2), ...indexes(2, SUSPENDED)),
  })
  theme.add(
    'changes-set-and-clear',
    'an entry that is set and is not',
    steps(setAndClear, 'status_unavailable http_status'),
    {},
    'changes-suspensions',
  )
}

/** Of which nothing was set before. */
async function newLists(theme: Theme, issuer: Person, { digest }: Publication): Promise<void> {
  const version = NOW + LATER
  const r2 = await signList(issuer, { url: `${BASE}/r2`, set: [REVOKED], version })
  const s2 = await signList(issuer, { url: `${BASE}/s2`, purpose: 'suspension', version })
  const lists = [...(await pair(issuer)), r2, s2]
  const begun = await publish(issuer, { lists, at: version, seq: 2, prev: digest })
  const slice = sliceOf(R2, LATER, ...indexes(REVOKED), 0, LATER, 0, 0)
  theme.add('changes-new-lists', 'two lists that are new, in one of which an entry is set', [
    { do: 'sync', expected: { verified: true, lists: 2, asOf: AT } },
    {
      do: 'sync',
      at: time(LATER),
      documents: only(begun, { [SLICE]: slice }),
      expected: { verified: true, lists: 4, asOf: time(LATER) },
    },
  ])
}
