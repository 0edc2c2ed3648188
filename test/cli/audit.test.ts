import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AuditTrail } from '../../src/cli/audit/audit-trail.ts'
import { ChainWatch } from '../../src/cli/audit/chain-watch.ts'
import { readAuditEntry } from '../../src/cli/audit/read-entry.ts'
import { IssuerApi } from '../../src/cli/issuer-api.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { IssuerCall } from '../../src/holder/issuer-client.ts'
import type { AuditEntry } from '../../src/issuer/records.ts'
import { AUDIT_GENESIS, hashAuditEntry } from '../../src/server/store/audit-chain.ts'

/** A trail of so many entries; every third concerns the agent `agt_1`. */
function trailOf(count: number): readonly AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let seq = 1; seq <= count; seq++) {
    const content: Omit<AuditEntry, 'hash'> = {
      tenant: 'acme',
      seq,
      at: seq * 1000,
      actor: 'did:key:z6MkAdmin',
      role: 'admin',
      action: 'agent.create',
      target: `agt_${seq}`,
      ...(seq % 3 === 0 ? { agentId: 'agt_1' } : {}),
      requestId: 'r',
      details: {},
      prev: entries.at(-1)?.hash ?? AUDIT_GENESIS,
    }
    entries.push({ ...content, hash: hashAuditEntry(content) })
  }
  return entries
}

/** The API over a trail, and how often it was called. */
function apiOf(entries: readonly AuditEntry[]): { readonly api: IssuerApi; readonly calls: IssuerCall[] } {
  const calls: IssuerCall[] = []
  const api = new IssuerApi({
    issuer: 'https://id.example/',
    call: async (call) => {
      calls.push(call)
      const { limit = 50, after = 0, agent } = call.query ?? {}
      const left = entries.filter(({ seq, agentId }) => seq > Number(after) && (agent ?? agentId) === agentId)
      const items = left.slice(0, Number(limit))
      const next = left.length > items.length ? { next: String(items.at(-1)?.seq) } : {}
      return { status: 200, text: '', json: { items, ...next } as unknown as JsonObject }
    },
  })
  return { api, calls }
}

function seqs(entries: readonly AuditEntry[]): readonly number[] {
  return entries.map(({ seq }) => seq)
}

describe('AuditTrail', () => {
  it('finds the last entries of a trail of any length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.integer({ min: 1, max: 30 }), async (length, count) => {
        const { api } = apiOf(trailOf(length))

        const last = await new AuditTrail(api, {}).last(count)

        const wanted = Array.from(
          { length: Math.min(length, count) },
          (_, i) => length - Math.min(length, count) + i + 1,
        )
        expect(seqs(last)).toEqual(wanted)
      }),
      { numRuns: 40 },
    )
  })

  it('finds the last entries of one agent', async () => {
    const { api } = apiOf(trailOf(100))

    expect(seqs(await new AuditTrail(api, { agent: 'agt_1' }).last(3))).toEqual([93, 96, 99])
  })

  it('reads few pages of a long trail', async () => {
    const { api, calls } = apiOf(trailOf(5000))

    await new AuditTrail(api, {}).last(20)

    expect(calls.length).toBeLessThan(40)
  })

  it('reads everything after an entry, page by page', async () => {
    const { api } = apiOf(trailOf(450))
    const found: AuditEntry[] = []
    for await (const entry of new AuditTrail(api, {}).after(10)) found.push(entry)

    expect([found.length, found[0]?.seq, found.at(-1)?.seq]).toEqual([440, 11, 450])
  })

  it('refuses an answer that is no audit trail', async () => {
    const api = new IssuerApi({
      issuer: 'https://id.example/',
      call: async () => ({ status: 200, text: '', json: { items: [{ seq: '1' }] } }),
    })

    await expect(new AuditTrail(api, {}).last(1)).rejects.toMatchObject({ code: 'unusable_answer' })
  })
})

describe('ChainWatch', () => {
  it('finds a whole trail intact, and says from where to where', () => {
    const watch = new ChainWatch(true)
    for (const entry of trailOf(3)) expect(watch.look(entry)).toBeUndefined()

    expect(watch.conclusion()).toBe('Hash chain intact over entries 1 to 3; from the beginning')
  })

  it('says what it has not seen of a part', () => {
    const watch = new ChainWatch(true)
    for (const entry of trailOf(5).slice(3)) watch.look(entry)

    expect(watch.conclusion()).toBe(
      'Hash chain intact over entries 4 to 5; nothing before entry 4 was looked at',
    )
  })

  it.each([
    [
      'a changed entry',
      (entries: AuditEntry[]) => entries.with(1, { ...entries[1], action: 'x' } as AuditEntry),
      'hash_mismatch',
    ],
    ['a missing entry', (entries: AuditEntry[]) => entries.toSpliced(1, 1), 'gap'],
    ['two entries in the wrong order', ([a, b, c]: AuditEntry[]) => [a, c, b] as AuditEntry[], 'gap'],
    [
      'an entry of another history',
      (entries: AuditEntry[]) => entries.with(1, forged(entries)),
      'broken_link',
    ],
    [
      'an entry of another tenant',
      (entries: AuditEntry[]) => entries.with(1, foreign(entries)),
      'foreign_tenant',
    ],
  ])('finds %s [A2]', (_, change, problem) => {
    const watch = new ChainWatch(true)
    const found = change([...trailOf(3)]).map((entry) => watch.look(entry)?.problem)

    expect(found.find((each) => each !== undefined)).toBe(problem)
    expect(watch.conclusion()).toContain('BROKEN')
    expect(watch.conclusion()).toContain(problem)
  })

  it('says of a filtered trail that it has gaps, and still finds a changed entry', () => {
    const watch = new ChainWatch(false)
    const entries = trailOf(9).filter(({ agentId }) => agentId !== undefined)
    for (const entry of entries) expect(watch.look(entry)).toBeUndefined()
    expect(watch.conclusion()).toContain('3 entries unchanged')

    expect(watch.look({ ...trailOf(12)[11], target: 'x' } as AuditEntry)?.problem).toBe('hash_mismatch')
  })

  it('says when there is nothing', () => {
    expect(new ChainWatch(true).conclusion()).toBe('There is no entry.')
  })
})

function forged([, entry]: readonly AuditEntry[]): AuditEntry {
  const { hash: _, ...content } = { ...(entry as AuditEntry), prev: AUDIT_GENESIS }
  return { ...content, hash: hashAuditEntry(content) }
}

function foreign([, entry]: readonly AuditEntry[]): AuditEntry {
  const { hash: _, ...content } = { ...(entry as AuditEntry), tenant: 'other' }
  return { ...content, hash: hashAuditEntry(content) }
}

describe('readAuditEntry', () => {
  it('keeps members that it does not know, so that their hash fits', () => {
    const [entry] = trailOf(1)
    const json = { ...entry, later: true } as unknown as JsonObject

    expect(readAuditEntry(json)).toHaveProperty('later', true)
  })
})
