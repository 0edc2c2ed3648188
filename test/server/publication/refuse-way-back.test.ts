import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PublicationPlaces } from '../../../src/server/publication/open-targets.ts'
import { refuseWayBack } from '../../../src/server/publication/refuse-way-back.ts'
import { startService } from '../../../src/server/start-service.ts'
import { hostFolder } from '../../../src/status/layout.ts'
import { BUCKET, startBucketServer } from '../../helpers/bucket-server.ts'
import { dataDir, failure, init, origin, useDataDirectory } from '../../helpers/data-directory.ts'
import { addOwner, adminCaller, type Caller } from '../../helpers/issuer-service.ts'
import { PublishingStore, publishingIssuer, TENANT } from '../../issuer/publishing-store.ts'
import { openTestBucket, temporaryFolder } from './targets.ts'

useDataDirectory()

const DATABASE = 'procura.sqlite'

/** Runs the service for a while, with a change of its registry. */
async function work(
  publish: PublicationPlaces,
  initialized: Awaited<ReturnType<typeof init>>,
  change: (admin: Caller) => Promise<unknown> = addOwner,
): Promise<void> {
  const service = await startService({ dataDir, logLevel: 'silent', publish })
  await change(await adminCaller(origin, initialized))
  await service.close()
}

/** In an emergency: the key before is revoked, and its successor signs at once. */
async function rotateStatusKey(admin: Caller): Promise<void> {
  const { status } = await admin.post('/v1/keys/rotate', { use: 'status', grace: 0 })
  expect(status).toBe(200)
}

async function start(publish: PublicationPlaces): Promise<string> {
  return await failure(
    startService({ dataDir, logLevel: 'silent', publish }).then((service) => service.close()),
  )
}

/** The head by a key that nobody has, of a number that is higher by `ahead`. */
function forge(head: string, ahead: number): string {
  const [header = '', payload = '', signature = ''] = head.split('.')
  const change = (part: string, changed: (json: { kid: string; seq: number; root: string }) => object) => {
    const json = JSON.parse(Buffer.from(part, 'base64url').toString())
    return Buffer.from(JSON.stringify({ ...json, ...changed(json) })).toString('base64url')
  }
  const forged = change(header, ({ kid }) => ({ kid: `${kid}-later` }))
  return [forged, change(payload, ({ seq, root }) => ({ seq: seq + ahead, prev: root })), signature].join('.')
}

describe('a service on a restored backup', () => {
  it.each<[string, () => Promise<PublicationPlaces>]>([
    ['a directory', async () => ({ directory: await temporaryFolder() })],
    [
      'a bucket',
      async () => {
        const { endpoint } = await startBucketServer()
        return { bucket: { bucket: BUCKET, endpoint, accessKeyId: 'a', secretAccessKey: 'b' } }
      },
    ],
  ])('does not start when %s shows a newer status, and starts on the newest copy [INV6]', async (_, open) => {
    const places = await open()
    const initialized = await init()
    const [file, copies] = [join(dataDir, DATABASE), await temporaryFolder()]
    await work(places, initialized)
    await copyFile(file, join(copies, 'older'))
    await work(places, initialized)
    await copyFile(file, join(copies, 'newest'))

    await copyFile(join(copies, 'older'), file)
    expect(await start(places)).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION the registry is an old copy: .*newer backup/,
    )
    expect(await start(places)).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION /)

    await copyFile(join(copies, 'newest'), file)
    expect(await start(places)).toBe('none')
  })

  it('does not start when what a directory shows is signed with a later key than it has [INV6]', async () => {
    const places = { directory: await temporaryFolder() }
    const initialized = await init({ didWeb: true })
    const [file, copy] = [join(dataDir, DATABASE), join(await temporaryFolder(), 'older')]
    await work(places, initialized)
    await copyFile(file, copy)
    await work(places, initialized, rotateStatusKey)

    await copyFile(copy, file)
    expect(await start(places)).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION .*by a key that the registry never had.*"procura catch-up".*remove status\/acme\/head there/,
    )
  })

  it.each([
    ['unsigned garbage, with a did:web', true, () => 'not a head'],
    ['a head by an unknown key that claims no more, with a did:web', true, (head: string) => forge(head, 0)],
    ['a head by a key that a did:key cannot have', false, (head: string) => forge(head, 1_000)],
  ])('starts when somebody wrote %s, and shows its own head again', async (_, didWeb, spoil) => {
    const directory = await temporaryFolder()
    const initialized = await init({ didWeb })
    await work({ directory }, initialized)
    const file = join(directory, hostFolder(origin), 'status/acme/head')
    const forged = spoil(await readFile(file, 'utf8'))
    await writeFile(file, forged)

    expect(await start({ directory })).toBe('none')
    expect(await readFile(file, 'utf8')).not.toBe(forged)
  })

  it('starts again when a head by an unknown key of a did:web was removed', async () => {
    const directory = await temporaryFolder()
    const initialized = await init({ didWeb: true })
    await work({ directory }, initialized)
    const file = join(directory, hostFolder(origin), 'status/acme/head')
    await writeFile(file, forge(await readFile(file, 'utf8'), 1_000))

    expect(await start({ directory })).toMatch(/ somebody else wrote it: remove status\/acme\/head there/)
    await rm(file)
    expect(await start({ directory })).toBe('none')
  })

  it('starts on a copy that revoked the key of what a directory shows', async () => {
    const places = { directory: await temporaryFolder() }
    const initialized = await init({ didWeb: true })
    await work(places, initialized)
    await work({}, initialized, rotateStatusKey)

    expect(await start(places)).toBe('none')
  })

  it('waits for a target that does not answer once, not once for each tenant', async () => {
    const server = await startBucketServer()
    server.fault = 'cut'
    const seen: string[] = []
    const tenants = async () => [TENANT, { ...TENANT, id: 'globex' }]
    const plain = publishingIssuer(new PublishingStore(), Date.now)
    const issuer = { ...plain, store: { ...plain.store, tenants } }
    const log = pino({}, { write: (line: string) => seen.push(line) })
    await refuseWayBack(issuer, [await openTestBucket(server)], log)

    expect(seen).toHaveLength(1)
  })

  it('starts when a target does not answer', async () => {
    const server = await startBucketServer()
    server.fault = 'cut'
    onTestFinished(() => {
      server.fault = undefined
    })
    await init()

    expect(
      await start({
        bucket: { bucket: BUCKET, endpoint: server.endpoint, accessKeyId: 'a', secretAccessKey: 'b' },
      }),
    ).toBe('none')
  })
})
