import type { JsonObject } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import { type IssuerApi, textOf } from '../issuer-api.ts'

/** Says of an owner that is on the emergency list what helps: whatever is issued under its DID is refused. */
export async function listedDetails(api: IssuerApi, owner: JsonObject): Promise<JsonObject> {
  const did = textOf(owner, 'did')
  const entries = await readEntries(api)
  const isListed = entries.some((entry) => textOf(entry, 'kind') === 'owner' && textOf(entry, 'name') === did)
  const next = `procura owner rotate ${textOf(owner, 'id')} --grace 0 gives it another DID`
  return isListed ? { listed: `on the emergency list: counts no more; ${next}` } : {}
}

/** Owners may look at themselves, not at the list. */
async function readEntries(api: IssuerApi): Promise<readonly JsonObject[]> {
  try {
    return (await api.page('/v1/emergency', { limit: undefined })).items
  } catch (error) {
    if (error instanceof ProcuraError && error.problem?.code === 'forbidden') return []
    throw error
  }
}
