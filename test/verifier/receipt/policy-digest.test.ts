import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Policy } from '../../../src/verifier/policy.ts'
import { policyDigest } from '../../../src/verifier/receipt/policy-digest.ts'

const POLICY: Policy = {
  origin: 'https://mail.example',
  environment: 'production',
  ownerInPerson: false,
  rdfc: false,
  bodyCheckedUpstream: false,
  pollSeconds: 30,
  freshness: new Map([
    ['mail.read', 'routine'],
    ['*', 'sensitive'],
  ]),
  bearer: new Set(['mail.read', 'mail.list']),
}

const NOBODY = { trust: new Map(), configuredHosts: new Set<string>() }

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

it('is that of a JSON text that anybody can write: names in order, sets in order, without how often is looked', () => {
  const text =
    '{"policy":{"bearer":["mail.list","mail.read"],"bodyCheckedUpstream":false,"environment":"production",' +
    '"freshness":{"*":"sensitive","mail.read":"routine"},"origin":"https://mail.example","ownerInPerson":false,' +
    '"rdfc":false},"trust":{}}'

  expect(policyDigest(POLICY, NOBODY)).toBe(sha256(text))
})

it('has levels of assurance by their rank', () => {
  const assurance = { levels: ['mfa', 'hardware'], minimum: new Map([['*', 1]]) }
  const text =
    '{"policy":{"assurance":{"levels":{"hardware":1,"mfa":0},"minimum":{"*":1}},"bearer":[],' +
    '"bodyCheckedUpstream":false,"environment":"production","freshness":{},"origin":"https://mail.example",' +
    '"ownerInPerson":false,"rdfc":false},"trust":{}}'
  const policy = { ...POLICY, freshness: new Map(), bearer: new Set<string>(), assurance }

  expect(policyDigest(policy, NOBODY)).toBe(sha256(text))
})
