import { describe, expect, it, onTestFinished } from 'vitest'
import { keyCast, webCast } from '../bench/revocation/cast.ts'
import { followChanges } from '../bench/revocation/day.ts'
import { Fleet } from '../bench/revocation/fleet.ts'
import { LargeStatus } from '../bench/revocation/large-status.ts'
import { etagBytesPerDay } from '../bench/revocation/plain-lists.ts'
import { ServedIssuer } from '../bench/revocation/world.ts'

/** So many that there is no minute without one. */
const FEW = { revocationsPerDay: 50_000, polls: 3 }

describe('a verifier that looks each minute', () => {
  it.each([
    ['anywhere in the minute', 30_000],
    ['just after it began', 500],
  ])('gets heads and changes and nothing else, %s', async (_, phaseMs) => {
    const status = new LargeStatus({ ...(await keyCast()), pairs: 2, now: Date.now() })

    const got = await followChanges(status, { ...FEW, phaseMs })

    expect([...got.keys()]).toEqual(['head', 'changes'])
    expect(got.get('head')).toMatchObject({ requests: 3 })
    expect(got.get('changes')).toMatchObject({ requests: 6 })
  })

  it('gets nothing else when lists are begun', async () => {
    const status = statusOf(await keyCast())

    const got = await followChanges(status, { ...FEW, newPairsPerDay: 1440, phaseMs: 30_000 })

    expect([...got.keys()]).toEqual(['head', 'changes'])
    expect(status.lists.length).toBeGreaterThan(4)
  })

  it('gets shorter heads of an authority on the web', async () => {
    const [key, web] = [await keyCast(), await webCast()]
    const follow = (cast: typeof key) =>
      followChanges(statusOf(cast), { ...FEW, phaseMs: 30_000 }).then((got) => got.get('head')?.bytes ?? 0)

    expect(await follow(web)).toBeLessThan(await follow(key))
  })
})

it('a reader of plain lists gets each that changed between two looks, once', async () => {
  const [quiet, busy] = [statusOf(await keyCast()), statusOf(await keyCast())]

  const [few, many] = [
    await etagBytesPerDay(quiet, { revocationsPerDay: 1 }),
    await etagBytesPerDay(busy, FEW),
  ]
  expect(few).toBeGreaterThan(0) // lists are signed anew
  expect(many).toBeGreaterThan(few)
})

function statusOf(cast: Awaited<ReturnType<typeof keyCast>>): LargeStatus {
  const status = new LargeStatus({ ...cast, pairs: 2, now: Date.now() })
  for (const [url, document] of cast.documents) status.documents.set(url, document)
  return status
}

it('verifiers in processes of their own refuse what was revoked, each after it accepted it', async () => {
  const issuer = await ServedIssuer.start()
  onTestFinished(() => issuer.close())
  const fleet = await Fleet.start(2, { trust: issuer.place.initialized.trust, push: true })
  onTestFinished(() => fleet.close())
  const granted = await issuer.grant()
  await fleet.watch(granted)
  const watchedAt = process.hrtime.bigint()

  const refused = fleet.refused(granted)
  await issuer.revoke(granted)
  const times = await refused
  expect(times).toHaveLength(2)
  expect(times.filter((at) => at < watchedAt)).toEqual([])
})
