import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../../src/securing/http-signature/sign.ts'
import { parseRequestProof, verifyRequestProof } from '../../../src/securing/http-signature/verify.ts'
import { acceptedValue, alice, methodOf, outcomeOf } from '../../helpers/signers.ts'

const NOW = 1_795_300_000_000

describe('parseRequestProof', () => {
  it('reads what signRequest writes', async () => {
    const headers = { 'agent-delegation': '"a.b.c"', 'content-type': 'text/plain' }
    const body = new TextEncoder().encode('hello')
    const added = await signRequest({
      profile: AGENT_DELEGATION_PROFILE,
      method: 'POST',
      targetUri: 'https://mail.example/inbox?x=1',
      headers,
      body,
      signer: alice,
      now: NOW,
      random: systemRandom,
    })
    const fields = new Map(Object.entries({ ...headers, ...added }))
    const proof = acceptedValue(
      parseRequestProof(
        { method: 'POST', target: '/inbox?x=1', header: (name) => fields.get(name), body },
        { profile: AGENT_DELEGATION_PROFILE, origin: 'https://mail.example', now: NOW },
      ),
    )

    expect(proof.keyId).toBe(alice.keyId)
    expect(outcomeOf(await verifyRequestProof(proof, methodOf(alice)))).toBe('accepted')
  })
})
