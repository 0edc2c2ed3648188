import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { encodeMultikey } from '../../../src/did/multikey.ts'
import { createLocalSigner, generateKey } from '../../../src/securing/vc-jose/local-signer.ts'
import { openPlace } from '../../../src/server/catch-up/published-place.ts'
import { delegateTo, read, refusedWith, startAgent, startMailService } from '../../e2e/lifecycle-world.ts'
import { failure, useDataDirectory } from '../../helpers/data-directory.ts'
import { addOwner } from '../../helpers/issuer-service.ts'
import { openRaw, type RawDatabase } from './raw-database.ts'
import { databaseOf, RestoredWorld, temporaryFolder } from './restored-world.ts'

useDataDirectory()

describe('a registry that was restored from an older backup', () => {
  it('goes on with what the emergency list named since [EL-03]', async () => {
    const world = await RestoredWorld.create()
    const backup = await world.backUp()
    const stolen = { kind: 'owner', name: 'did:key:zStolen', reason: 'stolen' }
    await world.admin.post('/v1/emergency', stolen)
    const place = await openPlace({ directory: world.directory }, world.origin)
    const published = () => place.read('status/acme/emergency', 9999)
    await vi.waitFor(async () => expect(await published()).toBeDefined(), 20_000)
    const before = await published()
    await world.stop()

    await world.restore(backup)
    await world.catchUp()
    await world.start()

    const { items } = (await world.admin.get('/v1/emergency')).json
    expect(items).toMatchObject([{ ...stolen, reason: 'found published' }])
    await vi.waitFor(async () => expect(await published()).not.toBe(before), 20_000)
    const seq = (token = '') => JSON.parse(atob(token.split('.')[1] ?? '')).seq
    expect([seq(before), seq(await published())]).toEqual([1, 2])
  })

  it('starts only after it has caught up, and then loses no revocation, gives no index twice and lives on [L3] [ST-13] [INV3] [INV6] [INV7]', async () => {
    const world = await RestoredWorld.create()
    const { admin } = world
    const mail = await startMailService(world.issuer())
    const [lives, revoked, gone, suspended] = [
      await startAgent(world.issuer(), mail),
      await startAgent(world.issuer(), mail),
      await startAgent(world.issuer(), mail),
      await startAgent(world.issuer(), mail),
    ]
    const backup = await world.backUp()
    const later = await startAgent(world.issuer(), mail)
    const further = await delegateTo(world.issuer(), mail, lives.agentId, lives.caller)
    await admin.post(`/v1/delegations/${revoked.delegation.id}/revoke`, { reason: 'over' })
    await admin.post(`/v1/owners/${gone.owner.id}/offboard`, { reason: 'left' })
    await admin.post(`/v1/agents/${suspended.agentId}/suspend`, { reason: 'odd' })
    await refusedWith(mail, suspended.agent, 'suspended')
    for (const { agent } of [lives, later, further]) expect(await read(mail, agent)).toHaveProperty('agent')
    await world.stop()

    await world.restore(backup)
    expect(await failure(world.start())).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION .*"procura catch-up/)
    const [report] = await world.catchUp()
    expect(report).toMatchObject({
      tenant: 'acme',
      heldOwners: [gone.owner.id],
      suspended: 1,
      unknownKeys: [],
    })
    expect(report?.heldAgents?.toSorted()).toEqual([gone.agentId, revoked.agentId].sort())
    expect(await world.fsck()).toEqual([])
    await world.start()

    await refusedWith(mail, later.agent, 'revoked')
    for (const { agent } of [revoked, gone, further]) expect(await read(mail, agent)).toBe('revoked')
    expect(await read(mail, suspended.agent)).toBe('suspended')
    expect(await read(mail, lives.agent)).toHaveProperty('agent')

    const anew = await delegateTo(world.issuer(), mail, lives.agentId, lives.caller)
    expect((await admin.post(`/v1/agents/${suspended.agentId}/resume`, {})).status).toBe(200)
    await vi.waitFor(
      async () => {
        await mail.verifier.sync()
        expect(await read(mail, anew.agent)).toHaveProperty('agent')
        expect(await read(mail, suspended.agent)).toHaveProperty('agent')
      },
      { timeout: 20_000, interval: 100 },
    )
    const { status, json } = await admin.post('/v1/delegations', { agent: gone.agentId, inherit: true })
    expect([status, json.code]).toEqual([409, 'owner_suspended'])
    expect((await admin.post(`/v1/owners/${gone.owner.id}/offboard`, { reason: 'left' })).status).toBe(200)
    await world.stop()
    expect(await world.fsck()).toEqual([])
  }, 120_000)
})

