import { expect, it } from 'vitest'
import { sample } from './sample.ts'
import { clock } from './scenarios/clock.ts'
import { raceSqlite } from './scenarios/race.ts'
import { raceCascade } from './scenarios/race-cascade.ts'
import { upgrade } from './scenarios/upgrade.ts'

const LIMIT = { timeout: 240_000 }

it(
  'gives no index twice and loses no bit when two processes issue from one list and revoke within the same bytes [ST-03] [ST-04]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, raceSqlite, 1)

    expect(counts).toMatchObject({ 'indexes given twice': 0, 'bits lost': 0, 'bits too many': 0 })
    expect(counts.issues).toBe(1_000)
    expect(counts['revocations acknowledged']).toBeGreaterThan(900)
  },
)

it(
  'leaves nothing alive under an owner who is offboarded while others issue, renew, rotate and register [ST-06]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, raceCascade, 6)

    expect(counts).toMatchObject({ cascades: 12, 'left alive': 0, 'fsck findings': 0 })
    expect(counts['changes acknowledged beside them']).toBeGreaterThan(0)
  },
)

it(
  'signs nothing of a time to come, ends nothing, says so and goes on when the clock jumps by 3 days and by an hour back [ST-12]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, clock, 1)

    expect(counts).toMatchObject({ jumps: 2, recovered: 2, lost: 0 })
    expect(counts['issued meanwhile']).toBeGreaterThan(0)
  },
)

it(
  'keeps every row of an older schema, killed while it brings 1,000 credentials forward, on both databases; an older program refuses them then [ST-14]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, upgrade, 1)

    expect(counts).toMatchObject({ credentials: 1_000, 'refused by an old program': 2, 'fsck findings': 0 })
  },
)
