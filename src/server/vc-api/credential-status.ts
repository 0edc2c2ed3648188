import { isJsonArray, type JsonObject, member } from '../../core/json.ts'
import { STATUS_ENTRY_TYPE } from '../../model/status-list-entry.ts'
import { readBit } from '../../status/bitstring.ts'
import { isUnderOrigins } from '../../status/origins.ts'
import { isUrl } from '../../vcdm/rules.ts'
import type { Instance } from './instance.ts'
import { type Checked, failed } from './problems.ts'
import { fetchList, type RemoteList } from './remote-list.ts'

/** Most status entries of one credential; each may cost a list. */
const MAX_ENTRIES = 4

/** An integer of any size, 0 or more, in base 10 (Bitstring Status List §2.1). */
const INDEX = /^(?:0|[1-9][0-9]{0,15})$/

/** The place of a status, and what it is about. */
interface ReadEntry {
  readonly purpose: string
  readonly index: number
  readonly list: string
}

/**
 * Checks all status entries of a credential. Only lists of the instances here, and under the origins that the operator
 * allows, are looked at: an address in a credential makes nobody fetch anything. A status that is not known is never
 * taken for a good one.
 */
export async function checkStatus(
  entries: readonly JsonObject[],
  instance: Instance,
): Promise<Checked<undefined>> {
  if (entries.length > MAX_ENTRIES) return failed('MALFORMED_VALUE_ERROR', 'limit_exceeded: credentialStatus')
  for (const entry of entries) {
    const checked = await checkEntry(entry, instance)
    if (!checked.verified) return checked
  }
  return { verified: true, value: undefined }
}

async function checkEntry(entry: JsonObject, instance: Instance): Promise<Checked<undefined>> {
  const types = member(entry, 'type') ?? ''
  if (types !== STATUS_ENTRY_TYPE && !(isJsonArray(types) && types.includes(STATUS_ENTRY_TYPE))) {
    return failed('STATUS_RETRIEVAL_ERROR', 'the type of the status entry is not supported')
  }
  const read = readStatusEntry(entry)
  if (!read.verified) return read
  const { purpose, index, list } = read.value
  const found = await findList(list, instance)
  if (!found.verified) return found
  if (!found.value.purposes.includes(purpose)) {
    return failed('STATUS_VERIFICATION_ERROR', 'the list has another purpose')
  }
  const isSet = readBit(found.value.bits, index)
  if (isSet === undefined) return failed('RANGE_ERROR', 'the index lies outside of the list')
  if (!isSet) return { verified: true, value: undefined }
  return purpose === 'suspension'
    ? failed('suspended', 'the credential is suspended')
    : failed('revoked', 'the status of the credential is set')
}

async function findList(url: string, instance: Instance): Promise<Checked<RemoteList>> {
  const bits = [instance, ...instance.neighbours]
    .map(({ status }) => status.bitsOf(url))
    .find((one) => one !== undefined)
  if (bits !== undefined) return { verified: true, value: { purposes: ['revocation'], bits } }
  if (isUnderOrigins(url, instance.statusOrigins)) return fetchList(url, instance)
  return failed('STATUS_RETRIEVAL_ERROR', 'the list is none of this service')
}

/**
 * Reads a status entry by what each of its properties must be (Bitstring Status List §2.1).
 *
 * @returns `MALFORMED_VALUE_ERROR` (§3) naming the property.
 */
export function readStatusEntry(entry: JsonObject): Checked<ReadEntry> {
  const { id, statusPurpose, statusListIndex, statusListCredential, statusSize = 1 } = entry
  if (typeof statusPurpose !== 'string') return malformed('statusPurpose')
  if (typeof statusListIndex !== 'string' || !INDEX.test(statusListIndex)) return malformed('statusListIndex')
  if (!isUrl(statusListCredential)) return malformed('statusListCredential')
  // The id names the status of the credential, not the list that it is in.
  if (id === statusListCredential) return malformed('id')
  if (statusSize !== 1) return malformed('statusSize')
  return {
    verified: true,
    value: { purpose: statusPurpose, index: Number(statusListIndex), list: statusListCredential },
  }
}

function malformed(name: string): Checked<never> {
  return failed('MALFORMED_VALUE_ERROR', `malformed: credentialStatus.${name}`)
}
