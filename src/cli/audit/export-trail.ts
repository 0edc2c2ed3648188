import { appendFileSync, existsSync, truncateSync } from 'node:fs'
import { isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { systemCodeOf } from '../../server/system-code.ts'
import { CliError, usageError } from '../cli-error.ts'
import { PRIVATE_MODE } from '../files.ts'
import type { IssuerApi } from '../issuer-api.ts'
import { readLines } from './read-lines.ts'

const PATH = '/v1/audit/export'

/** How far an export has come: where a file of it ends, and after which entry. */
interface Position {
  readonly seq: number
  /** Bytes of whole lines. */
  readonly end: number
  /** The note of the checkpoint that closes it. */
  readonly closing?: string
  /** There is more, without a line feed: this, where nothing stands before it. */
  readonly cut?: string
}

/** What an export has. */
export interface Exported {
  /** All entries in the file. */
  readonly entries: number
  /** Those that were there before. */
  readonly before: number
}

/**
 * Writes the audit trail to a file, or goes on where the file ends: after an interruption, or with what has been done since. A
 * line that was cut is written anew. Only whole lines are appended, so that whatever ends this can be gone on from.
 *
 * @param path Absolute.
 * @throws {CliError} When the file holds something else, or cannot be written.
 */
export async function exportTrail(
  api: IssuerApi,
  path: string,
  onProgress: (entries: number) => void,
): Promise<Exported> {
  const start = existsSync(path) ? await findEnd(path) : { seq: 0, end: 0 }
  let { seq } = start
  for (;;) {
    const page = await api.text(PATH, seq === 0 ? {} : { after: seq })
    if (seq === start.seq) cutAt(path, start, page)
    const closing = closingOf(page)
    const isSame = countLines(page) === 1 && closing !== undefined && closing === start.closing
    if (!isSame) append(path, page)
    seq += countLines(page) - (closing === undefined ? 0 : 1)
    onProgress(seq)
    if (closing !== undefined) return { entries: seq, before: start.seq }
  }
}

/**
 * Takes away the line that was cut. Where no whole line stands before it, the file may be anything: then it must be the beginning of
 * what follows.
 */
function cutAt(path: string, { end, cut }: Position, page: string): void {
  if (cut === undefined) return
  if (end === 0 && !page.startsWith(cut)) throw notAnExport(path)
  truncateSync(path, end)
}

async function findEnd(path: string): Promise<Position> {
  let position: Position = { seq: 0, end: 0 }
  for await (const { text, end, isWhole } of readLines(path)) {
    if (!isWhole) return { ...position, cut: position.end > 0 ? '' : (text ?? refuse(path)) }
    const line = parseStrictJson(text ?? '')
    if (!isJsonObject(line)) throw notAnExport(path)
    position = following(position, line, end) ?? refuse(path)
  }
  return position
}

function following(before: Position, line: JsonObject, end: number): Position | undefined {
  const closing = member(line, 'checkpoint')
  if (typeof closing === 'string') return { seq: before.seq, end, closing }
  return member(line, 'seq') === before.seq + 1 ? { seq: before.seq + 1, end } : undefined
}

function refuse(path: string): never {
  throw notAnExport(path)
}

function notAnExport(path: string): CliError {
  return usageError(`${path} is no export of an audit trail that could be gone on with; name another file`)
}

/** The note of the checkpoint that closes an export, if the page is its last one. */
function closingOf(page: string): string | undefined {
  const last = parseStrictJson(page.trimEnd().split('\n').at(-1) ?? '')
  const isExport = page.endsWith('\n') && isJsonObject(last)
  const note = isExport ? member(last, 'checkpoint') : undefined
  if (isExport) return typeof note === 'string' ? note : undefined
  throw new CliError(
    'unusable_answer',
    'the issuer gave an export of another form; compare its version with this one',
  )
}

function countLines(page: string): number {
  return page.split('\n').length - 1
}

/** Entries name people's doings: only the owner of the file may read it. */
function append(path: string, page: string): void {
  try {
    appendFileSync(path, page, { mode: PRIVATE_MODE, flush: true })
  } catch (cause) {
    const reason = systemCodeOf(cause) ?? 'unknown error'
    throw new CliError('unwritable', `cannot write ${path}: ${reason}; run it again to go on`, { cause })
  }
}
