// Policy: what a service takes from an authority it trusts, shutting an agent out at once, and why a request was refused.
import assert from 'node:assert/strict'
import { createAgent } from 'procura/agent'
import { createVerifier, type PresentationVerdict, type TrustEntry } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'

const audience = 'https://mail.example/'
await using issuer = await startIssuer()
const { key, chain, agentId } = await issuer.delegate(audience, ['mail.read', 'mail.send'])
const agent = await createAgent({ key, chain })

// #region policy
const trusted: TrustEntry = {
  ...issuer.trust,
  mayGrant: [{ actions: ['mail.read'] }], // whatever its chains say: no mail is sent here
  blocked: { software: [{ name: 'mailer', below: '2.1.0' }] },
}
const verifier = createVerifier({
  audience,
  trust: [trusted],
  freshness: { '*': 'sensitive' },
  assurance: { levels: ['unspecified', 'mfa'], minimum: { 'mail.purge': 'mfa', '*': 'unspecified' } },
})
// #endregion
await verifier.start()
assert.equal(await outcome('mail.read'), 'allowed')
assert.equal(await outcome('mail.send'), 'not_authorized (mayGrant)')

// #region block
verifier.setTrust([{ ...trusted, blocked: { agents: [agentId] } }]) // from the next verdict on, without a restart
const verdict = await present('mail.read')
const { text } = await verdict.explain() // a line for each rule; it names nobody
// #endregion
console.log(text())
assert.match(text(), / 6 {2}blocked +REFUSED +code not_authorized, link 1/)
assert.equal(text().includes(agentId), false)

verifier.close()

async function present(action: string): Promise<PresentationVerdict> {
  const call = { method: action }
  const token = await agent.token({ audience, request: call })
  return verifier.verifyToken(token, { action }, { request: call })
}

async function outcome(action: string): Promise<string> {
  const answer = await present(action)
  if (answer.verified) return 'allowed'
  const { code, dimension } = answer.refusal
  return dimension === undefined ? code : `${code} (${dimension})`
}
