import { populationOf, type Range } from './assumptions.ts'
import { type Encodings, encodingsOf } from './encodings.ts'
import { rounded } from './numbers.ts'
import { STRETCH_MS, signingsOf } from './signings.ts'
import { lookCosts, type Published, pushedBytes, type Way } from './ways.ts'

const DAY_SECONDS = 86_400

/** What one verifier gets in a day, from all authorities together. */
export interface Daily {
  readonly requests: number
  readonly bytes: number
}

/** What one population takes, and what is in the way of it. */
export interface Figures {
  readonly credentials: number
  readonly revokedPart: number
  readonly authorities: number
  readonly lists: number
  readonly revocationsPerDay: number
  /** In bytes, of one authority. */
  readonly sizes: Omit<Encodings, 'head'> & { readonly head: number }
  readonly polled: readonly ({ readonly pollSeconds: number } & Readonly<Record<Way, Daily>>)[]
  readonly pushed: Daily
}

/** The same for the same range, but for what the compressor of the platform makes of the lists. */
export async function simulate(range: Range): Promise<readonly Figures[]> {
  const figures: Figures[] = []
  for (const credentials of range.credentials)
    for (const part of range.revokedParts) figures.push(await figuresOf(credentials, part, range.pollSeconds))
  return figures
}

async function figuresOf(
  credentials: number,
  revokedPart: number,
  polls: readonly number[],
): Promise<Figures> {
  const population = populationOf(credentials, revokedPart)
  const { authorities, pairs, revocationsPerDay } = population
  const encodings = await encodingsOf(population)
  const { head, leafTable, revocation, suspension } = encodings
  const published = {
    population,
    encodings,
    signings: signingsOf(population, `${credentials} ${revokedPart}`),
  }
  const pushed = (pushedBytes(published) * authorities * DAY_SECONDS * 1000) / STRETCH_MS
  return {
    credentials,
    revokedPart,
    authorities,
    lists: 2 * pairs * authorities,
    revocationsPerDay: rounded(revocationsPerDay * authorities),
    sizes: { head: head.length, leafTable, revocation, suspension },
    polled: polls.map((pollSeconds) => polledDaily(published, pollSeconds)),
    pushed: { requests: 0, bytes: rounded(pushed) },
  }
}

function polledDaily(published: Published, pollSeconds: number): Figures['polled'][number] {
  const { authorities } = published.population
  const looks = (authorities * DAY_SECONDS) / pollSeconds
  const { plain, etag, leaves, changes } = lookCosts(published, pollSeconds)
  const daily = ({ requests, bytes }: Daily) => ({
    requests: rounded(requests * looks),
    bytes: rounded(bytes * looks),
  })
  return {
    pollSeconds,
    plain: daily(plain),
    etag: daily(etag),
    leaves: daily(leaves),
    changes: daily(changes),
  }
}
