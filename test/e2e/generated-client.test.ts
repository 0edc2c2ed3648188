import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import type { Signer } from '../../src/model/signer.ts'
import { PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../src/securing/http-signature/sign.ts'
import { compileFiles } from '../helpers/compile-snippets.ts'
import { newCaller, send, startTestService } from '../helpers/issuer-service.ts'

/** What an integrator writes: no path, no type and no status of ours in it but those that the generator made. */
const MAIN_FLOW = `
import * as issuer from './client.ts'

const grant: issuer.Grant = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

export async function mainFlow(baseUrl: string, fetch: typeof globalThis.fetch, did: string) {
  Object.assign(issuer.defaults, { baseUrl, fetch })
  const owner = await issuer.createOwner({ name: 'Support', accountable: 'Ada Lovelace', entitlements: [grant] })
  if (owner.status !== 201) throw new Error(owner.data.code)
  const agent = await issuer.createAgent({ owner: owner.data.id, did, name: 'Triage', purpose: 'sorts mail' })
  if (agent.status !== 201) throw new Error(agent.data.code)
  const delegation = await issuer.createDelegation(
    { agent: agent.data.id, authorizationDetails: [grant] },
    { idempotencyKey: 'morning' },
  )
  if (delegation.status !== 201) throw new Error(delegation.data.code)
  const revoked = await issuer.revokeDelegation(delegation.data.id, { reason: 'done' })
  if (revoked.status !== 200) throw new Error(revoked.data.code)
  const listed = await issuer.listDelegations({ agent: agent.data.id })
  if (listed.status !== 200) throw new Error(listed.data.code)
  const wider = await issuer.createAgent({ owner: 'own_nobody', did, name: 'Triage', purpose: 'sorts mail' })
  return {
    links: delegation.data.chain?.length,
    states: listed.data.items.map(({ id, state }) => ({ mine: id === delegation.data.id, state })),
    refusal: wider.status === 422 ? wider.data.code : undefined,
  }
}
`

/** Signs whatever the client sends, as any HTTP client can be taught to. */
function signingFetch(signer: Signer): typeof fetch {
  return async (input, init = {}) => {
    const text = typeof init.body === 'string' ? init.body : undefined
    const headers = Object.fromEntries(new Headers(init.headers))
    const proof = await signRequest({
      profile: PROCURA_API_PROFILE,
      method: init.method ?? 'GET',
      targetUri: String(input),
      headers,
      signer,
      now: Date.now(),
      random: systemRandom,
      ...(text !== undefined && { body: new TextEncoder().encode(text) }),
    })
    return fetch(input, { ...init, headers: { ...headers, ...proof } })
  }
}

it('a client that somebody else generates from the OpenAPI document compiles, and does the main job', async () => {
  const service = await startTestService()
  onTestFinished(() => service.close())
  mkdirSync('.procura', { recursive: true })
  const scratch = mkdtempSync('.procura/client-')
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }))
  const flow = join(scratch, 'flow.ts')
  const document = join(scratch, 'openapi.json')
  writeFileSync(document, (await send(`${service.url}/openapi.json`)).text)
  const generator = ['node_modules/oazapfts/dist/cli.js', document, join(scratch, 'client.ts')]
  expect(spawnSync(process.execPath, generator, { encoding: 'utf8' })).toMatchObject({ status: 0 })
  writeFileSync(flow, MAIN_FLOW)

  expect(compileFiles([flow])).toBe('')
  const { mainFlow } = await import(/* @vite-ignore */ resolve(flow))
  const { did } = await newCaller(service.url)
  expect(await mainFlow(service.url, signingFetch(service.admin.signer), did)).toEqual({
    links: 2,
    states: [{ mine: true, state: 'revoked' }],
    refusal: 'owner_required',
  })
})
