import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { MAX_DISCLOSURES, MAX_SD_JWT_BYTES, readSdJwt } from '../../../src/securing/sd-jwt/read-sd-jwt.ts'
import { verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { acceptedValue, alice, outcomeOf } from '../../helpers/signers.ts'
import { didOf, digest, handMade, options } from './fixtures.ts'
import { disclosureOf } from './samples.ts'

describe('processing an SD-JWT (RFC 9901 §7.1)', () => {
  const nested = disclosureOf(['s1', 'street', 'Main St'])
  const outer = disclosureOf(['s2', 'address', { _sd: [digest(nested)] }])
  const element = disclosureOf(['s3', 'US'])
  const claims: JsonObject = { iss: didOf(alice), _sd: [digest(outer)], list: [{ '...': digest(element) }] }
  const all = [outer, nested, element]

  async function process(changes: JsonObject, disclosures: string[] = all): Promise<string> {
    return outcomeOf(await verifySdJwt(await handMade({ ...claims, ...changes }, disclosures), options))
  }

  it('reveals what lies within what is revealed (step 3c)', async () => {
    const verified = acceptedValue(await verifySdJwt(await handMade(claims, all), options))

    expect(verified.payload).toEqual({ iss: didOf(alice), address: { street: 'Main St' }, list: ['US'] })
  })

  it('ignores digests without a disclosure, and shows an object of which all is hidden as empty (steps 3c, 3e)', async () => {
    const verified = acceptedValue(await verifySdJwt(await handMade(claims, [outer]), options))

    expect(verified.payload).toEqual({ iss: didOf(alice), address: {}, list: [] })
  })

  it('leaves elements as they are that hide nothing', async () => {
    const list = ['a', null, 7, { one: 1 }, ['b']]
    const verified = acceptedValue(await verifySdJwt(await handMade({ iss: didOf(alice), list }), options))

    expect(verified.payload).toEqual({ iss: didOf(alice), list })
  })

  it('refuses a disclosure that nothing asks for, though something hidden would (step 5)', async () => {
    expect(await process({})).toBe('accepted')
    expect(await process({}, [nested, element])).toBe('malformed disclosures')
  })

  const named = (name: string, value = 1) => disclosureOf(['s4', name, value])
  const asking = (text: string) => ({ _sd: [digest(outer), digest(text)] })

  it.each<[string, JsonObject, string[]]>([
    ['_sd as a name (step 3c.ii.2)', asking(named('_sd')), [...all, named('_sd')]],
    ['... as a name (step 3c.ii.2)', asking(named('...')), [...all, named('...')]],
    ['_sd_alg as a name (§4.1.1)', asking(named('_sd_alg')), [...all, named('_sd_alg')]],
    ['a claim that is there (step 3c.ii.3)', { ...asking(named('sub')), sub: 'a' }, [...all, named('sub')]],
    ['one claim by two disclosures (step 3c.ii.3)', asking(named('address')), [...all, named('address')]],
    [
      'an element where a member is asked for (step 3c.ii.1)',
      { _sd: [digest(element)], list: [] },
      [element],
    ],
    [
      'a member where an element is asked for (step 3c.iii.1)',
      { _sd: [], list: [{ '...': digest(outer) }] },
      [outer, nested],
    ],
    ['a digest twice in one list (step 4)', { _sd: [digest(outer), digest(outer)] }, all],
    ['a digest twice in two places (step 4)', { more: [{ '...': digest(element) }] }, all],
    [
      'a digest twice, of nothing that is disclosed (step 4)',
      { _sd: [digest(outer), 'a'], more: { _sd: ['a'] } },
      all,
    ],
    ['a digest that is repeated by a disclosure (step 4)', { more: { _sd: [digest(nested)] } }, all],
    ['a disclosure twice (step 5)', {}, [...all, element]],
    ['_sd that is no list', { _sd: digest(outer), list: [] }, [outer, nested]],
    ['_sd that is null', { more: { _sd: null } }, all],
    ['_sd with a number', { _sd: [digest(outer), 1] }, all],
    ['... with a number', { list: [{ '...': 1 }] }, [outer, nested]],
    ['... beside another member', { list: [{ '...': digest(element), a: 1 }] }, all],
    ['... in an object', { list: { '...': digest(element) } }, all],
    ['_sd_alg within an object (§4.1.1)', { more: { _sd_alg: 'sha-256' } }, all],
  ])('refuses %s [SM-25]', async (_, changes, disclosures) => {
    expect(await process({})).toBe('accepted')
    expect(await process(changes, disclosures)).toBe('malformed disclosures')
  })

  it.each(['sha-384', 'sha-512', 'md5', '', 1])(
    'refuses the hash function %s (step 2d)',
    async (algorithm) => {
      expect(await process({ _sd_alg: 'sha-256' })).toBe('accepted')
      expect(await process({ _sd_alg: algorithm })).toBe('unsupported _sd_alg')
    },
  )

  it('treats __proto__ as the name that it is', async () => {
    const proto = disclosureOf(['s5', '__proto__', { polluted: true }])
    const verified = acceptedValue(
      await verifySdJwt(await handMade({ iss: didOf(alice), _sd: [digest(proto)] }, [proto]), options),
    )

    expect(Object.getOwnPropertyNames(verified.payload).sort()).toEqual(['__proto__', 'iss'])
    expect(Object.getPrototypeOf(verified.payload)).toBeNull()
  })

  it('refuses disclosures within each other beyond the depth of JSON', async () => {
    const texts = [disclosureOf(['s', 'end', 1])]
    for (let i = 0; i < 40; i++)
      texts.push(disclosureOf(['s', `level${i}`, { _sd: [digest(texts.at(-1) ?? '')] }]))
    const depth = (count: number) => {
      const kept = texts.slice(-count)
      return process({ _sd: [digest(kept.at(-1) ?? '')], list: [] }, kept)
    }

    expect(await depth(20)).toBe('accepted')
    expect(await depth(41)).toBe('limit_exceeded disclosures')
  })

  it('refuses elements within each other beyond the depth of JSON', async () => {
    const texts = [disclosureOf(['s', 1])]
    for (let i = 0; i < 40; i++) texts.push(disclosureOf([`s${i}`, [{ '...': digest(texts.at(-1) ?? '') }]]))
    const depth = (count: number) => {
      const kept = texts.slice(0, count)
      return process({ _sd: [], list: [{ '...': digest(kept.at(-1) ?? '') }] }, kept)
    }

    expect(await depth(31)).toBe('accepted')
    expect(await depth(32)).toBe('limit_exceeded disclosures')
  })

  it('refuses more disclosures than it looks at', async () => {
    const texts = Array.from({ length: MAX_DISCLOSURES + 1 }, (_, i) => disclosureOf(['s', `c${i}`, i]))
    const digests = texts.map(digest)
    const of = (count: number) => process({ _sd: digests.slice(0, count), list: [] }, texts.slice(0, count))

    expect(await of(MAX_DISCLOSURES)).toBe('accepted')
    expect(await of(MAX_DISCLOSURES + 1)).toBe('limit_exceeded disclosures')
  })

  it('reads 256 KiB, and not one character more [CP-17]', () => {
    const read = (length: number) => outcomeOf(readSdJwt('x'.repeat(length), 'example+sd-jwt'))

    expect(read(MAX_SD_JWT_BYTES)).toBe('malformed token')
    expect(read(MAX_SD_JWT_BYTES + 1)).toBe('limit_exceeded token')
  })

  it('refuses more than 256 KiB unread [CP-17]', async () => {
    expect(await process({ note: 'x'.repeat(MAX_SD_JWT_BYTES) })).toBe('limit_exceeded token')
    expect(await process({}, [...all, disclosureOf(['s', 'x'.repeat(MAX_SD_JWT_BYTES)])])).toBe(
      'limit_exceeded token',
    )
  })
})
