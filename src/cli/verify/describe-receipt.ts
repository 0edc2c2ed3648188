import { formatDateTime } from '../../core/date-time.ts'
import type { ReceiptStatus } from '../../verifier/receipt/receipt.ts'
import type { VerifiedReceipt } from '../../verifier/receipt/verify-receipt.ts'
import { grantJson } from '../chain/chain-json.ts'
import type { Style } from '../terminal/style.ts'
import { counted, fields, printable } from '../terminal/text.ts'
import { formatTime } from '../terminal/time.ts'

/** The receipt for programs: as `verifyReceipt` answers it, with dates in ISO form. */
export function receiptJson({ chain, grant, status, decidedAt, ...rest }: VerifiedReceipt): object {
  return {
    ...rest,
    decidedAt: formatDateTime(decidedAt),
    chain: chain.map(({ validUntil, ...link }) => ({ ...link, validUntil: formatDateTime(validUntil) })),
    grant: grant.map(grantJson),
    status: statusJson(status),
  }
}

function statusJson({ head, lists }: ReceiptStatus): object {
  return {
    ...(head === undefined ? {} : { head: { ...head, iatMs: formatDateTime(head.iatMs) } }),
    lists: lists.map(({ asOf, ...list }) => ({ ...list, asOf: formatDateTime(asOf) })),
  }
}

/** Names and what was asked are text of those who signed; everything is made safe for a terminal. */
export function receiptLines(receipt: VerifiedReceipt, style: Style): readonly string[] {
  const { ask, refusal, decidedAt, serviceProvider, presenter, kind, agent, owner, accountable } = receipt
  const { authority, tenant, environment, chain, policyDigest, proven, stated } = receipt
  const outcome =
    refusal === undefined
      ? 'accepted'
      : `refused: ${refusal.code}${refusal.link === undefined ? '' : ` (link ${refusal.link})`}`
  return [
    `${style.green('GENUINE')}  ${outcome}`,
    ...fields([
      ['decided', `${formatTime(decidedAt)}, by ${serviceProvider}`],
      ['asked', printable(`${ask.action}${ask.identifier === undefined ? '' : ` on ${ask.identifier}`}`)],
      ['presented', printable(presentedLine(receipt))],
      ['presenter', `${presenter}, ${kind}`],
      ['agent', agent],
      ['owner', `${owner}, accountable ${printable(accountable)}`],
      ['authority', authority],
      ['tenant', printable(`${tenant}, environment ${environment}`)],
      ['chain', counted(chain.length, 'link')],
      ['status', statusLine(receipt.status)],
      ['policy', policyDigest],
      ['proven', proven.join(', ')],
      ['stated', `${stated.join(', ')}: by the word of the service provider`],
    ]),
  ]
}

function presentedLine({ presentedAs, method, audience, target }: VerifiedReceipt): string {
  const place = `${audience.slice(0, -1)}${target}`
  return method === undefined ? `as a ${presentedAs} at ${place}` : `${method} ${place}`
}

function statusLine({ head, lists }: ReceiptStatus): string {
  const of = head === undefined ? 'no head' : `head ${head.seq} of ${formatTime(head.iatMs)}`
  return `${of}, ${counted(lists.length, 'list')}`
}
