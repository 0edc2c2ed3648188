import { expect, it } from 'vitest'
import { sample } from './sample.ts'
import { serviceKills } from './scenarios/service-kills.ts'
import { signals } from './scenarios/signals.ts'
import { storeKills } from './scenarios/store-kills.ts'

const LIMIT = { timeout: 240_000 }

it(
  'keeps all that it acknowledged, killed under load [ST-01] [ST-02] [ST-06] [PD-24] [AL-04]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, storeKills, 5)

    expect(counts).toMatchObject({ kills: 5, lost: 0, 'fsck findings': 0 })
    expect(counts['changes acknowledged']).toBeGreaterThan(500)
    expect(counts['of these revocations']).toBeGreaterThan(50)
  },
)

it(
  'serves on after kills of the service, while it is read by somebody who believes nothing [ST-01] [ST-02]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, serviceKills, 2)

    expect(counts).toMatchObject({ lost: 0, 'fsck findings': 0, verdicts: expect.any(Number) })
  },
)

it('ends in good order when a signal comes under load, twice, or while it starts', LIMIT, async (ctx) => {
  const counts = await sample(ctx, signals, 3)

  expect(counts).toMatchObject({
    'signals under load': 1,
    'signals twice in a row': 1,
    'signals while it starts': 1,
    lost: 0,
    'fsck findings': 0,
  })
})
