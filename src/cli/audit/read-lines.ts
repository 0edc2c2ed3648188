import { createReadStream } from 'node:fs'
import { decodeUtf8 } from '../../core/bytes.ts'
import { systemCodeOf } from '../../server/system-code.ts'
import { CliError } from '../cli-error.ts'

/** Longest line that is read, in bytes: many times any entry. */
const MAX_LINE_BYTES = 1024 * 1024

export interface FileLine {
  /** Without its line feed; `undefined` when it is longer than any may be, or not UTF-8. */
  readonly text: string | undefined
  /** Where the next one begins, in bytes. */
  readonly end: number
  /** Whether a line feed closes it. */
  readonly isWhole: boolean
}

/**
 * The lines of a file, one after the other: what is held in memory does not grow with the file.
 *
 * @param path Absolute.
 * @throws {CliError} `unreadable`
 */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let rest = Buffer.alloc(0)
  let end = 0
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk])
      for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
        end += at + 1
        yield { text: textOf(rest.subarray(0, at)), end, isWhole: true }
        rest = rest.subarray(at + 1)
      }
      if (rest.length > MAX_LINE_BYTES) break
    }
  } catch (cause) {
    throw new CliError('unreadable', `cannot read ${path}: ${systemCodeOf(cause) ?? 'unknown error'}`, {
      cause,
    })
  }
  if (rest.length > 0) yield { text: textOf(rest), end: end + rest.length, isWhole: false }
}

function textOf(line: Uint8Array): string | undefined {
  return line.length > MAX_LINE_BYTES ? undefined : decodeUtf8(line)
}
