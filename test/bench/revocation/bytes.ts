import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { type Cast, keyCast, webCast } from './cast.ts'
import type { Got } from './counted-site.ts'
import { followChanges } from './day.ts'
import { LargeStatus } from './large-status.ts'
import { etagBytesPerDay } from './plain-lists.ts'
import { CREDENTIALS, PAIRS } from './sizes.ts'
import { headerBytes } from './wire.ts'

const MB = 1e6
const POLLS_PER_DAY = 1440

/** Where one row is compared with another: two hours, twelve times. */
const PART_OF_DAY = 1 / 12

/** Of credentials that live for so long, one in a hundred. */
const REVOCATIONS_PER_DAY = 22_222
const LIFE_DAYS = 45

/** Somebody looks at the middle of the minute, and so asks for what is the mean over all moments; or just after its beginning. */
const MIDDLE_MS = 30_000
const BEGINNING_MS = 500

/** At most so much, in MB. */
const MB_PER_DAY = 0.9

/** Bodies that a verifier in sync gets in a day, looking at head and changes once a minute. */
export async function* bytesRows(progress: Progress, isQuick: boolean): AsyncGenerator<Row> {
  const name = 'bytes_per_day.delta_1min.1e8'
  progress(name)
  const part = isQuick ? PART_OF_DAY : 1
  const got = await perDay(await keyCast(), { phaseMs: MIDDLE_MS, part })
  yield rowOf(name, totalOf(got, 'bytes') / MB, 'MB', { atMost: MB_PER_DAY })
  yield rowOf(`${name}.heads`, (got.get('head')?.bytes ?? 0) / MB, 'MB')
  yield rowOf(`${name}.changes`, (got.get('changes')?.bytes ?? 0) / MB, 'MB')
  yield rowOf(`${name}.requests`, totalOf(got, 'requests'), '1/d')
  progress(`${name}.with_headers`)
  const headers = totalOf(got, 'requests') * (await headerBytes())
  yield rowOf(`${name}.with_headers`, (totalOf(got, 'bytes') + headers) / MB, 'MB')
  yield* otherRows(name, progress)
}

async function* otherRows(name: string, progress: Progress): AsyncGenerator<Row> {
  const part = PART_OF_DAY
  const newPairsPerDay = CREDENTIALS / LIFE_DAYS / STATUS_LIST_ENTRIES
  for (const [key, cast, options] of [
    ['did_web', await webCast(), { phaseMs: MIDDLE_MS, part }],
    ['with_new_lists', await keyCast(), { phaseMs: MIDDLE_MS, part, newPairsPerDay }],
    ['aligned', await keyCast(), { phaseMs: BEGINNING_MS, part }],
  ] as const) {
    progress(`${name}.${key}`)
    yield rowOf(`${name}.${key}`, totalOf(await perDay(cast, options), 'bytes') / MB, 'MB')
  }
  progress('bytes_per_day.peer.etag_5min.1e8')
  const status = statusOf(await keyCast())
  yield rowOf(
    'bytes_per_day.peer.etag_5min.1e8',
    (await etagBytesPerDay(status, { revocationsPerDay: REVOCATIONS_PER_DAY })) / MB,
    'MB',
  )
}

/** What the verifier got in a part of a day, as it would be for all of it. */
async function perDay(
  cast: Cast,
  { part, ...options }: { readonly phaseMs: number; readonly part: number; readonly newPairsPerDay?: number },
): Promise<ReadonlyMap<string, Got>> {
  const polls = POLLS_PER_DAY * part
  const got = await followChanges(statusOf(cast), {
    ...options,
    revocationsPerDay: REVOCATIONS_PER_DAY,
    polls,
  })
  const whole = ({ requests, bytes }: Got): Got => ({ requests: requests / part, bytes: bytes / part })
  return new Map([...got].map(([kind, counted]) => [kind, whole(counted)]))
}

function statusOf(cast: Cast): LargeStatus {
  const status = new LargeStatus({ ...cast, pairs: PAIRS, now: Date.now() })
  for (const [url, document] of cast.documents) status.documents.set(url, document)
  return status
}

function totalOf(got: ReadonlyMap<string, Got>, what: keyof Got): number {
  return [...got.values()].reduce((total, counted) => total + counted[what], 0)
}
