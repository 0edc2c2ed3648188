import { ProcuraError } from '../errors.ts'
import { encodeUtf8 } from './bytes.ts'

/** Deepest nesting that is written; what strict JSON reads is shallower. Stops cycles, too. */
const MAX_JCS_DEPTH = 64

/**
 * RFC 8785 canonical JSON as UTF-8 bytes. Members that are `undefined` are left out, as JSON.stringify does.
 *
 * What came from {@link parseStrictJson} never throws; values of other origin may.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what JSON cannot express: NaN, infinities, lone surrogates,
 * functions, class instances, `undefined` in an array, cycles.
 */
export function encodeJcs(value: unknown): Uint8Array {
  return encodeUtf8(write(value, 0))
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (typeof value === 'boolean' || value === null) return String(value)
  if (typeof value !== 'object' || depth === MAX_JCS_DEPTH) throw noJsonForm()
  return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1)
}

/** RFC 8785 §3.2.2.2 takes the escapes of JSON.stringify. */
function writeString(text: string): string {
  if (!text.isWellFormed()) throw noJsonForm()
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = ''
  for (let i = 0; i < items.length; i++) text += (i > 0 ? ',' : '') + write(items[i], depth)
  return `[${text}]`
}

/** Members sorted by UTF-16 code units (RFC 8785 §3.2.3), which is the order of Array.sort. */
function writeObject(object: object, depth: number): string {
  if (!isPlain(object)) throw noJsonForm()
  let text = ''
  for (const name of Object.keys(object).sort()) {
    const value = object[name]
    if (value !== undefined) text += `${text === '' ? '' : ','}${writeString(name)}:${write(value, depth)}`
  }
  return `{${text}}`
}

/** Refuses class instances: a Date or a Map would be written as `{}`. */
function isPlain(object: object): object is Readonly<Record<string, unknown>> {
  const prototype: object | null = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function noJsonForm(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the value has no JSON form')
}
