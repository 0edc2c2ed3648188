import { describe, expect, it } from 'vitest'
import { MECHANISMS, type Mechanism } from '../../src/model/chain.ts'
import { isMechanism, isSameForm, mechanismFor } from '../../src/model/mechanism.ts'

describe('mechanismFor', () => {
  it.each<[Mechanism, Mechanism, Mechanism]>([
    ['vc+jwt', 'vc+jwt', 'vc+jwt'],
    ['vc+sd-jwt', 'vc+sd-jwt', 'vc+sd-jwt'],
    ['eddsa-jcs-2022', 'eddsa-jcs-2022', 'ecdsa-jcs-2019'],
    ['ecdsa-jcs-2019', 'eddsa-jcs-2022', 'ecdsa-jcs-2019'],
    ['eddsa-rdfc-2022', 'eddsa-rdfc-2022', 'ecdsa-rdfc-2019'],
    ['ecdsa-rdfc-2019', 'eddsa-rdfc-2022', 'ecdsa-rdfc-2019'],
  ])('makes of %s with an Ed25519 key %s, with a P-256 key %s', (wanted, ed25519, p256) => {
    expect(mechanismFor(wanted, 'EdDSA')).toBe(ed25519)
    expect(mechanismFor(wanted, 'ES256')).toBe(p256)
  })

  it('keeps to the form that is wanted', () => {
    for (const wanted of MECHANISMS) {
      expect(MECHANISMS.filter((one) => isSameForm(one, wanted))).toContain(mechanismFor(wanted, 'ES256'))
    }
  })
})

describe('isSameForm', () => {
  it('tells apart what a reader tells apart, and no types of key', () => {
    const forms = MECHANISMS.map((one) => MECHANISMS.findIndex((other) => isSameForm(one, other)))

    expect(forms).toEqual([0, 1, 2, 2, 4, 4])
  })
})

describe('isMechanism', () => {
  it.each([
    ['vc+jwt', true],
    ['ecdsa-rdfc-2019', true],
    ['vc jwt', false],
    ['jwt', false],
    ['', false],
    ['constructor', false],
  ])('of %s is %s', (text, expected) => {
    expect(isMechanism(text)).toBe(expected)
  })
})
