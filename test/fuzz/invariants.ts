import { REFUSAL_CODES } from '../../src/refusal.ts'
import { work } from './work.ts'

/** Something that no input may bring about. */
class Violation extends Error {
  override readonly name = 'Violation'
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(what)
}

const DIMENSION = /^[A-Za-z@_][A-Za-z0-9@_.-]{0,63}$/
const CODES: ReadonlySet<unknown> = new Set(REFUSAL_CODES)
/** Of a receipt. */
const PARTS: ReadonlySet<unknown> = new Set(['form', 'signer', 'chain', 'presentation', 'decision'])

/** A refusal is made of codes, names and positions that the code knows; nothing of the input is in it. */
export function checkRefusal(refusal: object): string {
  for (const [name, value] of Object.entries(refusal)) {
    if (name === 'code') check(CODES.has(value), `the code ${String(value)} is none`)
    else if (name === 'dimension')
      check(typeof value === 'string' && DIMENSION.test(value), 'the dimension has text of the input')
    else if (name === 'part') check(PARTS.has(value), `the part ${String(value)} is none`)
    else if (name === 'link')
      check(Number.isInteger(value) && value >= 0 && value < 8, 'the link is no position')
    else check(typeof value === 'boolean', `${name} is no flag`)
  }
  return 'code' in refusal ? String(refusal.code) : ''
}

/** Most signatures of one presentation: four of each link, one of the presenter. */
const MAX_SIGNATURES = 8 * 4 + 1
/** Each byte that is presented is hashed a few times at the most: for its digest, its signature, its disclosures. */
const MAX_HASHES_PER_BYTE = 16
const HASHED_ANYWAY = 64 * 1024

/** What `decide` costs is bounded by what it was given. */
export async function checkWork<T>(bytes: number, decide: () => T | Promise<T>): Promise<T> {
  work.signatures = 0
  work.hashedBytes = 0
  const result = await decide()
  check(work.signatures <= MAX_SIGNATURES, `${work.signatures} signatures were checked`)
  check(
    work.hashedBytes <= HASHED_ANYWAY + MAX_HASHES_PER_BYTE * bytes,
    `${work.hashedBytes} bytes were hashed for ${bytes}`,
  )
  return result
}
