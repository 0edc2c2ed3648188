import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { StatusLists } from '../../../src/server/vc-api/status-lists.ts'

const HOUR_MS = 3_600_000

function lists() {
  let now = Date.UTC(2026, 0)
  let signed = 0
  const opened = new StatusLists({
    baseUrl: 'https://a.example/lists',
    issuer: 'did:example:issuer',
    clock: () => now,
    random: systemRandom,
    sign: async (credential: JsonObject) => ({ ...credential, proof: ++signed }),
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { opened, pass }
}

describe('the status lists of an instance', () => {
  it('never give an index twice, and go on in a new list when half of one is given', {
    timeout: 60_000,
  }, () => {
    const { opened } = lists()
    const entries = Array.from({ length: 70_000 }, () => opened.allocate(undefined))

    expect(new Set(entries.map(({ id }) => id)).size).toBe(70_000)
    expect(opened.urls).toEqual(['https://a.example/lists/r1', 'https://a.example/lists/r2'])
    expect(
      entries.filter(({ statusListCredential }) => statusListCredential === opened.urls[0]),
    ).toHaveLength(65_536)
  })

  it('are signed once, until something is revoked or an hour has passed', async () => {
    const { opened, pass } = lists()
    opened.allocate('urn:a:1')
    const proofs = [(await opened.credential('r1'))?.proof, (await opened.credential('r1'))?.proof]
    opened.revoke('urn:a:1')
    proofs.push((await opened.credential('r1'))?.proof)
    pass(HOUR_MS)
    proofs.push((await opened.credential('r1'))?.proof)

    expect(proofs).toEqual([1, 1, 2, 3])
  })

  it('revoke only what was given', () => {
    const { opened } = lists()
    const { statusListIndex } = opened.allocate('urn:a:1')
    const url = 'https://a.example/lists/r1'
    const other = (Number(statusListIndex) + 1) % 131_072

    expect([opened.revokeAt(url, other), opened.revoke('urn:a:2'), opened.revokeAt(url, -1)]).toEqual([
      false,
      false,
      false,
    ])
    expect(opened.revokeAt(url, Number(statusListIndex))).toBe(true)
  })
})
