import { decodeBase64url, encodeBase64url } from '../../src/core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/core/bytes.ts'
import { parseStrictJson } from '../../src/core/json.ts'
import { mutateJson } from './mutate-json.ts'
import { bitFlips, reorderParts } from './mutate-text.ts'

/** A change of one part of a presentation. `where` tells changes of one kind apart where that matters. */
export interface PartMutation {
  readonly kind: string
  readonly where: string
  readonly text: string
}

/** Every change of one bit, one member or one place that a text offers, by what it is: JSON, a token, a list of tokens, or any text. */
export function* mutatePart(text: string, bits: number): Generator<PartMutation> {
  for (const flipped of bitFlips(text, bits)) yield { kind: 'bit', where: '', text: flipped }
  yield* mutateSpace(text)
  if (text.startsWith('{')) yield* mutateDocument(text)
  else if (text.includes('~')) yield* mutateSdJwt(text)
  else yield* mutateToken(text)
  yield* mutateList(text)
}

function* mutateSpace(text: string): Generator<PartMutation> {
  for (const space of [' ', '\t', '\n', '\r\n']) {
    yield { kind: 'space in front', where: '', text: space + text }
    yield { kind: 'space behind', where: '', text: text + space }
  }
}

function* mutateDocument(text: string): Generator<PartMutation> {
  for (const { kind, path, text: changed } of mutateJson(text)) yield { kind, where: path, text: changed }
  for (const separator of [',', ':', '{', '['])
    yield { kind: 'space within', where: '', text: text.replaceAll(`"${separator}"`, `"${separator} "`) }
}

function* mutateSdJwt(text: string): Generator<PartMutation> {
  const [jws = '', ...rest] = text.split('~')
  for (const [kind, changed] of reorderParts(text, '~'))
    yield { kind: `${kind} disclosure`, where: '', text: changed }
  for (const [i, disclosure] of rest.entries())
    for (const { kind, where, text: changed } of mutateSegment(disclosure))
      yield { kind: `${kind} in disclosure`, where, text: [jws, ...rest.with(i, changed)].join('~') }
  for (const { kind, where, text: changed } of mutateToken(jws))
    yield { kind, where, text: [changed, ...rest].join('~') }
}

function* mutateToken(text: string): Generator<PartMutation> {
  const segments = text.split('.')
  if (segments.length < 2) return
  for (const [kind, changed] of reorderParts(text, '.'))
    yield { kind: `${kind} segment`, where: '', text: changed }
  for (const [i, segment] of segments.entries())
    for (const { kind, where, text: changed } of mutateSegment(segment))
      yield { kind, where, text: segments.with(i, changed).join('.') }
}

/** One segment of base64url: the JSON in it, and other spellings of the same bytes. */
function* mutateSegment(segment: string): Generator<PartMutation> {
  for (const text of [`${segment}=`, `${segment}A`, segment.slice(0, -1), ''])
    yield { kind: 'other spelling', where: '', text }
  const json = decodeUtf8(decodeBase64url(segment) ?? new Uint8Array()) ?? ''
  if (!/^[[{]/.test(json) || parseStrictJson(json) === undefined) return
  for (const { kind, path, text } of mutateJson(json)) {
    const encoded = encodeBase64url(encodeUtf8(text))
    if (encoded !== segment) yield { kind, where: path, text: encoded }
  }
}

/** A list as in a field: its members left out, twice, exchanged. */
function* mutateList(text: string): Generator<PartMutation> {
  if (!text.includes(', ')) return
  for (const [kind, changed] of reorderParts(text, ', '))
    yield { kind: `${kind} member`, where: '', text: changed }
}
