import { formatDateTime } from '../../core/date-time.ts'
import { buildGrant } from '../../model/build-grant.ts'
import type { ParsedLink } from '../../model/chain.ts'
import type { Grant } from '../../model/grant.ts'
import type { Verdict } from '../../refusal.ts'
import type { StatusReading } from '../../status/status-view.ts'
import { faultsOf, type InspectedLink, type Inspection } from './inspect-chain.ts'

/** The inspection for programs (docs/cli.md "inspect"). Holds no token and no signature. */
export function chainJson(inspection: Inspection): object {
  const { links, joining, trusted } = inspection
  return {
    links: links.map(linkJson),
    ...(joining === undefined ? {} : { joined: joining.verified }),
    ...(trusted === undefined ? {} : { trusted }),
    faults: faultsOf(inspection),
  }
}

function linkJson({ link, signature, window, status, isListed }: InspectedLink, position: number): object {
  if (!link.verified) return { position, readable: false, refusal: link.refusal }
  return {
    position,
    readable: true,
    ...credentialJson(link.value),
    window,
    signature: codeOf(signature, 'valid'),
    ...(status === undefined ? {} : { status: statusJson(status) }),
    ...(isListed ? { listed: true } : {}),
  }
}

function credentialJson({ credential, mechanism, signatures }: ParsedLink): object {
  const { type, id, issuer, validFrom, validUntil, status, subject } = credential
  const { id: did, authorizationDetails, statusLease, ...rest } = subject
  return {
    type,
    id,
    issuer,
    subject: did,
    ...rest,
    authorizationDetails:
      authorizationDetails === 'inherit' ? 'inherit' : authorizationDetails.map(grantJson),
    statusLease,
    mechanism,
    verificationMethods: signatures.map(({ verificationMethod }) => verificationMethod),
    validFrom: formatDateTime(validFrom),
    validUntil: formatDateTime(validUntil),
    ...(status === undefined ? {} : { statusEntry: status }),
  }
}

/** As it is written in a credential; of what is not understood, only that. */
export function grantJson(grant: Grant): object {
  return grant.supported ? buildGrant(grant) : { type: grant.type, supported: false }
}

function statusJson(status: Verdict<StatusReading>): object {
  if (!status.verified) return { state: 'unknown', ...status.refusal }
  const { revoked, suspended, asOf } = status.value
  return { state: revoked ? 'revoked' : suspended ? 'suspended' : 'active', asOf: formatDateTime(asOf) }
}

function codeOf(verdict: Verdict<unknown>, good: string): string {
  return verdict.verified ? good : verdict.refusal.code
}
