import { beforeAll, describe, expect, it } from 'vitest'
import {
  AGENT_DELEGATION_PROFILE,
  PROCURA_API_PROFILE,
} from '../../../src/securing/http-signature/profile.ts'
import {
  parseRecordedProof,
  type RecordedProof,
  recordProof,
} from '../../../src/securing/http-signature/recorded-proof.ts'
import { verifyRequestProof } from '../../../src/securing/http-signature/verify.ts'
import { acceptedValue, methodOf, outcomeOf } from '../../helpers/signers.ts'
import { NOW, requestOf, World } from '../../helpers/world.ts'

const ORIGIN = 'https://mail.example'
const options = { profile: AGENT_DELEGATION_PROFILE, origin: ORIGIN }

let world: World
let tokens: readonly string[]
let recorded: RecordedProof

beforeAll(async () => {
  world = await World.create()
  tokens = await world.agentChain()
  const request = await world.present(tokens, { method: 'POST', body: new TextEncoder().encode('{}') })
  recorded = recordProof(request, options) as RecordedProof
})

function read(proof: Partial<RecordedProof> = {}, now = NOW): string {
  return outcomeOf(parseRecordedProof({ ...recorded, ...proof }, { ...options, now }))
}

describe('the record of a signed request', () => {
  it('says method, target and fields, and its signature verifies without the request', async () => {
    const request = acceptedValue(parseRecordedProof(recorded, { ...options, now: NOW }))

    expect(request).toMatchObject({ method: 'POST', target: '/inbox', keyId: world.agent.signer.keyId })
    expect(request.header('content-type')).toBe('application/json')
    expect(request.header('agent-delegation')).toContain(tokens[0])
    expect(outcomeOf(await verifyRequestProof(request, methodOf(world.agent.signer)))).toBe('accepted')
  })

  it('can be made of a request without a body', async () => {
    const proof = recordProof(await world.present(tokens), options) as RecordedProof

    expect(read(proof)).toBe('accepted')
  })

  it('cannot be made of a request that is not signed', () => {
    expect(recordProof(requestOf('GET', '/inbox', {}), options)).toBeUndefined()
  })

  it('cannot be made of a signature over what the request does not have', async () => {
    const signed = await world.present(tokens)
    const request = {
      ...signed,
      header: (n: string) => (n === 'agent-delegation' ? undefined : signed.header(n)),
    }

    expect(recordProof(request, options)).toBeUndefined()
  })

  it('is judged as of its own time, however long ago that was', () => {
    expect(read({}, NOW + 90_000)).toBe('accepted')
    expect(read({}, NOW + 90_001)).toBe('holder_proof_invalid expires')
    expect(read({}, NOW - 30_001)).toBe('holder_proof_invalid created')
  })

  it.each([
    ['another line', (base: string) => `"host": mail.example\n${base}`, 'components'],
    ['a line twice', (base: string) => `"@method": POST\n${base}`, 'components'],
    ['no line of a component', (base: string) => base.replace('"@method": POST\n', ''), 'components'],
    ['no line of the target', (base: string) => base.replace(/"@target-uri": .*\n/, ''), '@target-uri'],
    ['another order', (base: string) => base.split('\n').reverse().join('\n'), 'components'],
    ['another origin', (base: string) => base.replace(ORIGIN, 'https://evil.example'), '@target-uri'],
    [
      'an origin that only begins alike',
      (base: string) => base.replace(ORIGIN, `${ORIGIN}.evil`),
      '@target-uri',
    ],
    [
      'another tag',
      (base: string) => base.replace('tag="agent-delegation"', 'tag="other"'),
      'signature-input',
    ],
    ['no parameters', (base: string) => base.slice(0, base.lastIndexOf('\n')), 'signature-input'],
    ['nothing', () => '', 'signature-input'],
    [
      'the chain not covered',
      (base: string) => base.replace(/"agent-delegation": .*\n/, '').replace(' "agent-delegation"', ''),
      'agent-delegation',
    ],
    ['a parameter that is none', (base: string) => base.replace(';tag=', ';x=1;tag='), 'parameters'],
    ['text that is not ASCII', (base: string) => base.replace('/inbox', '/inböx'), 'components'],
  ])('is refused with %s', (_, change, part) => {
    expect(read()).toBe('accepted')
    expect(read({ signatureBase: change(recorded.signatureBase) })).toBe(`holder_proof_invalid ${part}`)
  })

  it('is none of another profile', () => {
    const api = parseRecordedProof(recorded, { profile: PROCURA_API_PROFILE, origin: ORIGIN, now: NOW })

    expect(outcomeOf(api)).toBe('holder_proof_invalid signature-input')
  })
})
