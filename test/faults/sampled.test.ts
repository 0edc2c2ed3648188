import { expect, it } from 'vitest'
import { sample } from './sample.ts'
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
