import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { joinChain } from '../../src/delegation/join-chain.ts'
import {
  authorizedUntil,
  authorizeRequest,
  checkAttenuation,
  checkValidity,
} from '../../src/delegation/verify-chain.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { agentJson, helperJson, linksOf, ownerJson, runJson, START } from '../helpers/credentials.ts'
import { grant, MAIL, request } from '../helpers/grants.ts'

const READ = { ...MAIL, actions: ['mail.read'] }
const INHERIT = { authorizationDetails: undefined, inherit: true }

function chainOf(...documents: readonly JsonObject[]): ParsedChain {
  const joined = joinChain(linksOf(...documents))
  if (!joined.verified) throw new Error(`the sample does not join: ${JSON.stringify(joined.refusal)}`)
  return joined.value
}

/** A chain of links with these entries; `inherit` for link 1. */
function chainGranting(
  owner: object[],
  agent: object[] | 'inherit',
  run?: object[],
  helper?: object[],
): ParsedChain {
  const tail = [
    ...(run === undefined ? [] : [runJson({ authorizationDetails: run })]),
    ...(helper === undefined ? [] : [helperJson({ authorizationDetails: helper })]),
  ]
  const details = agent === 'inherit' ? INHERIT : { authorizationDetails: agent }
  return chainOf(ownerJson({ authorizationDetails: owner }), agentJson(details), ...tail)
}

describe('checkValidity', () => {
  const END = START + 900_000
  const chain = chainOf(ownerJson(), agentJson(), runJson())

  it.each([
    ['at the first instant', START],
    ['at the last', END - 1],
  ])('accepts a chain %s', (_, now) => {
    expect(checkValidity(chain, now, 0)).toEqual({ verified: true, value: undefined })
  })

  it.each([
    ['not_yet_valid', START - 1],
    ['expired', END],
  ])('refuses a chain as %s', (code, now) => {
    expect(checkValidity(chain, now, 0)).toEqual({ verified: false, refusal: { code, link: 0 } })
  })

  it('grants the skew at both ends, and not a millisecond more', () => {
    expect(checkValidity(chain, START - 30_000, 30_000)).toMatchObject({ verified: true })
    expect(checkValidity(chain, END + 29_999, 30_000)).toMatchObject({ verified: true })
    expect(checkValidity(chain, START - 30_001, 30_000)).toMatchObject({ refusal: { code: 'not_yet_valid' } })
    expect(checkValidity(chain, END + 30_000, 30_000)).toMatchObject({ refusal: { code: 'expired' } })
  })

  it('names the link whose window is past: an expired parent ends its children [DC-07]', () => {
    const short = runJson({}, { validUntil: '2026-11-22T09:01:00.000Z' })
    const longOwner = ownerJson({}, { validUntil: '2027-11-22T09:00:00.000Z' })

    expect(checkValidity(chainOf(ownerJson(), agentJson(), short), START + 60_000, 0)).toMatchObject({
      refusal: { code: 'expired', link: 2 },
    })
    expect(checkValidity(chainOf(longOwner, agentJson(), short), END, 0)).toMatchObject({
      refusal: { code: 'expired', link: 1 },
    })
  })

  it('refuses at an instant that is no number', () => {
    expect(checkValidity(chain, Number.NaN, 0)).toMatchObject({ verified: false })
    expect(checkValidity(chain, START, Number.NaN)).toMatchObject({ verified: false })
  })
})

describe('checkAttenuation', () => {
  it('accepts links that narrow [DC-01]', () => {
    expect(checkAttenuation(chainGranting([MAIL], [MAIL], [READ], [READ]))).toEqual({
      verified: true,
      value: undefined,
    })
  })

  it.each([
    ['link 2', chainGranting([MAIL], [READ], [MAIL]), 2],
    ['link 3', chainGranting([MAIL], [MAIL], [READ], [MAIL]), 3],
  ])(
    'refuses %s that goes beyond its parent, even where an ancestor granted it [DC-03]',
    (_, chain, link) => {
      expect(checkAttenuation(chain)).toEqual({
        verified: false,
        refusal: { code: 'capability_escalated', link, dimension: 'actions' },
      })
    },
  )

  it('does not compare link 1 with link 0, whose entitlements may have shrunk since', () => {
    expect(checkAttenuation(chainGranting([READ], [MAIL], [MAIL]))).toMatchObject({ verified: true })
  })

  it('has nothing to compare with below a link 1 that inherits, and compares from there on', () => {
    expect(checkAttenuation(chainGranting([READ], 'inherit', [MAIL], [READ]))).toMatchObject({
      verified: true,
    })
    expect(checkAttenuation(chainGranting([READ], 'inherit', [READ], [MAIL]))).toMatchObject({
      refusal: { code: 'capability_escalated', link: 3 },
    })
  })

  it('compares a grandchild with limits that its parent left unsaid', () => {
    const only = (...identifiers: string[]) => [{ ...READ, identifiers }]

    expect(checkAttenuation(chainGranting([MAIL], only('a/'), [READ], only('b')))).toMatchObject({
      refusal: { code: 'capability_escalated', link: 3, dimension: 'identifiers' },
    })
    expect(checkAttenuation(chainGranting([MAIL], only('a/'), [READ], only('a/b')))).toMatchObject({
      verified: true,
    })
  })

  it.each([
    ['the owner alone', chainOf(ownerJson())],
    ['one delegation', chainOf(ownerJson(), agentJson())],
  ])('accepts %s', (_, chain) => {
    expect(checkAttenuation(chain)).toMatchObject({ verified: true })
  })
})

