import type { Json } from '../../core/json.ts'
import type { Decimal } from './constraint.ts'

/** Digits after the point that a decimal of the protocol can have. */
export const DECIMAL_SCALE = 18

const DECIMAL = /^(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,18}))?$/
const ONE: Decimal = 10n ** BigInt(DECIMAL_SCALE)

/** Reads a decimal of a constraint: `50.00`. No sign, no exponent, no leading zero (docs/spec/03-grants.md "Values"). */
export function parseDecimal(json: Json): Decimal | undefined {
  const match = typeof json === 'string' ? DECIMAL.exec(json) : null
  if (match === null) return undefined
  const [, whole = '', fraction = ''] = match
  return BigInt(whole + fraction.padEnd(DECIMAL_SCALE, '0'))
}

/** Reads an amount of a request: such a string, or a safe integer that is not negative. Anything else denies. */
export function readDecimal(json: Json | undefined): Decimal | undefined {
  if (typeof json !== 'number') return json === undefined ? undefined : parseDecimal(json)
  return Number.isSafeInteger(json) && json >= 0 ? BigInt(json) * ONE : undefined
}
