import { signDataIntegrity } from '../../../src/securing/data-integrity/sign.ts'
import { buildStatusListCredential } from '../../../src/status/sign-status-list.ts'
import { IssuerDay, type Work } from './issuer-day.ts'
import type { LargeList, LargeStatus } from './large-status.ts'

/** Lists of each purpose whose size is taken for that of all: they are as full as the others, at random. */
const SAMPLE = 8

const POLL_MS = 300_000
const POLLS_PER_DAY = 288

/**
 * Bodies that a reader of plain W3C lists gets in a day who asks for every list each five minutes, on condition that it has
 * changed: 304 has none.
 */
export async function etagBytesPerDay(status: LargeStatus, work: Work): Promise<number> {
  const start = Date.now()
  const issuer = new IssuerDay(status, work, start)
  const bytes = {
    revocation: await meanBytes(status, 'revocation'),
    suspension: await meanBytes(status, 'suspension'),
  }
  let total = 0
  for (let poll = 1; poll <= POLLS_PER_DAY; poll++) {
    const before = issuer.now
    await issuer.runUntil(start + poll * POLL_MS)
    for (const { version, purpose } of status.lists) if (version > before) total += bytes[purpose]
  }
  return total
}

async function meanBytes(status: LargeStatus, purpose: LargeList['purpose']): Promise<number> {
  const lists = status.lists.filter((list) => list.purpose === purpose).slice(0, SAMPLE)
  const sizes = await Promise.all(lists.map((list) => documentBytes(status, list)))
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length
}

/** As it lies at the bare URL of the list: JSON with a proof. */
async function documentBytes({ status: { did, signer } }: LargeStatus, list: LargeList): Promise<number> {
  const { url, purpose, bits, version } = list
  const document = await buildStatusListCredential({
    url,
    purpose,
    bits,
    statusIssuer: did,
    validFrom: version,
  })
  const secured = await signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer })
  return Buffer.byteLength(JSON.stringify(secured))
}
