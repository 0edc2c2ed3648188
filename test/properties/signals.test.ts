import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { readSignal } from '../../src/server/signals/read-signal.ts'
import { RISC, SSF } from '../helpers/signal-transmitter.ts'
import { newTransmitter } from '../server/store/fixtures.ts'

const TRANSMITTER = newTransmitter()
const { issuer } = TRANSMITTER

const anyJson = fc.jsonValue({ maxDepth: 4 })
const type = fc.constantFrom(
  ...['account-disabled', 'account-purged', 'account-enabled', 'other'].map((name) => RISC + name),
  `${SSF}verification`,
  `${SSF}stream-updated`,
)
const name = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('ada\0'))
const simple = fc.oneof(
  fc.record({
    format: fc.constant('iss_sub'),
    iss: fc.constantFrom(issuer, 'https://x.example'),
    sub: name,
  }),
  fc.record({ format: fc.constant('opaque'), id: name }),
  fc.record({ format: fc.string(), id: anyJson }),
  anyJson,
)
const identifier = fc.oneof(
  simple,
  fc.record({ format: fc.constant('complex'), user: simple, tenant: simple }),
  fc.record({ format: fc.constant('aliases'), identifiers: fc.array(simple) }),
)
const claims = fc.record(
  {
    jti: fc.oneof(fc.constant('a'), anyJson),
    iat: fc.oneof(fc.nat(), anyJson),
    toe: fc.oneof(fc.nat(), anyJson),
    sub_id: identifier,
    events: fc.oneof(fc.dictionary(type, fc.oneof(fc.constant({}), anyJson)), anyJson),
  },
  { requiredKeys: ['jti', 'iat', 'events'] },
) as fc.Arbitrary<JsonObject>

describe('a security event', () => {
  it('is read or refused, whatever it says, and names subjects of one issuer alone that owners can have', () => {
    fc.assert(
      fc.property(claims, (said) => {
        const read = readSignal(said, 'signed', TRANSMITTER)
        if ('err' in read) {
          expect(read.err).toBe('invalid_request')
          return
        }
        expect(Number.isSafeInteger(read.at)).toBe(true)
        const { demand } = read
        if (demand.kind === 'note') return
        for (const named of demand.subjects) {
          expect(named.issuer).toBe(issuer)
          expect(named.subject).toMatch(/^[\x20-\x7e]{1,255}$/)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('never asks for less because something is said beside it', () => {
    const grave = ['account-purged', 'account-disabled', 'account-enabled']
    fc.assert(
      fc.property(fc.subarray(grave, { minLength: 1 }), fc.array(type), (names, more) => {
        const types = [...names.map((name) => RISC + name), ...more]
        const events = Object.fromEntries(types.map((one) => [one, {}]))
        const read = readSignal(
          { jti: 'a', iat: 1, sub_id: { format: 'opaque', id: 'ada' }, events },
          'signed',
          TRANSMITTER,
        )
        const gravest = grave.findIndex((name) => Object.hasOwn(events, RISC + name))
        expect(read).toMatchObject({ demand: { kind: ['offboard', 'suspend', 'resume'][gravest] } })
      }),
    )
  })
})
