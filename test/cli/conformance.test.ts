import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { createSelfSignedCertificate } from '../../src/server/vc-api/self-signed-certificate.ts'
import { genericCredential } from '../helpers/generic-documents.ts'
import { instanceClient } from '../helpers/vc-api.ts'
import { type RunOptions, run, scratch } from './run.ts'

/** Serves until `use` is done with it. */
async function serving(
  words: readonly string[],
  use: (origin: string) => Promise<void>,
  options: RunOptions = {},
) {
  const ending = new AbortController()
  let used: Promise<void> | undefined
  const outcome = await run(['conformance', 'serve', '--port', '0', '--json', ...words], {
    ...options,
    signal: ending.signal,
    onStdout: (text) => {
      used = use(JSON.parse(text).origin).finally(() => ending.abort())
    },
  })
  await used
  return outcome
}

describe('conformance serve', () => {
  it('serves instances until it is told to end, in the mode that it is told', async () => {
    const { code } = await serving(['--mode', 'compatibility'], async (origin) => {
      const client = await instanceClient(origin, 'eddsa-jcs-2022')

      expect((await client.issue(genericCredential())).status).toBe(201)
      expect((await client.verify(genericCredential())).status).toBe(400)
    })

    expect(code).toBe(0)
  })

  it('asks for the header of the environment', async () => {
    const environment = { PROCURA_VC_API_HEADER: 'X-Key: secret' }
    await serving(
      [],
      async (origin) => {
        const client = await instanceClient(origin, 'vc-jose')

        expect((await client.post('challenges', {})).status).toBe(401)
        expect((await client.post('challenges', {}, { 'x-key': 'secret' })).status).toBe(200)
      },
      { environment },
    )
  })

  it('speaks TLS with a certificate of its own, or with one that it is given', async () => {
    const directory = scratch()
    const tls = createSelfSignedCertificate(['localhost'], Date.now(), systemRandom)
    writeFileSync(join(directory, 'cert.pem'), tls.certificate)
    writeFileSync(join(directory, 'key.pem'), tls.privateKey)
    const origins: string[] = []
    const note = async (origin: string) => void origins.push(origin)
    await serving(['--https'], note)
    await serving(['--cert', 'cert.pem', '--key', 'key.pem'], note, { directory })

    expect(origins.map((origin) => new URL(origin).protocol)).toEqual(['https:', 'https:'])
  })

  it.each<[string, string[], RunOptions['environment']]>([
    ['another mode', ['--mode', 'lenient'], {}],
    ['an origin with a path', ['--origin', 'https://a.example/path'], {}],
    ['a certificate without its key', ['--cert', 'cert.pem'], {}],
    ['a port that is none', ['--port', 'http'], {}],
    ['an address of others, without a header', ['--host', '0.0.0.0'], {}],
    ['a header that is none', [], { PROCURA_VC_API_HEADER: 'secret' }],
  ])('does not start with %s', async (_, words, environment = {}) => {
    const { code, stderr } = await run(['conformance', 'serve', ...words], { environment })

    expect([code, stderr.includes('secret')]).toEqual([2, false])
  })
})
