import type { Json } from '../../core/json.ts'
import { MAX_VALUES } from '../grant.ts'
import { isPlainText } from '../text.ts'
import { isSamePath, parseArgumentPath, readArgument } from './argument-path.ts'
import type { ConstraintKind, OneOfConstraint } from './constraint.ts'

/** Longest string among the values, in characters. */
const MAX_VALUE_CHARS = 256

type Value = OneOfConstraint['values'][number]

/** A value of the request is one of a list, with the same JSON type: `1` is not `"1"` (docs/spec/03-grants.md). */
export const ONE_OF: ConstraintKind<OneOfConstraint> = {
  parse(members) {
    const on = members.parsed('on', parseArgumentPath, [])
    return { kind: 'one_of', on, values: members.list('values', { max: MAX_VALUES }, parseValue) }
  },

  allows({ on, values }, request) {
    const value = readArgument(request.arguments, on)
    return isScalar(value) && values.includes(value)
  },

  allowsUntil() {
    return Number.POSITIVE_INFINITY
  },

  concernsSame(a, b) {
    return isSamePath(a.on, b.on)
  },

  subsumes(parent, child) {
    return isSamePath(parent.on, child.on) && child.values.every((value) => parent.values.includes(value))
  },
}

function isScalar(json: Json | undefined): json is Value {
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean'
}

/** Fractions are refused: decimals are strings, so that no two readers round them apart. */
function parseValue(json: Json): Value | undefined {
  if (typeof json === 'string') return isPlainText(json, MAX_VALUE_CHARS) ? json : undefined
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json : undefined
  return typeof json === 'boolean' ? json : undefined
}
