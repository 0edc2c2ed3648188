import type { JsonObject } from '../../core/json.ts'
import type { MemberReader } from '../member-reader.ts'
import { isSamePath, parseArgumentPath, readArgument } from './argument-path.ts'

/** The currency of an amount of money, and the argument that says it. Neither: the amount is of no currency. */
export interface CurrencyMembers {
  /** ISO 4217 alphabetic code. */
  readonly currency?: string
  readonly currencyOn?: readonly string[]
}

const CURRENCY = /^[A-Z]{3}$/

/** A currency without the place where the request states it could not be compared, so both come or none. */
export function parseCurrency(members: MemberReader): CurrencyMembers {
  if (!members.has('currency') && !members.has('currencyOn')) return {}
  const currency = members.text('currency', (text) => CURRENCY.test(text))
  return { currency, currencyOn: members.parsed('currencyOn', parseArgumentPath, []) }
}

/** Whether the arguments of a request state the currency, if there is one to state. */
export function isInCurrency(
  { currency, currencyOn }: CurrencyMembers,
  args: JsonObject | undefined,
): boolean {
  return currencyOn === undefined || readArgument(args, currencyOn) === currency
}

/** Whether what is in the currency of `child` is in that of `parent`, too. */
export function coversCurrency(parent: CurrencyMembers, child: CurrencyMembers): boolean {
  if (parent.currency === undefined) return true
  return parent.currency === child.currency && isSamePath(parent.currencyOn, child.currencyOn)
}
