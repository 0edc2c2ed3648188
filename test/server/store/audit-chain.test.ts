import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/issuer/records.ts'
import { AUDIT_GENESIS, hashAuditEntry, verifyAuditChain } from '../../../src/server/store/audit-chain.ts'

const OPTIONS = { tenant: 'acme' }

function chain(length: number, tenant = 'acme', reason = 'because'): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let seq = 1; seq <= length; seq++) {
    const content = {
      tenant,
      seq,
      at: 1_000 * seq,
      actor: 'did:key:zAdmin',
      role: 'admin',
      action: 'agent.revoke',
      target: `agt_${seq}`,
      ownerId: 'own_1',
      agentId: `agt_${seq}`,
      mode: 'delegated',
      requestId: `req-${seq}`,
      details: { reason },
      prev: entries.at(-1)?.hash ?? AUDIT_GENESIS,
    } as const
    entries.push({ ...content, hash: hashAuditEntry(content) })
  }
  return entries
}

describe('verifyAuditChain', () => {
  it('finds an untouched trail intact and says where it ends', async () => {
    const entries = chain(5)

    expect(await verifyAuditChain(entries, OPTIONS)).toEqual({
      intact: true,
      last: { seq: 5, hash: entries[4]?.hash },
    })
    expect(await verifyAuditChain([], OPTIONS)).toEqual({
      intact: true,
      last: { seq: 0, hash: AUDIT_GENESIS },
    })
  })

  it('goes on from a place that was verified before', async () => {
    const entries = chain(5)
    const from = { seq: 3, hash: entries[2]?.hash ?? '' }

    expect(await verifyAuditChain(entries.slice(3), { ...OPTIONS, from })).toMatchObject({ intact: true })
    expect(await verifyAuditChain(entries.slice(4), { ...OPTIONS, from })).toMatchObject({
      seq: 4,
      problem: 'gap',
    })
  })

  it('reads entries that arrive page by page', async () => {
    async function* paged() {
      for (const entry of chain(3)) yield entry
    }

    expect(await verifyAuditChain(paged(), OPTIONS)).toMatchObject({ intact: true, last: { seq: 3 } })
  })

  it('finds a change of any member of any entry, and names the entry [AL-01]', async () => {
    const members = Object.keys(chain(1)[0] ?? {}) as (keyof AuditEntry)[]
    await fc.assert(
      fc.asyncProperty(fc.nat(5), fc.constantFrom(...members), async (i, member) => {
        const entries = chain(6).map((entry, at) => (at === i ? { ...entry, [member]: 'x' } : entry))

        expect(await verifyAuditChain(entries as AuditEntry[], OPTIONS)).toMatchObject({
          intact: false,
          seq: i + 1,
        })
      }),
    )
  })

  it('finds a changed entry whose hash was made to fit, at the entry after it [AL-01]', async () => {
    const entries = chain(4)
    const { hash: _, ...content } = { ...(entries[1] as AuditEntry), details: { reason: 'another' } }
    entries[1] = { ...content, hash: hashAuditEntry(content) }

    expect(await verifyAuditChain(entries, OPTIONS)).toEqual({
      intact: false,
      seq: 3,
      problem: 'broken_link',
    })
  })

  it.each([
    ['an entry taken out', (entries: AuditEntry[]) => entries.toSpliced(1, 1), 2],
    ['the first entry taken out', (entries: AuditEntry[]) => entries.slice(1), 1],
    ['an entry doubled', (entries: AuditEntry[]) => entries.toSpliced(2, 0, ...entries.slice(1, 2)), 3],
    ['two entries swapped', ([a, b, ...rest]: AuditEntry[]) => [b, a, ...rest] as AuditEntry[], 1],
    [
      'a foreign entry put in',
      (entries: AuditEntry[]) => entries.with(2, chain(3, 'globex')[2] as AuditEntry),
      3,
    ],
  ])('finds %s [AL-01]', async (_, change, seq) => {
    expect(await verifyAuditChain(change(chain(4)), OPTIONS)).toMatchObject({ intact: false, seq })
  })

  it('finds a cut tail only by a checkpoint that was kept elsewhere [AL-01]', async () => {
    const entries = chain(6)
    const checkpoint = { seq: 6, hash: entries[5]?.hash ?? '' }
    const cut = entries.slice(0, 4)

    expect(await verifyAuditChain(cut, OPTIONS)).toMatchObject({ intact: true })
    expect(await verifyAuditChain(cut, { ...OPTIONS, checkpoint })).toEqual({
      intact: false,
      seq: 5,
      problem: 'truncated',
    })
    expect(await verifyAuditChain(entries, { ...OPTIONS, checkpoint })).toMatchObject({ intact: true })
  })

  it('finds a history that was rewritten as a whole by a checkpoint [AL-02]', async () => {
    const checkpoint = { seq: 3, hash: chain(3)[2]?.hash ?? '' }
    const rewritten = chain(5, 'acme', 'nothing happened')

    expect(await verifyAuditChain(rewritten, OPTIONS)).toMatchObject({ intact: true })
    expect(await verifyAuditChain(rewritten, { ...OPTIONS, checkpoint })).toEqual({
      intact: false,
      seq: 3,
      problem: 'rewritten',
    })
  })
})
