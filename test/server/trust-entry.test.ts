import { expect, it } from 'vitest'
import { trustEntry } from '../../src/server/trust-entry.ts'
import { readTrust } from '../../src/verifier/trust.ts'

it('is, as the service serves it, an entry that a verifier reads', () => {
  const entry = trustEntry('https://id.example', {
    id: 'acme',
    name: 'Acme',
    environment: 'production',
    authority: 'did:key:z6MkAuthority',
    statusIssuer: 'did:key:z6MkStatus',
    createdAt: 0,
  })

  expect([...readTrust([entry]).values()]).toEqual([entry])
  expect(entry.head).toBe('https://id.example/status/acme/head')
})
