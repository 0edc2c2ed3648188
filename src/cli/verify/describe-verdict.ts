import { formatDateTime } from '../../core/date-time.ts'
import type { Refusal } from '../../refusal.ts'
import type { VerifiedPresentation } from '../../verifier/verdict.ts'
import { grantJson } from '../chain/chain-json.ts'
import { describeGrant } from '../chain/describe-grant.ts'
import type { Style } from '../terminal/style.ts'
import { counted, fields, printable } from '../terminal/text.ts'
import { formatTime } from '../terminal/time.ts'
import type { Explanation } from './explain-refusal.ts'

/** The verdict for programs: as `verify` answers it, with dates in ISO form. */
export function verifiedJson({ chain, grant, status, recheckAt, ...rest }: VerifiedPresentation): object {
  return {
    ...rest,
    chain: chain.map(({ validUntil, ...link }) => ({ ...link, validUntil: formatDateTime(validUntil) })),
    grant: grant.map(grantJson),
    status: { ...status, asOf: formatDateTime(status.asOf) },
    recheckAt: formatDateTime(recheckAt),
  }
}

export function verifiedLines(
  verdict: VerifiedPresentation,
  action: string,
  style: Style,
): readonly string[] {
  const { kind, presenter, agent, owner, accountable, authority, tenant, environment, purpose, run } = verdict
  const { chain, grant, status, recheckAt, mode } = verdict
  const entries: (readonly [string, string | undefined])[] = [
    ['presenter', `${presenter}, ${kind}`],
    ['agent', agent === undefined ? undefined : `${agent}, ${mode}`],
    ['run', run],
    ['purpose', purpose === undefined ? undefined : printable(purpose)],
    ['owner', `${owner}, accountable ${accountable}`],
    ['authority', authority],
    ['tenant', `${tenant}, environment ${environment}`],
    ['chain', counted(chain.length, 'link')],
    ['grant', printable(grant.map(describeGrant).join('; '))],
    ['status', `as of ${formatTime(status.asOf)}, ${status.ageSeconds} s old`],
    ['recheck', `by ${formatTime(recheckAt)}`],
  ]
  return [`${style.green('VERIFIED')}  ${printable(action)}`, ...fields(entries)]
}

/** What was refused: a presentation, or a receipt of one. */
interface RefusedThing {
  readonly refusal: Refusal
}

export function refusedJson({ refusal }: RefusedThing, explanation: Explanation): object {
  return { verified: false, refusal, explanation }
}

export function refusedLines(
  { refusal: { code, dimension } }: RefusedThing,
  { what, link, fix }: Explanation,
  style: Style,
): readonly string[] {
  const head = dimension === undefined ? code : `${code} (${dimension})`
  return [
    `${style.red('REFUSED')}  ${head}`,
    what,
    ...fields([
      ['link', link],
      ['to mend', fix],
    ]),
  ]
}