describe('authorizeRequest', () => {
  it('answers with the entry of the last link', () => {
    expect(authorizeRequest(chainGranting([MAIL], [MAIL], [READ]), request())).toEqual({
      verified: true,
      value: grant({ actions: ['mail.read'] }),
    })
  })

  it('answers with the entry of the owner in person', () => {
    expect(authorizeRequest(chainOf(ownerJson()), request())).toMatchObject({ verified: true })
  })

  it.each([
    [
      'the owner, whose entitlements shrank [I3]',
      chainGranting([{ ...MAIL, actions: ['mail.send'] }], [MAIL], [READ]),
      0,
    ],
    ['the agent', chainGranting([MAIL], [{ ...MAIL, actions: ['mail.send'] }]), 1],
    ['the run', chainGranting([MAIL], [MAIL], [{ ...MAIL, actions: ['mail.send'] }]), 2],
    ['a run that is granted nothing [DC-05]', chainGranting([MAIL], [MAIL], []), 2],
  ])('refuses what %s may not', (_, chain, link) => {
    expect(authorizeRequest(chain, request())).toEqual({
      verified: false,
      refusal: { code: 'not_authorized', link, dimension: 'actions' },
    })
  })

  it('keeps a limit of a parent that its child does not restate [DC-03]', () => {
    const limited = { ...MAIL, identifiers: ['inbox/'] }
    const chain = chainGranting([MAIL], [limited], [READ])

    expect(authorizeRequest(chain, request({ identifier: 'inbox/a' }))).toMatchObject({ verified: true })
    expect(authorizeRequest(chain, request({ identifier: 'outbox/a' }))).toMatchObject({
      refusal: { code: 'not_authorized', link: 1, dimension: 'identifiers' },
    })
  })

  it('allows what two entries of a parent allow only together through two entries of the child', () => {
    const other = { ...MAIL, locations: ['https://bank.example/'] }
    const chain = chainGranting([MAIL, other], [other, MAIL], [READ])

    expect(authorizeRequest(chain, request())).toMatchObject({ verified: true })
    expect(authorizeRequest(chain, request({ origin: 'https://bank.example' }))).toMatchObject({
      refusal: { link: 2, dimension: 'locations' },
    })
  })

  it('names the link that relies on what is not understood [DC-20]', () => {
    const chain = chainGranting([MAIL], [{ ...MAIL, constraints: [{ kind: 'moon_phase' }] }], [READ])

    expect(checkAttenuation(chain)).toMatchObject({ verified: true })
    expect(authorizeRequest(chain, request())).toMatchObject({ refusal: { code: 'unsupported', link: 1 } })
  })

  describe('through a link 1 that inherits [I3, I4]', () => {
    const payment = { ...MAIL, actions: ['payment.initiate'], inheritable: false }

    it('allows what the owner holds, and answers with that entry', () => {
      expect(authorizeRequest(chainGranting([payment, MAIL], 'inherit'), request())).toEqual({
        verified: true,
        value: grant(),
      })
    })

    it('stops allowing what the owner lost', () => {
      expect(authorizeRequest(chainGranting([payment], 'inherit'), request())).toMatchObject({
        refusal: { code: 'not_authorized', link: 0 },
      })
    })

    it('does not hand on what is not inheritable, though a link 1 that names it does', () => {
      const paying = request({ action: 'payment.initiate' })
      const named = { ...payment, inheritable: undefined }

      expect(authorizeRequest(chainGranting([payment], 'inherit'), paying)).toEqual({
        verified: false,
        refusal: { code: 'not_authorized', link: 1, dimension: 'inheritable' },
      })
      expect(authorizeRequest(chainGranting([payment], [named]), paying)).toMatchObject({ verified: true })
    })

    it('binds what runs below it claim', () => {
      const chain = chainGranting([READ], 'inherit', [MAIL])

      expect(authorizeRequest(chain, request())).toMatchObject({ verified: true })
      expect(authorizeRequest(chain, request({ action: 'mail.send' }))).toMatchObject({
        refusal: { code: 'not_authorized', link: 0 },
      })
    })
  })
})

describe('authorizedUntil', () => {
  const MINUTE = 60_000
  /** Granted from midnight on 1970-01-01 to so many minutes after. */
  const during = (minutes: number, members: object = {}) => ({
    ...MAIL,
    ...members,
    constraints: [
      { kind: 'time', days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: `00:0${minutes}`, zone: 'UTC' },
    ],
  })

  it('is never where no grant that is needed reads the time', () => {
    const chain = chainGranting([MAIL], [MAIL, during(5, { actions: ['mail.send'] })], [READ])

    expect(authorizedUntil(chain, request())).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    ['the link that stops first', chainGranting([during(7)], [during(5)], [during(6)]), 5],
    ['a link above, which its child does not restate', chainGranting([MAIL], [during(5)], [READ]), 5],
    ['the owner', chainGranting([during(5)], 'inherit'), 5],
    [
      'the entry of a link that goes on for longest',
      chainGranting([MAIL], [during(3), during(5), during(4)]),
      5,
    ],
    [
      'an entry that allows the request, whatever others say',
      chainGranting([MAIL], [during(5), during(9, { actions: ['mail.send'] })]),
      5,
    ],
  ])('is the end of %s', (_, chain, minutes) => {
    expect(authorizedUntil(chain, request({ now: MINUTE }))).toBe(minutes * MINUTE)
  })

  it('is the sooner of two hours that one entry states', () => {
    const { constraints } = during(5)
    const both = { ...MAIL, constraints: [...during(7).constraints, ...constraints] }

    expect(authorizedUntil(chainGranting([MAIL], [both]), request())).toBe(5 * MINUTE)
  })

  it('is now for what is not allowed', () => {
    expect(authorizedUntil(chainGranting([MAIL], [during(5)]), request({ now: 5 * MINUTE }))).toBe(5 * MINUTE)
  })
})
