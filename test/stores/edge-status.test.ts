import { describe, expect, it } from 'vitest'
import { type KvNamespace, statusKv } from '../../src/stores/edge/index.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

/** The two methods of a namespace that are used, over a map, with its limit of a key. */
function namespace(
  values = new Map<string, ArrayBuffer>(),
): KvNamespace & { values: Map<string, ArrayBuffer> } {
  return {
    values,
    get: async (key) => values.get(key) ?? null,
    put: async (key, value) => {
      if (Buffer.byteLength(key) > 512)
        throw new Error('414 UTF-8 encoded length exceeds key length limit of 512')
      const bytes = ArrayBuffer.isView(value)
        ? value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
        : value
      values.set(key, bytes as ArrayBuffer)
    },
  }
}

describe('status in a key-value namespace', () => {
  it('is what was saved last, for each authority, however long its name', async () => {
    const kv = namespace()
    const long = `did:web:id.example:${'a'.repeat(1500)}`
    const store = statusKv(kv)
    expect(await store.load(long)).toBeUndefined()
    await store.save(long, Uint8Array.of(1, 2, 3).subarray(1))
    await store.save('did:web:other.example', Uint8Array.of(9))

    expect(await statusKv(kv).load(long)).toEqual(Uint8Array.of(2, 3))
    expect([...kv.values.keys()].every((key) => /^procura-status\/[\w-]{43}$/.test(key))).toBe(true)
  })

  it('lets a verifier go on while the issuer is down, and is left aside when it is torn', async () => {
    const world = await World.create()
    const kv = namespace()
    const told: string[] = []
    const make = () =>
      createVerifier({
        audience: AUDIENCE,
        trust: [world.trust],
        freshness: { '*': 'sensitive' },
        statusStore: statusKv(kv),
        fetch: world.site.fetch,
        clock: world.clock,
        onAlarm: ({ kind }) => told.push(kind),
      })
    await make().sync()
    world.site.reachable = false
    expect(await make().sync()).toMatchObject([{ lists: 2, source: 'kept' }])
    for (const [key, value] of kv.values) kv.values.set(key, value.slice(0, -1))

    expect(await make().sync()).toMatchObject([{ lists: 0 }])
    await expect.poll(() => told).toContain('kept_status_refused')
  })
})
