import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { decodeUtf8 } from '../core/bytes.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../core/json.ts'
import { systemCodeOf } from '../server/system-code.ts'
import { CliError, usageError } from './cli-error.ts'
import type { Host } from './host.ts'

/** Only its owner may read it: keys. */
export const PRIVATE_MODE = 0o600
/** Everybody may read it: status, trust entries, chains. */
export const PUBLIC_MODE = 0o644

/** Largest file that is read as a whole where nothing else is said, in bytes: more than any key, chain, request or trust entry. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

/**
 * Reads a file that the user named; `-` is standard input.
 *
 * @throws {CliError} `unreadable` when there is no such file, or it is no text that can be read.
 */
export async function readText(file: string, host: Host, maxBytes: number = MAX_FILE_BYTES): Promise<string> {
  if (file === '-') return host.stdin.read()
  const bytes = readBytes(file, host)
  if (bytes.length > maxBytes) throw new CliError('unreadable', `${file} is too large to be read`)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new CliError('unreadable', `cannot read ${file}: it is not UTF-8 text`)
  return text
}

function readBytes(file: string, { directory }: Host): Uint8Array {
  try {
    return readFileSync(resolve(directory, file))
  } catch (cause) {
    const code = systemCodeOf(cause)
    const reason = code === 'ENOENT' ? 'there is no such file' : code
    throw new CliError('unreadable', `cannot read ${file}: ${reason}`, { cause })
  }
}

/** @throws {CliError} `unreadable`, or a usage error when the file is not one JSON object. */
export async function readJsonObject(file: string, host: Host): Promise<JsonObject> {
  const json = parseStrictJson((await readText(file, host)).trim())
  if (isJsonObject(json)) return json
  throw usageError(`${file} must hold one JSON object`)
}

/**
 * Replaces a file: whoever reads it sees the old or the new content, never a part.
 *
 * @param path Absolute. Missing directories are made.
 * @throws {CliError} `unwritable`
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number = PUBLIC_MODE): void {
  const partial = `${path}.${randomUUID()}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(partial, content, { mode, flag: 'wx' })
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw unwritable(path, error)
  }
}

/**
 * Makes a file that must not exist yet, such as one with a new key.
 *
 * @param path Absolute. Missing directories are made.
 * @throws {CliError} `exists`, `unwritable`
 */
export function createFile(path: string, content: string, mode: number): void {
  if (existsSync(path)) {
    throw new CliError('exists', `${path} exists already; name another file, or remove it first`)
  }
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content, { mode, flag: 'wx' })
  } catch (error) {
    throw unwritable(path, error)
  }
}

function unwritable(path: string, error: unknown): CliError {
  const reason = systemCodeOf(error) ?? 'unknown error'
  return new CliError(
    'unwritable',
    `cannot write ${path}: ${reason}; check the directory and its permissions`,
    {
      cause: error,
    },
  )
}
