import type { Store } from '../../../src/issuer/ports.ts'
import {
  AUTHORITY_KEY,
  addDelegation,
  addOwner,
  context,
  DAY,
  NOW,
  newAgent,
  newEnrolment,
  newOwner,
  newPlan,
  newRun,
  newSubscription,
  newTransmitter,
  ok,
  recordText,
} from './fixtures.ts'

/** Every verb that changes something, with what it needs; each on things of its own. */
export const MUTATIONS: readonly (readonly [action: string, mutate: (store: Store) => Promise<unknown>])[] = [
  ['owner.create', (store) => store.createOwner(newOwner(), context())],
  [
    'agent.create',
    async (store) => store.createAgent(newAgent((await addDelegation(store)).owner), context()),
  ],
  [
    'agent.update',
    async (store) =>
      store.updateAgent((await addDelegation(store)).agent.id, { purpose: 'sorts post' }, context()),
  ],
  [
    'emergency.add',
    (store) => store.addEmergency({ kind: 'owner', name: 'did:key:zA', reason: 'r' }, context()),
  ],
  ['webhook.create', (store) => store.createSubscription(newSubscription(), context())],
  [
    'webhook.update',
    async (store) => {
      const { id } = await ok(store.createSubscription(newSubscription(), context()))
      return store.changeSubscription(id, { state: 'paused' }, context())
    },
  ],
  [
    'webhook.delete',
    async (store) => {
      const { id } = await ok(store.createSubscription(newSubscription(), context()))
      return store.deleteSubscription(id, context())
    },
  ],
  [
    'webhook.redeliver',
    async (store) => {
      const { id } = await ok(store.createSubscription(newSubscription(), context()))
      return store.redeliver(id, undefined, context())
    },
  ],
  [
    'enrolment.create',
    async (store) => store.createEnrolment(newEnrolment((await addDelegation(store)).owner), context()),
  ],
  [
    'enrolment.withdraw',
    async (store) => {
      const enrolment = newEnrolment((await addDelegation(store)).owner)
      await ok(store.createEnrolment(enrolment, context()))
      return store.withdrawEnrolment(enrolment.id, 'r', context())
    },
  ],
  [
    'agent.retire',
    async (store) => {
      const { agent } = await addDelegation(store)
      await ok(store.revokeAgent(agent.id, 'r', context()))
      return store.recordRetirement(agent.id, { trigger: 'risk' }, context())
    },
  ],
  [
    'agent.sign_off',
    async (store) => {
      const { agent } = await addDelegation(store)
      await ok(store.revokeAgent(agent.id, 'r', context()))
      await ok(store.recordRetirement(agent.id, { verified: true }, context()))
      return store.signOffRetirement(agent.id, 'seen', context())
    },
  ],
  [
    'agent.transfer',
    async (store) => {
      const to = (await addOwner(store)).id
      return store.transferAgent((await addDelegation(store)).agent.id, { to, reason: 'r' }, context())
    },
  ],
  [
    'delegation.plan',
    async (store) => {
      const { owner, agent } = await addDelegation(store)
      return store.planCredential(newPlan(owner, agent), context())
    },
  ],
  [
    'delegation.issue',
    async (store) => {
      const { owner, agent } = await addDelegation(store)
      const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))
      return recordText(
        store,
        { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'jwt', keyId: AUTHORITY_KEY },
        context(),
      )
    },
  ],
  [
    'delegation.plan_renewal',
    async (store) => {
      const { id, validUntil } = (await addDelegation(store)).delegation
      const times = { validFrom: NOW, validUntil: NOW + 2 * DAY }
      const plan = { tenant: 'acme', id, previousValidUntil: validUntil, leaseSize: 8, ...times }
      return store.planRenewal(plan, context())
    },
  ],
  [
    'run.register',
    async (store) => store.registerRun(newRun((await addDelegation(store)).delegation), context()),
  ],
  [
    'run.complete',
    async (store) => {
      const { delegation } = await addDelegation(store)
      const { id } = await ok(store.registerRun(newRun(delegation), context()))
      return store.completeRun(id, context())
    },
  ],
  [
    'run.revoke',
    async (store) => {
      const { delegation } = await addDelegation(store)
      const { id } = await ok(store.registerRun(newRun(delegation), context()))
      return store.revokeRun(id, 'r', context())
    },
  ],
  [
    'delegation.revoke',
    async (store) => store.revokeDelegation((await addDelegation(store)).delegation.id, 'r', context()),
  ],
  ['agent.revoke', async (store) => store.revokeAgent((await addDelegation(store)).agent.id, 'r', context())],
  [
    'owner.offboard',
    async (store) => store.offboardOwner((await addDelegation(store)).owner.id, 'r', context()),
  ],
  [
    'lease.revoke',
    async (store) => {
      const { position } = newRun((await addDelegation(store)).delegation)
      return store.revokeLease(position, 'r', {}, context())
    },
  ],
  [
    'agent.suspend',
    async (store) => {
      const { agent } = await addDelegation(store)
      return store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'r', context())
    },
  ],
  [
    'agent.resume',
    async (store) => {
      const target = { kind: 'agent', id: (await addDelegation(store)).agent.id } as const
      await store.placeHold(target, 'admin', 'r', context())
      return store.liftHolds(target, 'admin', context())
    },
  ],
  [
    'agent.rotate',
    async (store) => {
      const { agent } = await addDelegation(store)
      return store.rotateAgentKey({ id: agent.id, did: 'did:key:zNewAgent', endsAt: NOW + DAY }, context())
    },
  ],
  [
    'owner.rotate',
    async (store) => {
      const { owner } = await addDelegation(store)
      return store.rotateOwnerKey({ id: owner.id, did: 'did:key:zNewOwner', endsAt: NOW + DAY }, context())
    },
  ],
  [
    'owner.update',
    async (store) => {
      const { owner } = await addDelegation(store)
      const { id, version } = owner
      return store.updateOwner({ id, version, to: owner, changed: ['team'], replaces: true }, context())
    },
  ],
  ['key.schedule', (store) => store.schedulePartyKeys('owner', 30, context())],
  ['principal.add', (store) => store.addPrincipal('did:key:zNew', 'auditor', context())],
  [
    'principal.remove',
    async (store) => {
      await store.addPrincipal('did:key:zNew', 'auditor', context())
      return store.removePrincipal('did:key:zNew', context())
    },
  ],
  ['transmitter.add', (store) => store.addTransmitter(newTransmitter(), context())],
  [
    'transmitter.remove',
    async (store) => {
      await store.addTransmitter(newTransmitter({ id: 'trm_2' }), context())
      return store.removeTransmitter('trm_2', context())
    },
  ],
]
