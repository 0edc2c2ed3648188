import { describeRefusal } from '../../describe-refusal.ts'
import type { ParsedLink } from '../../model/chain.ts'
import type { DelegationCredential, OwnerCredential } from '../../model/credential.ts'
import type { StatusEntry, StatusLease } from '../../model/status-list-entry.ts'
import type { Verdict } from '../../refusal.ts'
import type { StatusReading } from '../../status/status-view.ts'
import type { Style } from '../terminal/style.ts'
import { counted, fields, printable } from '../terminal/text.ts'
import { formatRelative, formatTime } from '../terminal/time.ts'
import { describeGrant } from './describe-grant.ts'
import { faultsOf, type InspectedLink, type Inspection } from './inspect-chain.ts'

export interface DrawOptions {
  readonly style: Style
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The chain as people read it: who → whom, link by link, and what is wrong. Shows no token and no signature. */
export function drawChain(inspection: Inspection, options: DrawOptions): readonly string[] {
  const { links } = inspection
  const drawn = links.flatMap((link, position) =>
    drawLink(link, position, position < links.length - 1, options),
  )
  return [...drawn, '', ...conclusion(inspection, options)]
}

function drawLink(
  inspected: InspectedLink,
  position: number,
  goesOn: boolean,
  options: DrawOptions,
): readonly string[] {
  const rail = goesOn ? '│' : ' '
  const body = inspected.link.verified
    ? describeLink(inspected.link.value, inspected, options)
    : { title: options.style.red('unreadable'), lines: [describeRefusal(inspected.link.refusal)] }
  const head = `${options.style.bold(String(position))}  ${body.title}`
  return [head, ...body.lines.map((line) => `${rail}    ${line}`), ...(goesOn ? ['│'] : [])]
}

interface Description {
  readonly title: string
  readonly lines: readonly string[]
}

function describeLink(
  { credential, mechanism }: ParsedLink,
  inspected: InspectedLink,
  options: DrawOptions,
): Description {
  const { issuer, validFrom, validUntil } = credential
  const { style, now } = options
  const parties = `${issuer} ${style.dim('→')} ${credential.subject.id}`
  const common: Field[] = [
    [
      'valid',
      `${formatTime(validFrom)} to ${formatTime(validUntil)} ${windowOf(inspected, validUntil, options)}`,
    ],
    ['secured', mechanism],
    ['signature', verdictText(inspected.signature, style, 'good')],
    ['status', statusText(credential.status, inspected.status, style, now)],
    ['listed', inspected.isListed ? style.red('on the emergency list: counts no more') : undefined],
  ]
  const own = credential.type === 'OwnerCredential' ? ownerFields(credential) : delegationFields(credential)
  return {
    title: `${style.bold(titleOf(credential))}  ${parties}`,
    lines: fields([['id', credential.id], ...own, ...common]),
  }
}

type Field = readonly [string, string | undefined]

function titleOf(credential: OwnerCredential | DelegationCredential): string {
  if (credential.type === 'OwnerCredential') return 'Owner'
  const { kind, name } = credential.subject
  return name === undefined ? kind : `${kind} "${printable(name)}"`
}

function ownerFields({ subject }: OwnerCredential): Field[] {
  const { accountable, team, tenant, environment, assurance, custody, authorizationDetails } = subject
  return [
    ['accountable', team === undefined ? accountable : `${accountable}, for ${printable(team)}`],
    ['tenant', `${tenant}, environment ${environment}`],
    ['assurance', `${assurance}, key held by the ${custody}`],
    ...grantFields(authorizationDetails.map(describeGrant)),
  ]
}

function delegationFields({ subject }: DelegationCredential): Field[] {
  const { maxDepth, authorizationDetails, allowStatusless } = subject
  const grants =
    authorizationDetails === 'inherit'
      ? ['whatever the owner may pass on (inherit)']
      : authorizationDetails.map(describeGrant)
  const more = maxDepth === 0 ? 'no link may follow' : `${counted(maxDepth, 'link')} may follow`
  return [
    ...(subject.kind === 'Agent' ? agentFields(subject) : derivedFields(subject)),
    ...grantFields(grants),
    ['depth', allowStatusless ? `${more}, the last may be without status` : more],
    ['lease', leaseText(subject.statusLease)],
  ]
}

function agentFields(subject: Extract<DelegationCredential['subject'], { kind: 'Agent' }>): Field[] {
  const { agentId, mode, purpose, software } = subject
  return [
    ['agent', `${agentId}, ${mode}`],
    ['purpose', printable(purpose)],
    ['software', software === undefined ? undefined : printable(`${software.name} ${software.version}`)],
  ]
}

function derivedFields(subject: Exclude<DelegationCredential['subject'], { kind: 'Agent' }>): Field[] {
  const { purpose, lineage } = subject
  const { rootTask, parentRun, run } = lineage ?? {}
  const task = [
    ...(rootTask === undefined ? [] : [`root task ${rootTask}`]),
    ...(parentRun === undefined ? [] : [`parent run ${parentRun}`]),
    ...(run === undefined ? [] : [`run ${run}`]),
  ]
  return [
    ['purpose', purpose === undefined ? undefined : printable(purpose)],
    ['lineage', task.length === 0 ? undefined : printable(task.join(', '))],
  ]
}

function grantFields(grants: readonly string[]): Field[] {
  if (grants.length === 0) return [['grants', 'nothing']]
  return grants.map((grant, i) => [i === 0 ? 'grants' : '', printable(grant)])
}

function leaseText(leases: readonly StatusLease[]): string | undefined {
  const count = leases.reduce((sum, { indexes }) => sum + indexes.length, 0)
  if (count === 0) return undefined
  return `${counted(count, 'index', 'indexes')} of ${leases.map(({ revocation }) => revocation).join(', ')}`
}

function windowOf({ window }: InspectedLink, validUntil: number, { style, now }: DrawOptions): string {
  if (window === 'expired') return style.red(`(ended ${formatRelative(validUntil, now)})`)
  if (window === 'not_yet_valid') return style.red('(not yet)')
  return style.dim(`(ends ${formatRelative(validUntil, now)})`)
}

function verdictText(verdict: Verdict<unknown>, style: Style, good: string): string {
  if (verdict.verified) return style.green(good)
  const { code, dimension } = verdict.refusal
  return style.red(dimension === undefined ? code : `${code} (${dimension})`)
}

function statusText(
  entry: StatusEntry | undefined,
  status: Verdict<StatusReading> | undefined,
  style: Style,
  now: number,
): string {
  if (entry === undefined) return style.yellow('none: it ends only by expiring')
  const place = style.dim(`index ${entry.index} of ${entry.revocation}`)
  if (status === undefined) return `not looked at (give --trust), ${place}`
  if (!status.verified) return `${style.yellow(`unknown: ${status.refusal.code}`)}, ${place}`
  return `${stateText(status.value, style)}, as of ${formatRelative(status.value.asOf, now)}, ${place}`
}

function stateText({ revoked, suspended }: StatusReading, style: Style): string {
  if (revoked) return style.red('REVOKED')
  return suspended ? style.yellow('SUSPENDED') : style.green('active')
}

function conclusion(inspection: Inspection, { style }: DrawOptions): readonly string[] {
  const faults = faultsOf(inspection)
  if (faults.length > 0) return faults.map((fault) => style.red(describeRefusal(fault)))
  const { links, joining, trusted } = inspection
  const whole =
    joining === undefined ? `${counted(links.length, 'link')}, a part of a chain` : joinedText(links.length)
  return [
    `${whole}; ${trusted === true ? 'the authority is trusted' : 'whom to trust was not asked (give --trust)'}.`,
  ]
}

function joinedText(count: number): string {
  return `${counted(count, 'link')}; they join, and none grants more than the one above it`
}