/** A world that was restored from a backup before an owner was added, with nothing but the registry lost. */
async function restoredWorld(didWeb = false): Promise<RestoredWorld> {
  const world = await RestoredWorld.create(didWeb)
  const backup = await world.backUp()
  await addOwner(world.admin)
  if (didWeb) await world.admin.post('/v1/keys/rotate', { use: 'status', grace: 0 })
  await world.stop()
  await world.restore(backup)
  return world
}

describe('catching up', () => {
  it('changes nothing when the place shows less than was published, what does not verify, or what is of a time to come', async () => {
    const world = await RestoredWorld.create()
    const older = await temporaryFolder()
    const folder = new URL(world.origin).host.replace(':', '_')
    await vi.waitFor(() => stat(join(world.directory, folder, 'status/acme/head')), { timeout: 20_000 })
    await cp(world.directory, older, { recursive: true })
    const backup = await world.backUp()
    await addOwner(world.admin)
    await world.stop()
    await world.restore(backup)

    for (const [what, change, message] of SPOILT) {
      const copy = await temporaryFolder()
      await cp(world.directory, copy, { recursive: true })
      await change(join(copy, folder))
      expect([what, await failure(world.catchUp([{ directory: copy }]))]).toEqual([
        what,
        expect.stringMatching(message),
      ])
    }
    expect(await failure(world.catchUp(undefined, { clock: () => Date.now() - 3_600_000 }))).toContain(
      'a time to come',
    )
    expect(await failure(world.start())).toContain('catch-up')
    const [report] = await world.catchUp([{ directory: older }, { directory: world.directory }])
    expect(report?.tenant).toBe('acme')
    expect(await failure(world.catchUp())).toContain('nothing is to be done')
    await world.restore(await world.backUp())
    await world.catchUp('none')
    await world.start()
    await world.stop()
    expect(await failure(world.catchUp([{ directory: older }]))).toContain(
      'is older than the registry itself',
    )
  }, 120_000)

  it('believes that nothing was done since only when the service had ended before the backup', async () => {
    const world = await RestoredWorld.create()
    const [whileAtWork, owner] = [await world.backUp(), await addOwner(world.admin)]
    await world.stop()
    const atRest = await world.backUp()

    await world.restore(whileAtWork)
    expect(await failure(world.catchUp('none'))).toContain('was at work when the backup was made')
    await world.restore(atRest)
    expect(await world.catchUp('none')).toEqual([{ tenant: 'acme', unknownKeys: [] }])
    await world.start()
    expect((await world.admin.get(`/v1/owners/${owner.id}`)).json.suspended).toBe(false)
    expect(await world.fsck()).toEqual([])
  }, 120_000)

  it('believes a key that the registry does not have when somebody vouches for it, never the place, and publishes forward with its own [KC-03] [ST-16]', async () => {
    const world = await restoredWorld(true)
    const refused = await failure(world.catchUp())
    const key = /--status-key (\S+)$/.exec(refused)?.[1] ?? ''
    const other = await createLocalSigner(await generateKey('Ed25519'))
    const statusKeys = [`${key.split('#')[0]}#${encodeMultikey(other.publicKey)}`]
    expect(refused).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION .*a key that this registry does not have/)
    expect(await failure(world.catchUp(undefined, { statusKeys }))).toBe(refused)
    const [report] = await world.catchUp(undefined, { statusKeys: [key] })
    await world.start()
    const { status } = await world.admin.post('/v1/keys/rotate', { use: 'status', grace: 0 })
    await world.stop()

    expect(report?.unknownKeys).toEqual([expect.stringMatching(/^did:web:.*:status#/)])
    expect(status).toBe(200)
    expect(await world.fsck()).toEqual([])
  }, 120_000)

  it('takes over what is older than an hour only as of a time that somebody says [ST-16]', async () => {
    const world = await restoredWorld()
    const clock = () => Date.now() + 3_700_000
    const refused = await failure(world.catchUp(undefined, { clock }))
    const asOf = Date.parse(/--as-of (\S+)$/.exec(refused)?.[1] ?? '')

    expect(refused).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION the newest head of tenant acme there/)
    expect(await failure(world.catchUp(undefined, { clock, asOf: asOf + 1 }))).toBe(refused)
    expect(await failure(world.catchUp(undefined, { asOf: asOf + 1 }))).toBe(refused)
    expect(await world.catchUp(undefined, { clock, asOf })).toHaveLength(1)
  }, 120_000)

  it.each(['http://mirror.example', 'http://127.0.0.1.example', 'ftp://localhost'])(
    'reads nothing from %s, which others on the way could change',
    async (url) => {
      const answer = await failure(openPlace({ url }, 'https://id.example'))
      expect(answer).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION .*must be an https URL/)
      expect((await openPlace({ url: 'http://127.0.0.1:8080/' }, 'https://id.example')).name).toBe(
        'http://127.0.0.1:8080',
      )
      expect((await openPlace({ url: 'https://mirror.example' }, 'https://id.example')).name).toBe(
        'https://mirror.example',
      )
    },
  )

  it('is done whole or not at all, and can be done again', async () => {
    const world = await restoredWorld()
    const db = await openRaw(databaseOf(world.place))
    const before = await rowsOf(db)
    await db.failAudit('registry.catch_up')
    expect(await failure(world.catchUp())).toMatch(/^ERR_PROCURA_STORAGE /)

    expect(await rowsOf(db)).toEqual(before)
    expect(await failure(world.start())).toContain('catch-up')
    await db.allowAudit()
    expect(await world.catchUp()).toHaveLength(1)
    expect(await rowsOf(db)).not.toEqual(before)
    expect(await world.fsck()).toEqual([])
  }, 120_000)
})

