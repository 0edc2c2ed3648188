import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import {
  EMERGENCY_TYP,
  MAX_EMERGENCY_ENTRIES,
  openCommittedEmergency,
  openEmergency,
} from '../../src/status/emergency.ts'
import { EmergencyMemory } from '../../src/status/emergency-memory.ts'
import { HEAD_TYP } from '../../src/status/head.ts'
import { acceptedValue, alice, mallory } from '../helpers/signers.ts'
import { NOW } from './fixtures.ts'

const authority = alice.keyId.split('#')[0] as Did
const trust = { authority, resolver: createDidResolver(), now: NOW }
const OWNER = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const CLAIMS = { iss: authority, seq: 2, iatMs: NOW, keys: [`${OWNER}#a`], owners: [OWNER], authority: false }

function sign(claims: object = {}, signer = alice, typ = EMERGENCY_TYP): Promise<string> {
  return signCompactJws({ typ, payload: { ...CLAIMS, ...claims } as JsonObject, signer })
}

async function reason(token: Promise<string>): Promise<string> {
  const opened = await openEmergency(await token, trust)
  return opened.verified ? 'accepted' : `${opened.refusal.code} ${opened.refusal.dimension}`
}

async function opened(claims: object = {}) {
  return acceptedValue(await openEmergency(await sign(claims), trust))
}

describe('openEmergency', () => {
  it('opens what the authority signed', async () => {
    const { iss: issuer, ...others } = CLAIMS

    expect(await opened({ drill: `${OWNER}#b` })).toMatchObject({ issuer, ...others, drill: `${OWNER}#b` })
  })

  it('refuses what somebody else signed, and what is of another type', async () => {
    expect(await reason(sign({}, mallory))).toBe('status_invalid kid')
    expect(await reason(sign({ iss: mallory.keyId.split('#')[0] }))).toBe('status_invalid iss')
    expect(await reason(sign({}, alice, HEAD_TYP))).toBe('status_invalid typ')
  })

  it('takes a list that is of a time to come by no more than the skew of clocks', async () => {
    expect(await reason(sign({ iatMs: NOW + 30_000 }))).toBe('accepted')
    expect(await reason(sign({ iatMs: NOW + 30_001 }))).toBe('status_invalid iatMs')
  })

  it.each([
    ['emergency', { more: 1 }],
    ['iss', { iss: 7 }],
    ['seq', { seq: 0 }],
    ['iatMs', { iatMs: 0.5 }],
    ['keys', { keys: [OWNER] }],
    ['keys', { keys: 'all' }],
    ['keys', { keys: [`${OWNER}#${'a'.repeat(512)}`] }],
    ['owners', { owners: ['Ada'] }],
    ['owners', { owners: [7] }],
    ['owners', { owners: Array(MAX_EMERGENCY_ENTRIES).fill(OWNER) }],
    ['authority', { authority: 'yes' }],
    ['drill', { drill: OWNER }],
    ['drill', { drill: null }],
  ])('refuses a wrong %s in %j', async (dimension, claims) => {
    expect(await reason(sign(claims))).toBe(`status_invalid ${dimension}`)
  })
})

describe('openCommittedEmergency', () => {
  it('opens what a head commits to, whoever signed it, and nothing else', async () => {
    const { digest, token } = await opened()
    const other = await opened({ seq: 3 })

    expect(openCommittedEmergency(token, digest)).toMatchObject({ verified: true })
    expect(openCommittedEmergency(token, other.digest)).toMatchObject({ verified: false })
  })
})

describe('what is remembered of emergency lists', () => {
  it('is all that any of them named', async () => {
    const memory = new EmergencyMemory()
    expect(memory.isNewest(null)).toBe(true)
    memory.accept(await opened())
    const { verdict, alarm } = memory.accept(await opened({ seq: 3, keys: [], authority: true }))

    expect([verdict.verified, alarm?.kind]).toEqual([false, 'emergency_rollback'])
    expect(memory.listed).toEqual({
      keys: new Set([`${OWNER}#a`]),
      owners: new Set([OWNER]),
      authority: true,
    })
  })

  it('goes on with a newer list that lacks nothing', async () => {
    const memory = new EmergencyMemory()
    const next = await opened({ seq: 3, authority: true })
    memory.accept(await opened())

    expect(memory.accept(next)).toEqual({ verdict: { verified: true } })
    expect(memory.isNewest(next.digest)).toBe(true)
  })

  it('is the authority as a whole once lists that contradict each other name more than one may', async () => {
    const memory = new EmergencyMemory()
    const owners = (from: number) => Array.from({ length: 200 }, (_, i) => `did:key:z${from + i}`)
    memory.accept(await opened({ owners: owners(0) }))
    expect(memory.listed.authority).toBe(false)
    memory.accept(await opened({ owners: owners(200) }))

    expect(memory.listed.authority).toBe(true)
    expect(memory.listed.owners.size).toBe(200)
  })
})
