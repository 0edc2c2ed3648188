import { expect, it } from 'vitest'
import { IssuerApi } from '../../src/cli/issuer-api.ts'
import type { Fetch } from '../../src/core/clock.ts'
import { createIssuerClient } from '../../src/holder/issuer-client.ts'
import { freePort, newSigner } from '../helpers/issuer-service.ts'

async function api(issuer: string, fetch?: Fetch): Promise<IssuerApi> {
  const signer = await newSigner()
  return new IssuerApi(createIssuerClient({ issuer, signer, ...(fetch !== undefined && { fetch }) }))
}

const badGateway: Fetch = async () => new Response('<h1>502 Bad Gateway</h1>', { status: 502 })

it('says of a change that a proxy answered for that it may have been made, and of a read that it can be repeated', async () => {
  const behindProxy = await api('https://id.example', badGateway)
  const error = { code: 'ERR_PROCURA_ISSUER_UNREACHABLE' }

  await expect(behindProxy.post('/v1/owners/own_1/revoke', {})).rejects.toMatchObject({
    ...error,
    message: expect.stringMatching(/status 502\); the change may have been made.*look/),
  })
  await expect(behindProxy.get('/v1/whoami')).rejects.toMatchObject({
    ...error,
    message: expect.stringMatching(/status 502\); repeat it/),
  })
})

it('says of a change that no service was there to make that it can be repeated', async () => {
  const port = await freePort()
  const nobody = await api(`http://127.0.0.1:${port}`)

  await expect(nobody.post('/v1/owners/own_1/revoke', {})).rejects.toThrow(
    new RegExp(
      `could not be reached.*asked at http://127.0.0.1:${port}; does .procura serve. run there.*; repeat it`,
    ),
  )
})
