import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createKeyEncryptionKeyFile,
  loadKeyEncryptionKey,
} from '../../../src/server/keys/key-encryption-key.ts'

const KEY = new Uint8Array(32).fill(9)
const TEXT = Buffer.from(KEY).toString('base64url')

async function temporaryFile(content?: string, mode = 0o600): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-kek-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'kek')
  if (content !== undefined) {
    await writeFile(file, content)
    await chmod(file, mode)
  }
  return file
}

describe('loadKeyEncryptionKey', () => {
  it.each([TEXT, `${TEXT}\n`, `${TEXT}\r\n`])('reads a file, with or without a line end', async (content) => {
    expect(await loadKeyEncryptionKey({ file: await temporaryFile(content) })).toEqual(KEY)
  })

  it('prefers what the environment names', async () => {
    const file = await temporaryFile('not a key')
    const named = await temporaryFile(TEXT)

    expect(await loadKeyEncryptionKey({ file, env: { PROCURA_KEK: TEXT } })).toEqual(KEY)
    expect(await loadKeyEncryptionKey({ file, env: { PROCURA_KEK_FILE: named } })).toEqual(KEY)
  })

  it('refuses two sources, since only one can be right', async () => {
    const env = { PROCURA_KEK: TEXT, PROCURA_KEK_FILE: await temporaryFile(TEXT) }

    await expect(loadKeyEncryptionKey({ env })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
  })

  it.each([0o640, 0o604, 0o644, 0o620, 0o777])(
    'refuses a file of mode %o that others may use [KC-02]',
    async (mode) => {
      const file = await temporaryFile(TEXT, mode)

      await expect(loadKeyEncryptionKey({ file })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
        message: expect.stringContaining(`chmod 600 ${file}`),
      })
    },
  )

  it.each([0o600, 0o400])('accepts a file of mode %o', async (mode) => {
    expect(await loadKeyEncryptionKey({ file: await temporaryFile(TEXT, mode) })).toEqual(KEY)
  })

  it('refuses a missing file and makes none [KC-02]', async () => {
    const file = await temporaryFile()

    await expect(loadKeyEncryptionKey({ file })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
      message: expect.stringContaining('put the copy of the one'),
    })
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses to go on without any', async () => {
    await expect(loadKeyEncryptionKey({})).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
  })

  it.each([
    ['an empty file', ''],
    ['a truncated key', TEXT.slice(0, 42)],
    ['a longer key', `${TEXT}A`],
    ['another alphabet', `${TEXT.slice(0, 42)}=`],
    ['trailing bits', `${TEXT.slice(0, 42)}B`],
    ['a space before it', ` ${TEXT}`],
  ])('refuses %s without telling what it read [KC-02]', async (_, content) => {
    const file = await temporaryFile(content)

    const error = await loadKeyEncryptionKey({ file }).catch((caught: unknown) => caught)

    expect(error).toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    expect(String(error)).not.toContain(TEXT.slice(0, 8))
  })
})

describe('createKeyEncryptionKeyFile', () => {
  it('makes a file that only its owner may read, with the key that it answers', async () => {
    const file = await temporaryFile()

    const key = await createKeyEncryptionKeyFile(file)

    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await loadKeyEncryptionKey({ file })).toEqual(key)
  })

  it('never replaces a key', async () => {
    const file = await temporaryFile(TEXT)

    await expect(createKeyEncryptionKeyFile(file)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
    expect(await loadKeyEncryptionKey({ file })).toEqual(KEY)
  })

  it('says whether the file is there already or its directory is not', async () => {
    const file = await temporaryFile()
    await createKeyEncryptionKeyFile(file)

    await expect(createKeyEncryptionKeyFile(file)).rejects.toThrow(/exists already/)
    await expect(createKeyEncryptionKeyFile(join(file, '..', 'nope', 'kek'))).rejects.toThrow(
      /make its directory/,
    )
  })
})
