import { expect, it } from 'vitest'
import { joinChain } from '../../src/delegation/join-chain.ts'
import { UNLIMITED } from '../../src/verifier/authority-limits.ts'
import { refuseBlocked } from '../../src/verifier/judge-limits.ts'
import { agentJson, linksOf, ownerJson } from '../helpers/credentials.ts'
import { acceptedValue } from '../helpers/signers.ts'

it('what is blocked is blocked, whatever else is', () => {
  const chain = acceptedValue(joinChain(linksOf(ownerJson(), agentJson())))
  const owners = new Set([chain[0].credential.subject.id])
  const other = new Set(['agt_other'])
  const software = [{ name: 'other' }]
  const answer = (blocked: object) => refuseBlocked({ chain, limits: { ...UNLIMITED, ...blocked } })

  expect(answer({ agents: other, software })).toBeUndefined()
  for (const beside of [{}, { agents: other }, { software }])
    expect(answer({ owners, ...beside })).toMatchObject({
      refusal: { code: 'not_authorized', link: 0, dimension: 'blocked.owners' },
    })
})