/** What catching up changes first and last. */
async function rowsOf(db: RawDatabase): Promise<object[]> {
  return await db.all(`SELECT (SELECT count(*) FROM restorations) AS marks, (SELECT max(list) FROM lists) AS lists,
    (SELECT count(*) FROM adopted_bits) AS bits, (SELECT max(seq) FROM audit) AS entries, (SELECT max(seq) FROM heads) AS head`)
}

const SPOILT: readonly (readonly [string, (folder: string) => Promise<void>, RegExp])[] = [
  ['no status', (folder) => rm(join(folder, 'status'), { recursive: true }), /has no status.acme.head/],
  ['another head', (folder) => spoil(join(folder, 'status/acme/head')), /its head .*does not verify/],
  [
    'another table',
    (folder) => spoilAll(join(folder, 'status/acme/leaves')),
    /table of lists .*does not verify/,
  ],
  ['another list', (folder) => spoilAll(join(folder, 'status/acme/r1')), /a list .*does not verify/],
  ['no list', (folder) => rm(join(folder, 'status/acme/r1'), { recursive: true }), /has no status.acme.r1/],
]

async function spoil(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, `${text.slice(0, -9)}AAAAAAAA${text.slice(-1)}`)
}

async function spoilAll(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await spoil(join(folder, name))
}
