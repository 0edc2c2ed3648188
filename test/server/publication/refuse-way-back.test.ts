import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PublicationPlaces } from '../../../src/server/publication/open-targets.ts'
import { startService } from '../../../src/server/start-service.ts'
import { BUCKET, startBucketServer } from '../../helpers/bucket-server.ts'
import { dataDir, failure, init, origin } from '../../helpers/data-directory.ts'
import { addOwner, adminCaller } from '../../helpers/issuer-service.ts'
import { temporaryFolder } from './targets.ts'

const DATABASE = 'procura.sqlite'

/** Runs the service for a while, with a change of its registry. */
async function work(
  publish: PublicationPlaces,
  initialized: Awaited<ReturnType<typeof init>>,
): Promise<void> {
  const service = await startService({ dataDir, logLevel: 'silent', publish })
  await addOwner(await adminCaller(origin, initialized))
  await service.close()
}

async function start(publish: PublicationPlaces): Promise<string> {
  return await failure(
    startService({ dataDir, logLevel: 'silent', publish }).then((service) => service.close()),
  )
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
