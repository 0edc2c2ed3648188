import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent, createLocalSigner, type Did, generateKey } from '../../src/holder/index.ts'
import { run, scratch } from '../cli/run.ts'
import { addOwner, startTestService, type TestService } from '../helpers/issuer-service.ts'
import { delegateTo, read, readsAt, refusedWith, startAgent, startMailService } from './lifecycle-world.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService()
})
afterAll(() => issuer.close())

describe('an agent whose software is brought forward', () => {
  it('is admitted by a service provider that wants the newer version, from its next refresh on [L9]', async () => {
    const mail = await startMailService(issuer, {
      blocked: { software: [{ name: 'mailer', below: '2.1.0' }] },
    })
    const { agent, agentId } = await startAgent(issuer, mail, {
      software: { name: 'mailer', version: '2.0.9' },
    })
    const before = await read(mail, agent)

    await issuer.admin.patch(`/v1/agents/${agentId}`, { software: { name: 'mailer', version: '2.1.0' } })
    const unrefreshed = await read(mail, agent)
    await agent.refresh()

    expect([before, unrefreshed]).toEqual(['not_authorized', 'not_authorized'])
    expect(await read(mail, agent)).toMatchObject({ agent: agentId, kind: 'Agent' })
  })
})

describe('an agent that is given to another owner', () => {
  it('acts for the new owner once they grant, under its own id, and never again for the one before [PD-15]', async () => {
    const mail = await startMailService(issuer)
    const { agent, agentId, caller, owner } = await startAgent(issuer, mail)
    const other = await addOwner(issuer.admin, { entitlements: [readsAt(mail)] })
    const body = { owner: other.id, reason: 'moved to another team' }

    const { status, json } = await issuer.admin.post(`/v1/agents/${agentId}/transfer`, body)

    expect({ status, json }).toMatchObject({
      status: 200,
      json: { agent: { id: agentId, owner: other.id, did: caller.did }, from: owner.id, delegations: 1 },
    })
    await refusedWith(mail, agent, 'revoked')
    const { agent: renewed } = await delegateTo(issuer, mail, agentId, caller)
    expect(await read(mail, renewed)).toMatchObject({ agent: agentId, owner: other.did })
    await issuer.admin.post(`/v1/owners/${owner.id}/offboard`, { reason: 'left' })
    await mail.verifier.sync()
    expect(await read(mail, renewed)).toMatchObject({ agent: agentId })
    await issuer.admin.post(`/v1/owners/${other.id}/offboard`, { reason: 'left' })
    await refusedWith(mail, renewed, 'revoked')
  })
})

describe('an agent that has delegated', () => {
  it('ends what it delegated, registered or not, also after its key was rotated [E6]', async () => {
    const mail = await startMailService(issuer)
    const { agent } = await startAgent(issuer, mail)
    const delegate = async () => {
      const key = await generateKey('Ed25519')
      const to = ((await createLocalSigner(key)).keyId.split('#')[0] ?? '') as Did
      const { chain } = await agent.delegate({ to, grant: [readsAt(mail)], lifetime: '10m' })
      return { chain, helper: await createAgent({ key, chain }) }
    }
    const { chain, helper } = await delegate()
    const other = await delegate()
    await agent.rotateKey({ key: await generateKey('Ed25519') })

    await agent.revoke(chain, 'astray')

    await refusedWith(mail, helper, 'revoked')
    expect(await read(mail, other.helper)).toMatchObject({ kind: 'SubAgent' })
    await expect(other.helper.revoke(other.chain, 'over')).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
    })
  })
})

describe('a helper that nobody registered', () => {
  it('ends its own credential by proving it, with the command line and no role [E6]', async () => {
    const mail = await startMailService(issuer)
    const { agent } = await startAgent(issuer, mail)
    const key = await generateKey('Ed25519')
    const { keyId } = await createLocalSigner(key)
    const to = (keyId.split('#')[0] ?? '') as Did
    const { chain } = await agent.delegate({ to, grant: [readsAt(mail)], lifetime: '10m' })
    const helper = await createAgent({ key, chain })
    const directory = scratch()
    writeFileSync(join(directory, 'chain.json'), JSON.stringify({ chain }))
    const environment = { PROCURA_ISSUER: issuer.url, PROCURA_KEY: JSON.stringify(key) }
    const options = { directory, environment, fetch: (...call: Parameters<typeof fetch>) => fetch(...call) }
    expect(await read(mail, helper)).toMatchObject({ kind: 'SubAgent' })

    const asked = await run(['revoke', 'chain.json'], options)
    const done = await run(['revoke', 'chain.json', '--yes'], options)

    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') })
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^urn:uuid:\S+ is revoked\n$/) })
    await refusedWith(mail, helper, 'revoked')
    expect(await read(mail, agent)).toMatchObject({ kind: 'Agent' })
  })
})
