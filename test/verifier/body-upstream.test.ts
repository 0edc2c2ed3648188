import { beforeEach, describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { Ask } from '../../src/verifier/presentation.ts'
import { AUDIENCE, mailGrant, World } from '../helpers/world.ts'

let world: World

beforeEach(async () => {
  world = await World.create()
})

const SEND = { action: 'mail.send' }
const BODY = encodeUtf8('{"to":"ada@mail.example"}')

async function started(bodyCheckedUpstream: boolean): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.send'],
    fetch: world.site.fetch,
    clock: world.clock,
    bodyCheckedUpstream,
  })
  await verifier.sync()
  return verifier
}

/** As a gateway hands it on: without the body, and with other fields as they are given. */
function withoutBody(
  request: PresentedRequest,
  fields: Record<string, string | undefined> = {},
): PresentedRequest {
  const { body: _, ...rest } = request
  return { ...rest, header: (name) => (name in fields ? fields[name] : request.header(name)) }
}

async function signed(constrained = false): Promise<PresentedRequest> {
  const grant = constrained
    ? mailGrant({ constraints: [{ kind: 'one_of', on: ['to'], values: ['ada@mail.example'] }] })
    : mailGrant()
  const chain = await world.agentChain({ authorizationDetails: [grant] })
  return world.present(chain, { method: 'POST', target: '/outbox', body: BODY })
}

const answer = async (verifier: Verifier, request: PresentedRequest, ask: Ask = SEND) => {
  const verdict = await verifier.verify(request, ask)
  if (verdict.verified) return 'verified'
  const { code, dimension = '' } = verdict.refusal
  return `${code} ${dimension}`.trim()
}

describe('a body that the verifier is not given', () => {
  const announced = { 'content-length': String(BODY.length) }

  it('is refused, however well it is covered', async () => {
    const verifier = await started(false)

    expect(await answer(verifier, await signed())).toBe('verified')
    expect(await answer(verifier, withoutBody(await signed(), announced))).toBe('holder_proof_invalid body')
    expect(await answer(verifier, withoutBody(await signed()))).toBe('holder_proof_invalid content-digest')
  })

  it('is what the covered digest says, where somebody else compares it', async () => {
    const verifier = await started(true)

    expect(await answer(verifier, withoutBody(await signed(), announced))).toBe('verified')
    expect(await answer(verifier, withoutBody(await signed(), { 'transfer-encoding': 'chunked' }))).toBe(
      'verified',
    )
    expect(await answer(verifier, withoutBody(await signed()))).toBe('verified')
  })

  it.each([
    ['none', undefined],
    ['another one than was signed', `sha-256=:${'A'.repeat(43)}=:`],
    ['one by another algorithm alone', `sha-512=:${'A'.repeat(86)}==:`],
    ['one that is too short', 'sha-256=:AAAA:'],
  ])('needs a digest that is covered: %s', async (_, digest) => {
    const verifier = await started(true)
    const request = withoutBody(await signed(), { ...announced, 'content-digest': digest })

    expect(await answer(verifier, request)).toMatch(/^holder_proof_invalid /)
  })

  it('is not covered by a digest that somebody else has added', async () => {
    const verifier = await started(true)
    const bare = await world.present(await world.agentChain(), { method: 'POST', target: '/outbox' })
    const field = (await signed()).header('content-digest')

    expect(await answer(verifier, bare)).toBe('verified')
    const added = { 'content-digest': field, 'content-type': 'application/json' }
    expect(await answer(verifier, withoutBody(bare, added))).toBe('holder_proof_invalid content-digest')
  })

  it('says nothing of arguments, so constraints on them deny', async () => {
    const verifier = await started(true)
    const ask = { ...SEND, arguments: { to: 'ada@mail.example' } }

    expect(await answer(verifier, await signed(true), ask)).toBe('verified')
    expect(await answer(verifier, withoutBody(await signed(true)), ask)).toBe('constraint_violated one_of')
  })

  it('leaves arguments of a request alone that has none', async () => {
    const verifier = await started(true)
    const grant = mailGrant({ constraints: [{ kind: 'one_of', on: ['folder'], values: ['1'] }] })
    const chain = await world.agentChain({ authorizationDetails: [grant] })
    const ask = { action: 'mail.read', arguments: { folder: '1' } }

    expect(await answer(verifier, await world.present(chain, { target: '/inbox?folder=1' }), ask)).toBe(
      'verified',
    )
  })

  it('says nothing of arguments beside a bearer token either', async () => {
    const verifier = await started(true)
    const grant = mailGrant({ constraints: [{ kind: 'one_of', on: ['to'], values: ['ada@mail.example'] }] })
    const token = await world.token(await world.agentChain({ authorizationDetails: [grant] }))
    const request = (fields: Record<string, string>) => ({
      method: 'POST',
      target: '/outbox',
      header: (name: string) => ({ authorization: `Bearer ${token}`, ...fields })[name],
    })
    const ask = { ...SEND, arguments: { to: 'ada@mail.example' } }

    expect(await answer(verifier, request({}), ask)).toBe('verified')
    expect(await answer(verifier, request(announced), ask)).toBe('constraint_violated one_of')
  })

  it('is compared when it is given, empty as well', async () => {
    const verifier = await started(true)
    const swapped = { ...(await signed()), body: encodeUtf8('{"to":"eve@mail.example"}') }

    expect(await answer(verifier, swapped)).toBe('holder_proof_invalid content-digest')
    expect(await answer(verifier, { ...(await signed()), body: new Uint8Array() })).toBe(
      'holder_proof_invalid content-digest',
    )
  })
})
