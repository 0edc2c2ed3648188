import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hostFolder } from '../../src/status/layout.ts'
import { addOwner } from '../helpers/issuer-service.ts'
import { RestoredWorld } from '../server/store/restored-world.ts'
import { run } from './run.ts'

/** A host that shows the files of a folder. */
async function mirrorOf(folder: string): Promise<string> {
  const server = createServer(async ({ url = '/' }, response) => {
    const body = await readFile(join(folder, new URL(url, 'http://mirror').pathname)).catch(() => undefined)
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function restoredWorld(): Promise<RestoredWorld> {
  const world = await RestoredWorld.create()
  const backup = await world.backUp()
  await addOwner(world.admin)
  await world.stop()
  await world.restore(backup)
  return world
}

describe('procura catch-up', () => {
  it('takes over what a mirror shows, says what, and has nothing to do after that', async () => {
    const world = await restoredWorld()
    const mirror = await mirrorOf(join(world.directory, hostFolder(world.origin)))
    const words = ['catch-up', '--published', mirror, '--data', world.place.dataDir, '--yes']
    const done = await run(words, { fetch })
    const again = await run(words, { fetch })

    expect(done.code).toBe(0)
    expect(done.stdout).toMatch(/^acme has caught up with head \d+ of /m)
    expect(done.stdout).toMatch(/burned .*indexes that it had not given/)
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('nothing is to be done')])
    expect((await run(['fsck', '--data', world.place.dataDir])).code).toBe(0)
  }, 60_000)

  it('changes nothing when the place is not said, or shows nothing', async () => {
    const world = await restoredWorld()
    const data = ['--data', world.place.dataDir, '--yes']
    const empty = await mirrorOf(world.place.dataDir)
    const unsaid = await run(['catch-up', ...data])
    const shown = await run(['catch-up', '--published', empty, ...data], { fetch })
    const plain = await run(['catch-up', '--published', 'http://mirror.example', ...data], { fetch })
    const noTime = await run(['catch-up', '--published', world.directory, '--as-of', 'noon', ...data])

    expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining('--published')])
    expect(shown.code).toBeGreaterThan(0)
    expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('must be an https URL')])
    expect([noTime.code, noTime.stderr]).toEqual([2, expect.stringContaining('--as-of')])
    const asOf = ['--as-of', '2026-01-01T00:00:00Z', '--status-key', 'did:web:id.example:status#z6Mk']
    expect((await run(['catch-up', '--published', world.directory, ...asOf, ...data])).code).toBe(0)
  }, 60_000)
})
