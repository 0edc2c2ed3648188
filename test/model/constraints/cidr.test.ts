import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIpAddress } from '../../../src/model/constraints/ip-address.ts'
import { allows, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const cidr = (...values: unknown[]) => ({ kind: 'cidr', values })
const OFFICE = cidr('203.0.113.0/24', '2001:db8::/32')

describe('cidr parse', () => {
  it.each([
    '203.0.113.0/24',
    '0.0.0.0/0',
    '255.255.255.255/32',
    '2001:db8::/32',
    '::/0',
    '::1/128',
    '1:2:3:4:5:6:7::/112',
    '::ffff:203.0.113.0/120',
  ])('accepts %s', (block) => {
    expect(constraintIn(cidr(block))).toBeDefined()
  })

  it.each([
    ['no length', '203.0.113.0'],
    ['an empty length', '203.0.113.0/'],
    ['a length beyond 32', '203.0.113.0/33'],
    ['a length beyond 128', '2001:db8::/129'],
    ['a length with a leading zero', '203.0.113.0/024'],
    ['a mask', '203.0.113.0/255.255.255.0'],
    ['two lengths', '203.0.113.0/24/24'],
    ['bits beyond the prefix', '203.0.113.5/24'],
    ['bits beyond the prefix of IPv6', '2001:db8::1/32'],
    ['an octet of 256', '203.0.256.0/24'],
    ['an octal octet', '0203.0.113.0/24'],
    ['a hexadecimal octet', '0xcb.0.113.0/24'],
    ['three octets', '203.0.113/24'],
    ['one number', '3405803776/24'],
    ['two gaps', '1::2::3/128'],
    ['a gap of nothing', '1:2:3:4::5:6:7:8/128'],
    ['nine groups', '1:2:3:4:5:6:7:8:9/128'],
    ['seven groups', '1:2:3:4:5:6:7/128'],
    ['five digits', '12345::/128'],
    ['a zone', 'fe80::1%eth0/128'],
    ['a dotted part in front', '1.2.3.4::/128'],
    ['three colons', ':::/0'],
    ['white space', ' 203.0.113.0/24'],
    ['nothing', ''],
    ['a name', 'localhost/32'],
    ['a number', 5],
  ])('refuses %s', (_, block) => {
    expect(constraintIn(cidr(block))).toBeUndefined()
  })

  it('refuses no block at all and more than 64', () => {
    expect(constraintIn(cidr())).toBeUndefined()
    expect(constraintIn(cidr(...new Array(65).fill('::/0')))).toBeUndefined()
    expect(constraintIn(cidr(...new Array(64).fill('::/0')))).toBeDefined()
  })
})

describe('cidr allows', () => {
  it.each([
    '203.0.113.0',
    '203.0.113.255',
    '::ffff:203.0.113.7',
    '::ffff:cb00:7107',
    '2001:db8::',
    '2001:DB8:ffff::1',
  ])('%s', (clientAddress) => {
    expect(allows(OFFICE, { clientAddress })).toBe(true)
  })

  it.each([
    '203.0.112.255',
    '203.0.114.0',
    '::ffff:203.0.114.1',
    '::203.0.113.7',
    '2001:db9::',
    '203.0.113.7, 10.0.0.1',
    'fe80::1%eth0',
    '',
    'unknown',
  ])('not %j', (clientAddress) => {
    expect(allows(OFFICE, { clientAddress })).toBe(false)
  })

  it('nothing when the address is not known [P12]', () => {
    expect(allows(cidr('0.0.0.0/0', '::/0'), {})).toBe(false)
  })

  it('an IPv4 address only by IPv4 blocks, however it is written', () => {
    expect(allows(cidr('::/0'), { clientAddress: '::ffff:1.2.3.4' })).toBe(false)
    expect(allows(cidr('::ffff:0:0/96'), { clientAddress: '1.2.3.4' })).toBe(true)
  })
})

describe('cidr subsumes', () => {
  it.each([
    ['the same', OFFICE, OFFICE],
    ['a part', OFFICE, cidr('203.0.113.128/25')],
    ['an address', cidr('0.0.0.0/0'), cidr('10.0.0.1/32')],
    ['the same in mapped form', OFFICE, cidr('::ffff:203.0.113.0/120')],
  ])('%s', (_, parent, child) => {
    expect(isSubsumed(parent, child)).toBe(true)
  })

  it.each([
    ['a larger block', OFFICE, cidr('203.0.112.0/23')],
    ['one block more', OFFICE, cidr('203.0.113.0/24', '10.0.0.0/8')],
    ['the other family', cidr('0.0.0.0/0'), cidr('::/0')],
  ])('not %s', (_, parent, child) => {
    expect(isSubsumed(parent, child)).toBe(false)
  })
})

describe('parseIpAddress', () => {
  it('takes what the platform takes, without zones', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f:.]{1,20}$/),
      fc.stringMatching(/^(0|1|255|256|01)(\.(0|1|255|256|01)){2,4}$/),
      fc.stringMatching(/^::(ffff:)?[0-9.]{7,15}$/),
    )

    fc.assert(
      fc.property(text, (address) => {
        expect(parseIpAddress(address) !== undefined).toBe(isIPv4(address) || isIPv6(address))
      }),
      { numRuns: 1000 },
    )
  })
})
