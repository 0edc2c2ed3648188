import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentStorage, memoryStorage } from '../../src/holder/agent-storage.ts'
import { fileStorage, loadChain } from '../../src/holder/file-storage.ts'

const LIST = 'https://id.example/status/acme/r7'
const OTHER_LIST = 'https://id.example/status/acme/r8'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'procura-storage-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const storages: readonly (readonly [string, () => AgentStorage])[] = [
  ['memoryStorage', memoryStorage],
  ['fileStorage', () => fileStorage(join(directory, 'agent'))],
]

describe.each(storages)('%s', (_, create) => {
  it('reserves an index once', async () => {
    const storage = create()

    expect(await storage.reserveIndex(LIST, 7)).toBe(true)
    expect(await storage.reserveIndex(LIST, 7)).toBe(false)
  })

  it('keeps the same index of two lists apart', async () => {
    const storage = create()

    expect(await storage.reserveIndex(LIST, 7)).toBe(true)
    expect(await storage.reserveIndex(OTHER_LIST, 7)).toBe(true)
  })

  it('gives an index to exactly one of many concurrent callers', async () => {
    const storage = create()

    const reserved = await Promise.all(Array.from({ length: 20 }, () => storage.reserveIndex(LIST, 7)))

    expect(reserved.filter(Boolean)).toHaveLength(1)
  })

  it('has no chain at first', async () => {
    expect(await create().loadChain()).toBeUndefined()
  })

  it('answers the chain saved last', async () => {
    const storage = create()
    await storage.saveChain(['a', 'b'])
    await storage.saveChain(['c', 'd'])

    expect(await storage.loadChain()).toEqual(['c', 'd'])
  })
})

describe('fileStorage', () => {
  it('remembers across instances', async () => {
    await fileStorage(directory).reserveIndex(LIST, 7)
    await fileStorage(directory).saveChain(['a', 'b'])

    expect(await fileStorage(directory).reserveIndex(LIST, 7)).toBe(false)
    expect(await fileStorage(directory).loadChain()).toEqual(['a', 'b'])
  })

  it('keeps its files for the agent alone', async () => {
    const own = join(directory, 'agent')
    await fileStorage(own).saveChain(['a', 'b'])

    expect((await stat(own)).mode & 0o777).toBe(0o700)
    expect((await stat(join(own, 'chain.json'))).mode & 0o777).toBe(0o600)
  })

  it('leaves no temporary file behind', async () => {
    await fileStorage(directory).saveChain(['a', 'b'])

    expect(await readdir(directory)).toEqual(['chain.json'])
  })

  it('writes a chain file that another process can load', async () => {
    await fileStorage(directory).saveChain(['a', 'b'])

    expect(await loadChain(join(directory, 'chain.json'))).toEqual(['a', 'b'])
  })

  it('refuses a damaged chain instead of starting without one', async () => {
    await writeFile(join(directory, 'chain.json'), '{"chain":')

    await expect(fileStorage(directory).loadChain()).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
  })

  it('refuses a path that is no directory', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')

    await expect(fileStorage(file).reserveIndex(LIST, 7)).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
  })
})

describe('loadChain', () => {
  it('names a file that is not there', async () => {
    await expect(loadChain(join(directory, 'none.json'))).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it('refuses a file of another form', async () => {
    await writeFile(join(directory, 'chain.json'), '[]')

    await expect(loadChain(join(directory, 'chain.json'))).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
  })
})
