import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../src/core/base64.ts'
import { verifyConsistency, verifyInclusion } from '../../../src/core/merkle-proof.ts'
import { TiledTree } from '../../../src/core/merkle-tiles.ts'
import { parseVerifierKey } from '../../../src/securing/signed-note/note.ts'
import { type Checkpoint, openCheckpoint } from '../../../src/server/audit/checkpoint.ts'
import { leafHashOf } from '../../../src/server/audit/grow-tree.ts'
import {
  type Answer,
  addOwner,
  type Caller,
  newCaller,
  send,
  startTestService,
} from '../../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let admin: Caller

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'], checkpointMs: 20 })
  admin = service.admin
  for (let i = 0; i < 5; i++) await addOwner(admin)
})
afterAll(() => service.close())

/** The newest checkpoint, once it covers every entry that there is now. */
async function covered(): Promise<Answer['json']> {
  const { json } = await admin.get('/v1/audit?limit=200')
  for (;;) {
    const answer = await admin.get('/v1/audit/checkpoint')
    if (answer.json.size >= json.items.length) return answer.json
  }
}

async function opened({ note, key }: { note: string; key: string }): Promise<Checkpoint> {
  const signer = parseVerifierKey(key)
  const checkpoint = signer && (await openCheckpoint(note, signer))
  if (checkpoint === undefined) throw new Error('the checkpoint does not open')
  return checkpoint
}

function hashesOf({ json }: Answer): Uint8Array[] {
  return json.hashes.map((text: string) => decodeBase64(text))
}

async function fetchTile(path: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(`${service.url}/audit/acme/tile/${path}`)
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined
}

describe('the checkpoint of an audit trail', () => {
  it('covers what was done, signed with the key that is named [A2]', async () => {
    const shown = await covered()

    expect(await opened(shown)).toMatchObject({ size: shown.size })
    expect(shown.key).toMatch(/^127\.0\.0\.1:\d+\/audit\/acme\+/)
    const publicOne = await send(`${service.url}/audit/acme/checkpoint`)
    expect(publicOne.text).toBe(shown.note)
    expect(publicOne.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await send(`${service.url}/audit/acme/key`)).text).toBe(`${shown.key}\n`)
  })

  it('is not signed again while nothing is done', async () => {
    const before = await covered()
    await new Promise((resolve) => setTimeout(resolve, 100))

    expect(await covered()).toEqual(before)
  })

  it("is each tenant's own, with a key of its own [T1]", async () => {
    const other = service.others.get('globex')
    const theirs = (await other?.get('/v1/audit/checkpoint'))?.json

    expect(await opened(theirs)).toMatchObject({ size: 1 })
    expect(await opened({ ...(await covered()), key: theirs.key }).catch(() => 'refused')).toBe('refused')
    expect(await send(`${service.url}/audit/nobody/checkpoint`)).toMatchObject({ status: 404 })
    expect(await send(`${service.url}/audit/nobody/key`)).toMatchObject({ status: 404 })
  })

  it('is signed for what was done last when the service ends', async () => {
    const ending = await startTestService({ checkpointMs: 3_600_000 })
    const { url, dataDir } = ending
    await addOwner(ending.admin)
    const { items } = (await ending.admin.get('/v1/audit')).json
    await ending.service.close()

    const { openSqliteStore } = await import('../../../src/server/store/sqlite/open-sqlite-store.ts')
    const store = await openSqliteStore({ file: `${dataDir}/procura.sqlite` })
    const held = await store.auditCheckpoint('acme')
    await store.close()
    expect(held).toMatchObject({ size: items.length, note: expect.stringContaining(new URL(url).host) })
  })
})

describe('a proof', () => {
  it('shows of every entry that it is in the tree of the checkpoint [A2]', async () => {
    const head = await opened(await covered())
    const { items } = (await admin.get('/v1/audit?limit=200')).json

    for (const entry of items) {
      const answer = await admin.get(`/v1/audit/proofs/inclusion?seq=${entry.seq}`)
      expect(answer.json).toMatchObject({ seq: entry.seq, size: head.size })
      expect(decodeBase64(answer.json.leafHash)).toEqual(leafHashOf(entry))
      expect(verifyInclusion(leafHashOf(entry), entry.seq - 1, hashesOf(answer), head)).toBe(true)
    }
  })

  it('shows that a later checkpoint goes on from an earlier one [A2]', async () => {
    const earlier = await opened(await covered())
    await addOwner(admin)
    const later = await opened(await covered())
    const answer = await admin.get(`/v1/audit/proofs/consistency?from=${earlier.size}`)

    expect(answer.json).toMatchObject({ from: earlier.size, to: later.size })
    expect(verifyConsistency(earlier, later, hashesOf(answer))).toBe(true)
    const same = await admin.get(`/v1/audit/proofs/consistency?from=${earlier.size}&to=${earlier.size}`)
    expect(verifyConsistency(earlier, earlier, hashesOf(same))).toBe(true)
  })

  it.each([
    'inclusion',
    'inclusion?seq=0',
    'inclusion?seq=5&size=4',
    'inclusion?seq=1&size=9007199254740992',
    'inclusion?seq=1&seq=2',
    'inclusion?seq=01',
    'inclusion?seq=1&index=0',
    'consistency',
    'consistency?from=0',
    'consistency?from=5&to=4',
    'consistency?from=1&to=100000',
  ])('is not given for %s [AL-06]', async (query) => {
    expect(await admin.get(`/v1/audit/proofs/${query}`)).toMatchObject({
      status: 422,
      json: { code: 'invalid_request' },
    })
    expect(await admin.get('/v1/audit/proofs/inclusion?seq=5&size=5')).toMatchObject({ status: 200 })
  })
})

describe('the tiles of an audit trail', () => {
  it('are what anybody needs to prove checkpoints, and nothing of the entries [A2]', async () => {
    const head = await opened(await covered())
    const tree = new TiledTree((level, index) => fetchTile(`${level}/00${index}.p/${head.size}`))

    expect(await tree.root(head.size)).toEqual(head.root)
    expect(await fetchTile(`0/000.p/${head.size}`)).toHaveLength(32 * head.size)
    expect(await fetchTile('0/000.p/2')).toEqual((await fetchTile(`0/000.p/${head.size}`))?.slice(0, 64))
  })

  it.each([
    '0/000',
    '0/001',
    '0/000.p/0',
    '0/000.p/200',
    '0/000.p/256',
    '0/0',
    '0/x000/000.p/1',
    '0/x000/000',
    '7/000.p/1',
    '-1/000.p/1',
    'entries/000.p/1',
    'data/000.p/1',
    '0/000.p/01',
  ])('are not at %s', async (path) => {
    expect(await fetchTile(path)).toBeUndefined()
    expect(await fetchTile('0/000.p/1')).toHaveLength(32)
  })
})

it('shows entries and proofs to nobody without a role for it', async () => {
  const stranger = await newCaller(service.url)
  for (const path of ['/v1/audit', '/v1/audit/checkpoint', '/v1/audit/proofs/inclusion?seq=1']) {
    expect(await stranger.get(path)).toMatchObject({ status: 401 })
    expect(await send(service.url + path)).toMatchObject({ status: 401 })
    expect(await admin.get(path)).toMatchObject({ status: 200 })
  }
})
