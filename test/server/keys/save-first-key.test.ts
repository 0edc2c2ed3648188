import { describe, expect, it } from 'vitest'
import type { StoredKey } from '../../../src/issuer/key-store.ts'
import { saveFirstKey } from '../../../src/server/keys/save-first-key.ts'

const KEY: StoredKey = {
  tenant: 'acme',
  id: 'did:key:z6Mk#z6Mk',
  did: 'did:key:z6Mk',
  use: 'webhook',
  state: 'active',
  wrapped: new Uint8Array(40),
  createdAt: 0,
}

/** A store that keeps no further key. */
const storeWith = (state: StoredKey['state']) => ({
  keys: async () => [{ ...KEY, state }],
  saveKey: () => Promise.reject(new Error('the disk is full')),
})

describe('the first key of a use', () => {
  it('is the one of another process that was quicker', async () => {
    await expect(saveFirstKey(storeWith('active'), KEY)).resolves.toBeUndefined()
  })

  it('fails with its cause while those that are kept sign no more', async () => {
    await expect(saveFirstKey(storeWith('revoked'), KEY)).rejects.toThrow('the disk is full')
  })
})
