import { setTimeout as pause } from 'node:timers/promises'
import type { Verifier } from '../../../dist/verifier/index.js'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import type { BenchPlace } from './issuer.ts'
import { answerOf, expectAnswer, followingVerifier, forge } from './proof.ts'
import type { GrownOwner } from './registry.ts'
import { BenchService } from './service.ts'
import { sizeName } from './sizes.ts'

/** "As one revocation": at most so many times as long, in the median. */
const AS_ONE = 1.5

/** At most so long does anything keep the event loop of the service waiting, in milliseconds. */
const LONGEST_DELAY_MS = 20

/** Between two looks of the verifier, in milliseconds. */
const LOOK_MS = 1

/** Longer than changes are gathered for, in milliseconds. */
const IDLE_MS = 260

/** Revocations of one delegation that the others are compared with; and some before them that do not count. */
const SINGLE = 10
const WARMUP = 3

/**
 * From the commit that ends an owner to the first refusal of a descendant by a verifier that has all lists and looks each
 * millisecond, beside the same for one delegation; and how long the service's event loop waits meanwhile.
 *
 * @param owners The smallest are the most; of the others each is ended.
 */
export async function* effectiveRows(
  place: BenchPlace,
  owners: readonly GrownOwner[],
  progress: Progress,
): AsyncGenerator<Row> {
  progress('cascade.effective')
  const service = await BenchService.start(place)
  const verifier = await followingVerifier(place)
  try {
    const smallest = Math.min(...owners.map(({ descendants }) => descendants))
    const small = owners.filter(({ descendants }) => descendants === smallest)
    await proveVerifier(verifier, small)
    const singles = small.slice(0, SINGLE + WARMUP)
    const times = await endEach(
      { service, verifier },
      singles,
      ({ delegationId }) => `/v1/delegations/${delegationId}/revoke`,
    )
    const one = median(times.slice(WARMUP))
    yield rowOf('cascade.effective.one_revocation', one, 'ms')
    const left = owners.filter((owner) => !singles.includes(owner))
    for (const size of sizesOf(left)) {
      progress(`cascade.effective.${sizeName(size)}`)
      const same = left.filter(({ descendants }) => descendants === size)
      await service.watch()
      const effective = median(
        await endEach({ service, verifier }, same, ({ ownerId }) => `/v1/owners/${ownerId}/offboard`),
      )
      const delay = await service.longestDelay()
      yield rowOf(`cascade.effective.${sizeName(size)}`, effective, 'ms', { atMost: AS_ONE * one })
      yield rowOf(`cascade.${sizeName(size)}.event_loop_max`, delay, 'ms', { atMost: LONGEST_DELAY_MS })
    }
  } finally {
    verifier.close()
    await service.close()
  }
}

function sizesOf(owners: readonly GrownOwner[]): readonly number[] {
  return [...new Set(owners.map(({ descendants }) => descendants))].sort((a, b) => a - b)
}

async function proveVerifier(verifier: Verifier, owners: readonly GrownOwner[]): Promise<void> {
  for (const { chain, agent: person } of owners) {
    const [root = '', link = ''] = chain
    await expectAnswer(verifier, { texts: chain, person }, 'verified')
    await expectAnswer(verifier, { texts: [root, forge(link)], person }, 'signature_invalid')
  }
}

/** Milliseconds from each commit to the first refusal. */
async function endEach(
  { service, verifier }: { readonly service: BenchService; readonly verifier: Verifier },
  owners: readonly GrownOwner[],
  pathOf: (owner: GrownOwner) => string,
): Promise<readonly number[]> {
  const times: number[] = []
  for (const owner of owners) {
    const presented = { texts: owner.chain, person: owner.agent }
    await pause(IDLE_MS)
    await verifier.sync()
    await expectAnswer(verifier, presented, 'verified')
    const committed = service.nextCommit()
    const answered = service.post(pathOf(owner), { reason: 'left' })
    await committed
    while ((await answerOf(verifier, presented)) === 'verified') {
      await pause(LOOK_MS)
      await verifier.sync()
    }
    times.push(Number(process.hrtime.bigint() - (await committed)) / 1e6)
    await expectAnswer(verifier, presented, 'revoked')
    await answered
  }
  return times
}
