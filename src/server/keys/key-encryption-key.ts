import { type FileHandle, open } from 'node:fs/promises'
import { decodeBase64url, encodeBase64url } from '../../core/base64url.ts'
import { type Random, systemRandom } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import { systemCodeOf } from '../system-code.ts'
import { type KeyEncryptionKeys, SYMMETRIC_KEY_BYTES } from './envelope.ts'

/** 32 bytes as unpadded base64url. */
const TEXT_CHARS = 43

/** Most bytes that are read of a file that should hold {@link TEXT_CHARS} and a line feed. */
const MAX_FILE_BYTES = 1_024

/** Permission bits of everybody but the owner of the file. */
const OTHERS = 0o077

export interface KeySource {
  /** Used when the environment names none. */
  readonly file?: string
  /**
   * `PROCURA_KEK` (the key itself) or `PROCURA_KEK_FILE` (a path), never both; while the key is changed, the one before in the same
   * way, as `PROCURA_KEK_PREVIOUS` or `PROCURA_KEK_PREVIOUS_FILE`.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the key-encryption key and, where one is named, the one before it.
 *
 * @throws {ProcuraError} See {@link loadKeyEncryptionKey}.
 */
export async function loadKeyEncryptionKeys(source: KeySource): Promise<KeyEncryptionKeys> {
  const kek = await loadKeyEncryptionKey(source)
  const { PROCURA_KEK_PREVIOUS: text, PROCURA_KEK_PREVIOUS_FILE: file } = source.env ?? {}
  if (text !== undefined && file !== undefined) {
    throw misconfigured('set PROCURA_KEK_PREVIOUS or PROCURA_KEK_PREVIOUS_FILE, not both')
  }
  if (text !== undefined) return { kek, previousKek: parseKey(text, 'PROCURA_KEK_PREVIOUS') }
  return file === undefined ? { kek } : { kek, previousKek: parseKey(await readSecretFile(file), file) }
}

/**
 * Reads the key-encryption key: 32 bytes in base64url, from the environment or from a file that only its owner may
 * read. Never makes one: a new key cannot open what the old one closed.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when there is none, two are named, or others may read
 * the file; `ERR_PROCURA_INVALID_KEY` when it is not 32 bytes. The message says what to do.
 */
export async function loadKeyEncryptionKey({ file, env = {} }: KeySource): Promise<Uint8Array> {
  const { PROCURA_KEK: text, PROCURA_KEK_FILE: named } = env
  if (text !== undefined && named !== undefined) {
    throw misconfigured('set PROCURA_KEK or PROCURA_KEK_FILE, not both')
  }
  if (text !== undefined) return parseKey(text, 'PROCURA_KEK')
  const path = named ?? file
  if (path === undefined) throw misconfigured('name the key-encryption key: PROCURA_KEK or PROCURA_KEK_FILE')
  return parseKey(await readSecretFile(path), path)
}

/**
 * Makes a new key-encryption key in a new file of mode 0600: for the first set-up, or to take the place of the present one.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the file exists or cannot be made.
 */
export async function createKeyEncryptionKeyFile(
  file: string,
  random: Random = systemRandom,
): Promise<Uint8Array> {
  const key = random(SYMMETRIC_KEY_BYTES)
  try {
    await using handle = await open(file, 'wx', 0o600)
    await handle.writeFile(`${encodeBase64url(key)}\n`)
    await handle.sync()
  } catch (cause) {
    throw misconfigured(`the key-encryption key ${file} ${whyNotMade(cause)}`, cause)
  }
  return key
}

function whyNotMade(cause: unknown): string {
  const code = systemCodeOf(cause)
  if (code === 'EEXIST') return 'exists already: name a new file'
  if (code === 'ENOENT') return 'cannot be written: make its directory first'
  return `cannot be written (${code ?? 'unknown error'})`
}

/**
 * A file that only its owner may read, at most 1 KiB of it.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when others may read it, or it cannot be read.
 */
export async function readSecretFile(path: string): Promise<string> {
  await using handle = await openSecret(path)
  const { mode } = await handle.stat()
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0')
    throw misconfigured(`others may read the secret ${path} (mode ${octal}): chmod 600 ${path}`)
  }
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FILE_BYTES))
  return buffer.toString('latin1', 0, bytesRead)
}

async function openSecret(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw misconfigured(
      `the secret ${path} cannot be read; if it is the key-encryption key, put the copy of the one that "procura init" made in its place, which is kept apart from backups, or name it with PROCURA_KEK_FILE: a new one cannot open existing data`,
      cause,
    )
  }
}

function parseKey(text: string, place: string): Uint8Array {
  const trimmed = text.trimEnd()
  const key = trimmed.length === TEXT_CHARS ? decodeBase64url(trimmed) : undefined
  if (key !== undefined) return key
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    `the key-encryption key in ${place} must be ${TEXT_CHARS} characters of base64url, it has ${trimmed.length}: put the copy in its place that is kept apart from backups`,
  )
}

function misconfigured(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, cause === undefined ? {} : { cause })
}
