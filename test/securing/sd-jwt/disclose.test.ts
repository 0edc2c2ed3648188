import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { discloseEntries } from '../../../src/securing/sd-jwt/disclose.ts'
import { parseVcSdJwt } from '../../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { signVcSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { runJson } from '../../helpers/credentials.ts'
import { acceptedValue } from '../../helpers/signers.ts'
import {
  AGENT_SIGNER,
  countingRandom,
  handMade,
  hidden,
  hiddenRunJson,
  READ,
  READ_DISCLOSURE,
  SEND,
} from './samples.ts'

const token = await signVcSdJwt({
  payload: runJson({ authorizationDetails: [READ, SEND] }),
  signer: AGENT_SIGNER,
  random: countingRandom(),
})

const isRead = ({ actions }: JsonObject) => Array.isArray(actions) && actions.includes('mail.read')
const actionsOf = (text: string) => {
  const { authorizationDetails } = acceptedValue(parseVcSdJwt(text)).credential.subject
  return authorizationDetails === 'inherit' ? [] : authorizationDetails.flatMap(({ actions }) => actions)
}

describe('discloseEntries', () => {
  it('keeps the entries that are chosen and hides the others', () => {
    expect(actionsOf(discloseEntries(token, isRead))).toEqual(['mail.read'])
  })

  it('keeps all or none', () => {
    expect(discloseEntries(token, () => true)).toBe(token)
    expect(actionsOf(discloseEntries(token, () => false))).toEqual([])
  })

  it('narrows further what was narrowed, and brings nothing back', () => {
    const narrowed = discloseEntries(token, isRead)

    expect(discloseEntries(narrowed, () => true)).toBe(narrowed)
    expect(actionsOf(discloseEntries(narrowed, (entry) => !isRead(entry)))).toEqual([])
  })

  it('cannot hide an entry that the issuer left in the open', async () => {
    const open = await handMade(hiddenRunJson([SEND, hidden(READ_DISCLOSURE)]), [READ_DISCLOSURE])

    expect(actionsOf(discloseEntries(open, () => false))).toEqual(['mail.send'])
  })

  it('leaves what the next link commits to', () => {
    const { digest } = acceptedValue(parseVcSdJwt(token))

    expect(acceptedValue(parseVcSdJwt(discloseEntries(token, isRead))).digest).toBe(digest)
  })

  it.each(['', '~', 'x~', token.slice(0, -1), `${token}x`])(
    'throws for what is no such credential (%#)',
    (text) => {
      expect(() => discloseEntries(text, () => true)).toThrow(
        expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
      )
    },
  )
})
