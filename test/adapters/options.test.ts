import { OAUTH_ERRORS } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { delegated, requireDelegation } from '../../src/adapters/express/index.ts'
import { requireDelegation as gate } from '../../src/adapters/fetch/index.ts'
import { createTokenVerifier, guardServer } from '../../src/adapters/mcp/index.ts'
import type { Verifier } from '../../src/verifier/create-verifier.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE } from '../helpers/world.ts'

let verifier: Verifier

beforeAll(() => {
  verifier = createVerifier({ audience: AUDIENCE, trust: [], freshness: { '*': 'routine' } })
})

/** What an adapter is set up with, by programs that no compiler has read. */
type Options = Record<string, unknown>

const ADAPTERS = {
  'delegated()': (options: Options) => delegated(verifier, options),
  'requireDelegation()': (options: Options) => requireDelegation('mail.read', options),
  'requireDelegation() of fetch': (options: Options) =>
    gate({ verifier, ask: { action: 'mail.read' }, ...options }, () => new Response()),
  'its ask': (ask: Options) => gate({ verifier, ask: { action: 'mail.read', ...ask } }, () => new Response()),
  'guardServer()': (options: Options) =>
    guardServer({ connect: async () => {} }, { verifier, tools: {}, ...options }),
  'a rule for a tool': (rule: Options) =>
    guardServer({ connect: async () => {} }, { verifier, tools: { read: { action: 'a', ...rule } } }),
  'a rule for another request': (rule: Options) =>
    guardServer(
      { connect: async () => {} },
      { verifier, tools: {}, requests: { 'resources/read': { action: 'a', ...rule } } },
    ),
  'createTokenVerifier()': (options: Options) =>
    createTokenVerifier({ verifier, actions: ['mail.read'], errors: OAUTH_ERRORS, ...options }),
}

describe('an adapter that is set up', () => {
  it.each<[keyof typeof ADAPTERS, wrong: Options, right: Options]>([
    ['delegated()', { maxBodyByte: 1 }, { maxBodyBytes: 1 }],
    ['delegated()', { onVerdict: 'log' }, { onVerdict: () => undefined }],
    ['requireDelegation() of fetch', { onVerdict: {} }, { onVerdict: undefined }],
    ['guardServer()', { onVerdict: null }, { onVerdict: () => undefined }],
    ['createTokenVerifier()', { onVerdict: 1 }, { onVerdict: () => undefined }],
    ['requireDelegation()', { identifer: 'inbox' }, { identifier: 'inbox' }],
    ['requireDelegation()', { identifier: 4 }, { identifier: () => 'inbox' }],
    ['requireDelegation()', { arguments: { to: 'ada' } }, { arguments: () => ({ to: 'ada' }) }],
    ['requireDelegation() of fetch', { maxBytes: 1 }, { maxBodyBytes: 1 }],
    ['its ask', { identifer: 'inbox' }, { identifier: 'inbox' }],
    ['its ask', { identifier: () => 'inbox' }, { clientAddress: '192.0.2.1', arguments: {} }],
    ['guardServer()', { tool: {} }, { requests: {} }],
    ['guardServer()', { tools: undefined }, { tools: {} }],
    ['guardServer()', { target: 'mcp' }, { target: '/mcp' }],
    ['a rule for a tool', { identifer: 'inbox' }, { identifier: 'inbox' }],
    ['a rule for a tool', { identifier: ['inbox'] }, { identifier: () => 'inbox' }],
    ['a rule for another request', { actions: ['a'] }, { identifier: undefined }],
    ['createTokenVerifier()', { scopes: ['mail.read'] }, { target: '/mcp' }],
    ['createTokenVerifier()', { target: '' }, { onVerdict: () => undefined }],
  ])('%s refuses %j, and takes another', (adapter, wrong, right) => {
    const [option = ''] = Object.keys(wrong)

    expect(() => ADAPTERS[adapter](wrong)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
        message: expect.stringContaining(option),
      }),
    )
    expect(() => ADAPTERS[adapter](right)).not.toThrow()
  })

  it('says which rule is none', () => {
    const tools = { read: undefined as never }

    expect(() => guardServer({ connect: async () => {} }, { verifier, tools })).toThrow(/the rule for read/)
  })
})
