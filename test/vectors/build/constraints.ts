import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { VectorAsk, VectorFile } from '../format.ts'
import { grant, READ, Scene } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

const RANGE = {
  kind: 'range',
  on: 'amount.value',
  min: '1.50',
  max: '50.00',
  currency: 'EUR',
  currencyOn: 'amount.currency',
}
const PAYEE = { kind: 'one_of', on: 'payee', values: ['acct-1', 'acct-2'] }
/** Evaluated on a Sunday at 10:00 in Berlin, 09:00 UTC. */
const SUNDAY = { kind: 'time', days: [7], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }
const OFFICE = { kind: 'cidr', values: ['203.0.113.0/24', '2001:db8::/32'] }

/** Limits on arguments, time and address, at their edges. */
export async function constraints(): Promise<VectorFile> {
  const scene = await Scene.create('constraints')
  const theme = new Theme(
    'constraints',
    'Limits on arguments, time and address, at their edges.',
    await settingOf(scene),
  )
  await amounts(theme, scene)
  await values(theme, scene)
  await hours(theme, scene)
  await addresses(theme, scene)
  return theme.file
}

async function under(scene: Scene, constraint: JsonObject, ask: Partial<VectorAsk>) {
  const texts = await scene.twoLinks({ authorizationDetails: [grant({ constraints: [constraint] })] })
  return asked(await scene.request(texts), { ...READ, ...ask })
}

async function amounts(theme: Theme, scene: Scene): Promise<void> {
  const of = (value: Json, currency: Json = 'EUR') =>
    under(scene, RANGE, { arguments: { amount: { value, currency } } })
  const right: readonly (readonly [string, string, Json])[] = [
    ['range-max', 'an amount at the upper bound', '50.00'],
    ['range-min', 'an amount at the lower bound, with fewer digits', '1.5'],
    ['range-number', 'an amount as a whole number', 50],
  ]
  for (const [name, title, value] of right) theme.accept(name, title, await of(value))
  const wrong: readonly (readonly [string, string, Json, Json?])[] = [
    ['range-above', 'an amount above the upper bound by the last digit', '50.000000000000000001'],
    ['range-below', 'an amount below the lower bound', '1.49'],
    ['range-negative', 'a negative amount', '-10'],
    ['range-exponent', 'an amount with an exponent', '1e1'],
    ['range-zeros', 'an amount with leading zeros', '010'],
    ['range-fraction', 'an amount as a number with a fraction', 10.5],
    ['range-list', 'a list of amounts', ['10']],
    ['range-space', 'an amount with a space', ' 10'],
    ['range-currency', 'an amount in another currency', '10', 'USD'],
    ['range-no-currency', 'an amount without currency', '10', null],
  ]
  for (const [name, title, value, currency] of wrong) {
    theme.refuse(name, 'range-max', title, refusal('constraint_violated@1 range'), await of(value, currency))
  }
  const missing = await under(scene, RANGE, {})
  theme.refuse(
    'range-missing',
    'range-max',
    'no arguments at all',
    refusal('constraint_violated@1 range'),
    missing,
  )
  const malformed: readonly (readonly [string, string, JsonObject])[] = [
    ['range-bound-form', 'a bound that is no decimal', { ...RANGE, max: '1e9' }],
    ['range-no-bound', 'a range without bounds', { kind: 'range', on: 'amount.value' }],
    [
      'range-half-currency',
      'a currency without the place where it stands',
      { kind: 'range', on: 'amount.value', max: '1', currency: 'EUR' },
    ],
    ['range-member', 'a range with a member that it does not have', { ...RANGE, step: '1' }],
  ]
  for (const [name, title, constraint] of malformed) {
    const step = await under(scene, constraint, { arguments: { amount: { value: '10', currency: 'EUR' } } })
    theme.refuse(name, 'range-max', title, refusal('malformed@1'), step)
  }
}

async function values(theme: Theme, scene: Scene): Promise<void> {
  const of = (args: JsonObject) => under(scene, PAYEE, { arguments: args })
  theme.accept('one-of', 'a value of the list', await of({ payee: 'acct-2' }))
  const wrong: readonly (readonly [string, string, JsonObject])[] = [
    ['one-of-other', 'a value that is not in the list', { payee: 'acct-3' }],
    ['one-of-case', 'a value of the list in capitals', { payee: 'ACCT-1' }],
    ['one-of-list', 'a list of values of the list', { payee: ['acct-1'] }],
    ['one-of-missing', 'no value', { payer: 'acct-1' }],
  ]
  for (const [name, title, args] of wrong) {
    theme.refuse(name, 'one-of', title, refusal('constraint_violated@1 one_of'), await of(args))
  }
}

async function hours(theme: Theme, scene: Scene): Promise<void> {
  const right: readonly (readonly [string, string, JsonObject])[] = [
    ['time', 'within the hours of the zone', SUNDAY],
    ['time-from', 'at the very beginning', { ...SUNDAY, from: '10:00' }],
    [
      'time-night',
      'in a night that began on the day before',
      { ...SUNDAY, days: [6], from: '22:00', to: '10:01' },
    ],
  ]
  for (const [name, title, constraint] of right) theme.accept(name, title, await under(scene, constraint, {}))
  const wrong: readonly (readonly [string, string, JsonObject])[] = [
    ['time-to', 'at the very end', { ...SUNDAY, to: '10:00' }],
    ['time-day', 'on another day', { ...SUNDAY, days: [1, 2, 3, 4, 5] }],
    [
      'time-zone',
      'at the right hour of another zone',
      { ...SUNDAY, from: '09:00', to: '10:00', zone: 'Europe/Berlin' },
    ],
    ['time-night-day', 'in a night that would have begun today', { ...SUNDAY, from: '22:00', to: '10:01' }],
    ['time-unknown-zone', 'in a zone that nobody knows', { ...SUNDAY, zone: 'Mars/Olympus' }],
  ]
  for (const [name, title, constraint] of wrong) {
    theme.refuse(
      name,
      'time',
      title,
      refusal('constraint_violated@1 time'),
      await under(scene, constraint, {}),
    )
  }
}

async function addresses(theme: Theme, scene: Scene): Promise<void> {
  const from = (clientAddress?: string) =>
    under(scene, OFFICE, clientAddress === undefined ? {} : { clientAddress })
  const right: readonly (readonly [string, string, string])[] = [
    ['cidr', 'an address of the network', '203.0.113.255'],
    ['cidr-mapped', 'an address of the network, mapped into IPv6', '::ffff:203.0.113.7'],
    ['cidr-v6', 'an IPv6 address of the network', '2001:db8:1::7'],
  ]
  for (const [name, title, address] of right) theme.accept(name, title, await from(address))
  const wrong: readonly (readonly [string, string, string?])[] = [
    ['cidr-outside', 'the next address after the network', '203.0.114.0'],
    ['cidr-v6-outside', 'an IPv6 address outside', '2001:db9::1'],
    ['cidr-octal', 'an address with a leading zero', '203.0.113.07'],
    ['cidr-none', 'no address'],
  ]
  for (const [name, title, address] of wrong) {
    theme.refuse(name, 'cidr', title, refusal('constraint_violated@1 cidr'), await from(address))
  }
}
