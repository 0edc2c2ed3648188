import { expect, it } from 'vitest'
import { bitsDigest, createBits, writeBit } from '../../src/status/bitstring.ts'
import { FRESHNESS_SECONDS } from '../../src/status/freshness.ts'
import type { Head } from '../../src/status/head.ts'
import type { SignedBits } from '../../src/status/open-status-list.ts'
import { HeldStatus } from '../../src/verifier/held-status.ts'
import { StapledStatus } from '../../src/verifier/stapled-status.ts'

const STATUS_ISSUER = 'did:web:id.example'
const LIST = 'https://id.example/status/acme/r1'
const NOW = 1_800_000_000_000

function headOf(seq: number, keyThumbprint: string): Head {
  const claims = { seq, iatMs: NOW + seq, prev: `d${seq - 1}`, root: '', emergency: null, heartbeat: 10 }
  return { ...claims, statusIssuer: STATUS_ISSUER, digest: `d${seq}`, keyThumbprint, token: '' }
}

function listOf(version: number, keyThumbprint: string, revoked: readonly number[]): SignedBits {
  const bits = createBits()
  for (const index of revoked) writeBit(bits, index, true)
  const said = { url: LIST, purpose: 'revocation', statusIssuer: STATUS_ISSUER } as const
  return { ...said, version, keyThumbprint, validUntil: NOW + 60_000, bits, bitsDigest: bitsDigest(bits) }
}

it('goes by the newest head that was brought for a list, when an older one comes after it', () => {
  let now = NOW
  const held = new HeldStatus(() => undefined)
  const stapled = new StapledStatus({ held, clock: () => now, onAlarm: () => undefined })
  held.keepKeys(STATUS_ISSUER, new Set(['one']))
  stapled.take(headOf(2, 'one'), [listOf(NOW, 'one', [2])])
  expect(stapled.take(headOf(1, 'one'), [listOf(NOW, 'one', [2])])).toBe(false)

  now = NOW + 2 + FRESHNESS_SECONDS.routine * 1000
  stapled.forgetOld()
  expect(stapled.view).toBeDefined()
  now += 1
  stapled.forgetOld()

  expect(stapled.view).toBeUndefined()
})

it('forgets what a key said that left the document, and keeps what the others said', () => {
  const held = new HeldStatus(() => undefined)
  const stapled = new StapledStatus({ held, clock: () => NOW, onAlarm: () => undefined })
  const revoked = () => [2, 3].map((index) => stapled.view?.list(LIST, STATUS_ISSUER)?.read(index))
  held.keepKeys(STATUS_ISSUER, new Set(['one', 'two']))
  stapled.take(headOf(1, 'one'), [listOf(NOW, 'one', [2])])
  stapled.take(headOf(2, 'two'), [listOf(NOW + 1, 'two', [3])])
  expect(revoked()).toEqual([true, true])

  held.keepKeys(STATUS_ISSUER, new Set(['two']))

  expect(revoked()).toEqual([false, true])
})
