import { beforeEach, describe, expect, it } from 'vitest'
import { requireDelegation } from '../../src/adapters/fetch/index.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, type PresentOptions, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
  verifier = createVerifier({ ...options, fetch: world.site.fetch, clock: world.clock })
  await verifier.sync()
})

async function request(options: PresentOptions = {}): Promise<Request> {
  const { method = 'GET', target = '/inbox', body } = options
  const presented = await world.present(await world.agentChain(), options)
  const headers = new Headers()
  for (const name of ['agent-delegation', 'signature', 'signature-input', 'content-digest', 'content-type']) {
    const value = presented.header(name)
    if (value !== undefined) headers.set(name, value)
  }
  const content = body === undefined ? {} : { body: new Uint8Array(body) }
  return new Request(`https://mail.example${target}`, { method, headers, ...content })
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the fetch-style gate', () => {
  it('calls the handler with who acts [S5]', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, (_, { agent }) =>
      Response.json({ agent }),
    )

    expect(await (await gate(await request())).json()).toEqual({ agent: 'agt_mailer' })
  })

  it('never calls the handler for a refused request', async () => {
    let called = false
    const gate = requireDelegation({ verifier, ask: { action: 'mail.purge' } }, () => {
      called = true
      return new Response()
    })
    const response = await gate(await request())

    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'not_authorized' })
    expect(called).toBe(false)
  })

  it('lets the handler read the body that was verified', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.send' } }, async (verified) =>
      Response.json(await verified.json()),
    )

    expect(await (await gate(await request({ method: 'POST', body: utf8('{"to":"a"}') }))).json()).toEqual({
      to: 'a',
    })
  })

  it('asks what the request itself says', async () => {
    const gate = requireDelegation(
      { verifier, ask: ({ url }) => ({ action: new URL(url).searchParams.get('do') ?? 'none' }) },
      () => new Response('done'),
    )

    expect((await gate(await request({ target: '/inbox?do=mail.read' }))).status).toBe(200)
    expect((await gate(await request({ target: '/inbox?do=mail.purge' }))).status).toBe(403)
  })

  it('answers 413 for a body over the limit', async () => {
    const gate = requireDelegation(
      { verifier, ask: { action: 'mail.send' }, maxBodyBytes: 4 },
      () => new Response(),
    )

    expect((await gate(await request({ method: 'POST', body: utf8('12345') }))).status).toBe(413)
    expect((await gate(await request({ method: 'POST', body: utf8('1234') }))).status).toBe(200)
  })
})
