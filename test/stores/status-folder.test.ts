import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { statusFolder } from '../../src/stores/status-folder.ts'

const AUTHORITY = 'did:web:id.example'
const ROUNDS = 6
const SOURCE = fileURLToPath(new URL('../../src/stores/status-folder.ts', import.meta.url))

let directory: string

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'status-folder-')), 'kept')
})

afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

const bytes = (byte: number) => new Uint8Array(2_000_000).fill(byte)

describe('a status folder', () => {
  it('has what was saved last, for each authority', async () => {
    const store = statusFolder(directory)
    expect(await store.load(AUTHORITY)).toBeUndefined()
    await store.save(AUTHORITY, Uint8Array.of(1))
    await store.save(AUTHORITY, Uint8Array.of(2))
    await store.save('did:web:other.example', Uint8Array.of(3))

    const again = statusFolder(directory)
    expect([...((await again.load(AUTHORITY)) ?? [])]).toEqual([2])
    expect([...((await again.load('did:web:other.example')) ?? [])]).toEqual([3])
  })

  it('is for its user alone', async () => {
    await statusFolder(directory).save(AUTHORITY, Uint8Array.of(1))
    const [name = ''] = await readdir(directory)

    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
  })

  it('says that it cannot be read or written', async () => {
    await writeFile(directory, 'a file')

    await expect(statusFolder(directory).save(AUTHORITY, Uint8Array.of(1))).rejects.toThrow()
    await expect(statusFolder(directory).load(AUTHORITY)).rejects.toThrow()
  })

  it('removes what was begun and never finished, and leaves what is being written', async () => {
    const store = statusFolder(directory)
    await store.save(AUTHORITY, Uint8Array.of(1))
    const [name = ''] = await readdir(directory)
    await writeFile(join(directory, `${name}.old.tmp`), '')
    await writeFile(join(directory, `${name}.new.tmp`), '')
    await utimes(join(directory, `${name}.old.tmp`), 1, 1)
    await store.load(AUTHORITY)

    expect((await readdir(directory)).toSorted()).toEqual([name, `${name}.new.tmp`])
  })

  it('has one whole status or the other, whenever the process that writes is killed', async () => {
    const store = statusFolder(directory)
    await store.save(AUTHORITY, bytes(1))
    const script = `
      import { statusFolder } from ${JSON.stringify(SOURCE)}
      const store = statusFolder(${JSON.stringify(directory)})
      process.stdout.write('ready')
      for (let byte = 1; ; byte = (byte % 250) + 1) await store.save(${JSON.stringify(AUTHORITY)}, new Uint8Array(2_000_000).fill(byte))`
    for (let round = 0; round < ROUNDS; round++) {
      const writer = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', script])
      await once(writer.stdout, 'data')
      await new Promise((done) => setTimeout(done, 17 * round))
      writer.kill('SIGKILL')
      await once(writer, 'exit')

      const held = (await store.load(AUTHORITY)) ?? new Uint8Array()
      expect(held).toHaveLength(2_000_000)
      expect(new Set(held).size).toBe(1)
    }
  })
})
