import type { IssuedCredential } from '../../../src/issuer/issued-credential.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import type { Agent, Owner } from '../../../src/issuer/records.ts'
import { readBit } from '../../../src/status/bitstring.ts'
import { Counts } from '../counts.ts'
import { newDatabase, openSeveral, revocationBits } from '../registry-database.ts'
import {
  addAgent,
  addOwner,
  done,
  issue,
  narrow,
  newContext,
  registerRun,
  renew,
  rotateAgent,
  rotateOwner,
  TENANT,
} from '../registry-life.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countFindings } from '../verdicts.ts'

/** Owners whose ends are raced at the same time. */
const LANES = 8

const STORES = 3

/** A whole page: no owner has as much. */
const ALL = { limit: 1_000 }

/** Refusals that whoever comes too late, or at the same time, may get. */
const TOO_LATE =
  /owner_offboarded|agent_ended|delegation_ended|changed_meanwhile|not_found|run_ended|already_registered/

export const raceCascade: Scenario = {
  name: 'race-cascade',
  about:
    'An owner is offboarded while others issue, renew, narrow, rotate, lease and register under it; on each database, one owner a round.',
  needs: ['postgresql'],
  rounds: 1_000,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  for (const kind of ['sqlite', 'postgresql'] as const) {
    const database = await newDatabase(kind, context)
    const stores = await openSeveral(database, STORES, context)
    let left = context.rounds
    const lane = async (): Promise<void> => {
      while (left > 0 && counts.violations() === 0) {
        context.progress(`${kind}: ${left--} owners left`)
        await raceOnce(stores, counts, context)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    context.progress(`${kind}: fsck`)
    await countFindings(counts, database)
  }
  return counts
}

interface Life {
  readonly owner: Owner
  readonly agent: Agent
  readonly delegation: IssuedCredential
}

async function raceOnce(
  stores: readonly Store[],
  counts: Counts,
  { random }: ScenarioContext,
): Promise<void> {
  const one = () => random.pick(stores)
  const life = await begin(one())
  const acts = actsOf(life).map((act) => ({ act, turn: random.below(1_000) }))
  const inOrder = acts.sort((a, b) => a.turn - b.turn)
  const when = random.below(inOrder.length)
  const racing = inOrder.map(async ({ act }, i) => {
    if (i === when) await done(one().offboardOwner(life.owner.id, 'left', newContext()))
    await settle(act(one()), counts)
  })
  await Promise.all(racing)
  counts.add('cascades')
  await countSurvivors(counts, one(), life.owner.id)
}

async function begin(store: Store): Promise<Life> {
  const owner = await addOwner(store)
  await issue(store, { owner })
  const agent = await addAgent(store, owner.id)
  return { owner, agent, delegation: await issue(store, { owner, agent }, { leaseSize: 8 }) }
}

function actsOf({ owner, agent, delegation }: Life): ((store: Store) => Promise<unknown>)[] {
  return [
    (store) => issue(store, { owner }),
    (store) => issue(store, { owner, agent }, { leaseSize: 4 }),
    (store) => issue(store, { owner, agent }, { leaseSize: 4 }),
    (store) => issue(store, { owner, agent }, { leaseSize: 2, predecessorId: delegation.id }),
    (store) => renew(store, delegation),
    (store) => renew(store, delegation),
    (store) => narrow(store, owner),
    (store) => rotateOwner(store, owner.id),
    (store) => rotateAgent(store, agent.id),
    (store) => addAgent(store, owner.id).then((added) => issue(store, { owner, agent: added })),
    (store) => registerRun(store, delegation, 0),
    (store) => registerRun(store, delegation, 1),
    (store) => registerRun(store, delegation, 2).then(({ id }) => store.completeRun(id, newContext())),
  ]
}

async function settle(act: Promise<unknown>, counts: Counts): Promise<void> {
  try {
    await act
    counts.add('changes acknowledged beside them')
  } catch (error) {
    counts.add('changes refused beside them')
    const reason = error instanceof Error ? error.message : String(error)
    if (!TOO_LATE.test(reason)) counts.violate('conduct', reason)
  }
}

async function countSurvivors(counts: Counts, store: Store, ownerId: string): Promise<void> {
  const owner = await store.owner(TENANT, ownerId)
  if (owner?.state !== 'offboarded') counts.violate('INV3', `the owner ${ownerId} is not offboarded`)
  const { items: agents } = await store.agents(TENANT, { ownerId }, ALL)
  const { items: delegations } = await store.delegations(TENANT, { ownerId }, ALL)
  const { items: runs } = await store.runs(TENANT, { ownerId }, ALL)
  const credential = await store.ownerCredential(TENANT, ownerId)
  const alive = [
    ...agents.filter(({ state }) => state === 'active'),
    ...[...delegations, ...(credential === undefined ? [] : [credential])].filter(
      ({ state }) => state !== 'revoked',
    ),
    ...runs.filter(({ state }) => state === 'active'),
  ]
  counts.add('left alive', alive.length)
  for (const { id } of alive) counts.violate('INV3', `${id} lives under the owner ${ownerId}, who is gone`)
  const lists = await revocationBits(store)
  for (const { id, position, state } of [...delegations, ...runs]) {
    const isSet = readBit(lists.get(position.list) ?? new Uint8Array(), position.index) === true
    if (!isSet && state !== 'completed') counts.violate('INV3', `the bit of ${id} is not set`)
  }
}
