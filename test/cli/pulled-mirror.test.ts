import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { pullStatus } from '../../src/cli/status/pull-status.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { MirrorHost } from '../helpers/mirror-host.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

it('what one service provider has pulled, behind any web server, is a mirror for another', async () => {
  const world = await World.create()
  const directory = mkdtempSync(join(tmpdir(), 'pulled-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const { fetch } = world.site
  const pull = () => pullStatus(world.trust, { directory, fetch, clock: world.clock })
  await pull()
  const host = await MirrorHost.start()
  host.answer = (path, response) => {
    const file = join(directory, path)
    response.writeHead(existsSync(file) ? 200 : 404).end(existsSync(file) ? readFileSync(file) : '')
  }
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [{ ...world.trust, mirrors: [`${host.url}id.example/status/acme/`] }],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    // The issuer is out of reach from here.
    fetch: (input, init) =>
      String(input).startsWith(host.url) ? globalThis.fetch(input, init) : Promise.reject(new Error('down')),
  })
  const decide = async () =>
    verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' })
  await verifier.sync()
  expect(await decide()).toMatchObject({ verified: true })

  world.site.set('revocation', 2)
  world.now += 60_000
  await world.site.publish()
  await pull()
  await verifier.sync()

  expect(await decide()).toMatchObject({ refusal: { code: 'revoked' } })
})
