import { isJsonArray, type Json, type JsonObject, member } from '../../core/json.ts'
import { buildConstraint } from '../../model/constraints/build-constraint.ts'
import type { Constraint } from '../../model/constraints/constraint.ts'
import type { Grant } from '../../model/grant.ts'

/** What one entry of a grant allows, in one line for people. */
export function describeGrant(grant: Grant): string {
  const { type, supported, actions, locations, identifiers, constraints, inheritable } = grant
  if (!supported) return `an entry of type ${type} that this version does not understand: grants nothing`
  const places = locations.map(({ origin, path }) => origin + path)
  return [
    actions.join(', '),
    `at ${places.join(', ')}`,
    ...(identifiers === undefined
      ? []
      : [`on ${identifiers.length === 0 ? 'nothing' : identifiers.join(', ')}`]),
    ...(constraints.length === 0 ? [] : [`if ${constraints.map(describeConstraint).join(' and ')}`]),
    ...(inheritable ? [] : ['(not inheritable)']),
  ].join(' ')
}

function describeConstraint(constraint: Constraint): string {
  const json = buildConstraint(constraint)
  switch (constraint.kind) {
    case 'range':
      return describeRange(json)
    case 'one_of':
      return `${text(json, 'on')} is one of ${list(json, 'values')}`
    case 'time':
      return `it is ${text(json, 'from')}-${text(json, 'to')} on ${days(constraint.days)} in ${text(json, 'zone')}`
    case 'cidr':
      return `called from ${list(json, 'values')}`
    case 'count':
      return `used at most ${constraint.max} times ${period(json)}`
    case 'budget':
      return `${text(json, 'on')} adds up to at most ${text(json, 'max')}${unit(json)} ${period(json)}`
  }
}

function describeRange(json: JsonObject): string {
  const on = text(json, 'on')
  const min = text(json, 'min')
  const max = text(json, 'max')
  if (min === '') return `${on} is at most ${max}${unit(json)}`
  return max === '' ? `${on} is at least ${min}${unit(json)}` : `${on} is ${min} to ${max}${unit(json)}`
}

function unit(json: JsonObject): string {
  const currency = text(json, 'currency')
  return currency === '' ? '' : ` ${currency}`
}

const PERIODS = new Map([
  ['W', 'week'],
  ['D', 'day'],
  ['H', 'hour'],
  ['M', 'minute'],
  ['S', 'second'],
])

function period(json: JsonObject): string {
  const [, amount, letter = ''] = /^PT?(\d+)([A-Z])$/.exec(text(json, 'per')) ?? []
  const name = PERIODS.get(letter)
  if (name === undefined) return 'in all'
  return amount === '1' ? `per ${name}` : `per ${amount} ${name}s`
}

const WEEKDAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function days(numbers: readonly number[]): string {
  return numbers.length === 7 ? 'any day' : numbers.map((day) => WEEKDAYS[day]).join(', ')
}

function text(json: JsonObject, name: string): string {
  const value: Json | undefined = member(json, name)
  return typeof value === 'string' ? value : ''
}

function list(json: JsonObject, name: string): string {
  const values = member(json, name)
  return isJsonArray(values) ? values.map(String).join(', ') : ''
}
