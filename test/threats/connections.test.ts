import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holdConnection, RENEWAL } from '../../src/adapters/express/index.ts'
import type { Json } from '../../src/core/json.ts'
import type { VerifiedPresentation } from '../../src/verifier/verdict.ts'
import { type ServedWorld, serveWorld } from '../helpers/served-world.ts'

const ASK = { action: 'mail.read', identifier: 'inbox/support' }

let at: ServedWorld

beforeEach(async () => {
  at = await serveWorld()
})

afterEach(() => at.close())

/** A connection that nobody is at the other end of. */
const SOCKET = {
  close: () => undefined,
  terminate: () => undefined,
  emit: () => true,
  readyState: 1,
  once: () => undefined,
}

async function hold() {
  const request = await at.world.present(at.chain, { target: '/socket', origin: at.origin })
  const verdict = await at.verifier.verify(request, ASK)
  expect(verdict.verified).toBe(true)
  return holdConnection(at.verifier, verdict as VerifiedPresentation, SOCKET)
}

describe('a connection that is held', () => {
  it.each<[what: string, token: Json]>([
    ['an object that cannot be made text', { toString: null, valueOf: null }],
    ['an object whose text would be a token', { toString: 'token' }],
    ['a list', ['token']],
    ['nothing', null],
  ])('refuses %s in the place of a token, without an error [LC-02]', async (_what, token) => {
    const held = await hold()
    const good = await at.world.token(at.chain, { audience: `${at.origin}/`, request: RENEWAL })

    expect(await held.renew(token)).toMatchObject({ verified: false, refusal: { code: 'malformed' } })
    expect(await held.renew(Array.isArray(token) ? [good] : token)).toMatchObject({ verified: false })
    expect(await held.renew(good)).toMatchObject({ verified: true })
  })

  it('takes a token as the bytes of a message, too [LC-02]', async () => {
    const held = await hold()
    const good = await at.world.token(at.chain, { audience: `${at.origin}/`, request: RENEWAL })

    expect(await held.renew(Buffer.from(good))).toMatchObject({ verified: true })
  })
})
