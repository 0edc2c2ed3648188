/*
 * What a vector is, in the files of this folder and on the wire of the command protocol (README.md). Times are
 * ISO 8601 texts in UTC with milliseconds.
 */

/** One file: vectors of one theme, with what they have in common. */
export interface VectorFile {
  readonly theme: string
  /** What the theme is about, in a sentence. */
  readonly about: string
  readonly common: Partial<VectorSetting>
  readonly cases: readonly VectorCase[]
}

/** Who verifies, when, and what can be fetched at that time. */
export interface VectorSetting {
  readonly at: string
  /** Options of a verifier, as JSON; absent where none is needed. */
  readonly verifier: Readonly<Record<string, unknown>>
  readonly documents: VectorDocuments
}

/** By URL. A text is an answer of 200; what is not here is 404. */
export type VectorDocuments = Readonly<Record<string, VectorDocument>>

export type VectorDocument =
  | string
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** One vector. `at` replaces what the file has in common, `verifier` and `documents` are laid over it; null takes away. */
export interface VectorCase {
  /** `theme/name`, stable. */
  readonly id: string
  /** What is presented, in a sentence. */
  readonly title: string
  /** Threats of docs/threat-model.md that it shows. */
  readonly threats?: readonly string[]
  /** Of one that ends in a refusal: the id of an accepted one that differs in nothing but what is at fault. */
  readonly control?: string
  readonly at?: string
  readonly verifier?: Readonly<Record<string, unknown>>
  readonly documents?: Readonly<Record<string, VectorDocument | null>>
  /** Taken in order by one verifier. */
  readonly steps: readonly (VectorStep & { readonly expected: Expected })[]
}

/** What changes before a step. */
interface Change {
  readonly at?: string
  /** Laid over what was there before; null takes away. The verifier then looks at every head once. */
  readonly documents?: Readonly<Record<string, VectorDocument | null>>
}

export interface VectorAsk {
  readonly action: string
  readonly identifier?: string
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly clientAddress?: string
}

/** A request as it was received; names of fields in lower case. */
export interface VectorRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** UTF-8. */
  readonly body?: string
}

/** What is done, and with what. */
export type VectorStep = Change &
  (
    | { readonly do: 'verify'; readonly request: VectorRequest; readonly ask: VectorAsk }
    | {
        readonly do: 'token'
        readonly token: string
        readonly request?: { readonly method: string; readonly params?: Readonly<Record<string, unknown>> }
        readonly target?: string
        readonly ask: VectorAsk
      }
    | {
        readonly do: 'presentation'
        readonly presentation: string
        readonly challenge: string
        readonly target?: string
        readonly ask: VectorAsk
      }
    | { readonly do: 'upload'; readonly request: VectorRequest }
    | { readonly do: 'sync' }
    | { readonly do: 'bundle'; readonly bundle: string; readonly did: string }
    | { readonly do: 'kept'; readonly text: string }
    | { readonly do: 'bitstring'; readonly encodedList: string }
    | {
        readonly do: 'list'
        readonly token: string
        readonly url: string
        readonly purpose: 'revocation' | 'suspension'
        readonly statusIssuer: string
      }
    | { readonly do: 'head'; readonly token: string; readonly held?: string; readonly statusIssuer: string }
    | { readonly do: 'leaf_table'; readonly table: string; readonly root: string }
    | { readonly do: 'did'; readonly did: string }
  )

/** What is expected. An accepted step has to say at least this; of a refusal see {@link ExpectedRefusal}. */
export type Expected = ExpectedRefusal | (Readonly<Record<string, unknown>> & { readonly verified: true })

/**
 * A refusal: `code`, `link`, `inherited` and `authenticated` have to be equal, absent ones absent. `dimension` is
 * compared where both have one: it is for people, and an implementation may have other names for it.
 */
export interface ExpectedRefusal {
  readonly verified: false
  readonly code: string
  readonly link?: number
  readonly dimension?: string
  readonly inherited?: true
  readonly authenticated?: true
}

/** What an implementation is given of a vector: everything but what is expected. */
export interface VectorQuestion extends Partial<VectorSetting> {
  readonly id: string
  readonly at: string
  readonly steps: readonly VectorStep[]
}

/** What it answers for each step. */
export type Outcome = Readonly<Record<string, unknown>> & { readonly verified: boolean }

export interface VectorAnswer {
  readonly id: string
  readonly outcomes: readonly Outcome[]
}

/** What an implementation is asked: the vector with what its file has in common, without what is expected. */
export function questionOf(file: Pick<VectorFile, 'common'>, vector: VectorCase): VectorQuestion {
  const { common } = file
  const at = vector.at ?? common.at ?? '1970-01-01T00:00:00.000Z'
  const verifier = common.verifier && laidOver(common.verifier, vector.verifier)
  const documents = common.documents && laidOver(common.documents, vector.documents)
  const steps = vector.steps.map(({ expected: _, ...step }) => step)
  return {
    id: vector.id,
    at,
    ...(verifier === undefined ? {} : { verifier }),
    ...(documents === undefined ? {} : { documents }),
    steps,
  }
}

/** `changes` over `base`; null takes away. */
export function laidOver<T>(
  base: Readonly<Record<string, T>>,
  changes: Readonly<Record<string, T | null>> = {},
): Record<string, T> {
  const kept = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null)
  return Object.fromEntries(kept) as Record<string, T>
}

/** How an answer differs from what is expected, each in a line; none when it does not. */
export function differencesOf(vector: VectorCase, answer: VectorAnswer): string[] {
  if (answer.id !== vector.id) return [`answers ${answer.id}`]
  if (!Array.isArray(answer.outcomes) || answer.outcomes.length !== vector.steps.length)
    return [`has ${vector.steps.length} steps, not ${answer.outcomes?.length}`]
  return vector.steps.flatMap(({ expected }, i) => {
    const outcome = answer.outcomes[i]
    if (outcome !== undefined && agrees(expected, outcome)) return []
    return [`step ${i + 1}: expected ${JSON.stringify(expected)}, answered ${JSON.stringify(outcome)}`]
  })
}

function agrees(expected: Expected, outcome: Outcome): boolean {
  if (expected.verified) return includes(outcome, expected)
  const isSame =
    outcome.verified === false &&
    outcome.code === expected.code &&
    outcome.link === expected.link &&
    (outcome.inherited === true) === (expected.inherited === true) &&
    (outcome.authenticated === true) === (expected.authenticated === true)
  const dimensions = new Set([outcome.dimension, expected.dimension].filter((name) => name !== undefined))
  return isSame && dimensions.size <= 1
}

/** Whether `value` says all that `part` says; lists have to be equal in length. */
function includes(value: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return value === part
  if (typeof value !== 'object' || value === null || Array.isArray(part) !== Array.isArray(value))
    return false
  if (Array.isArray(part) && part.length !== (value as unknown[]).length) return false
  return Object.entries(part).every(([name, item]) =>
    includes((value as Readonly<Record<string, unknown>>)[name], item),
  )
}
