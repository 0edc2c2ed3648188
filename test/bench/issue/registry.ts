import { anyForm } from '../../../src/issuer/issued-credential.ts'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { BulkWriter } from './bulk-writer.ts'
import { addGrantee, addOwner, type BenchPlace, type Grantee, issueTo, openIssuer } from './issuer.ts'
import { chainOf } from './proof.ts'

/** An owner with descendants, and one of them that was issued as any other, with which a verifier can be asked. */
export interface GrownOwner {
  readonly ownerId: string
  readonly descendants: number
  readonly chain: readonly string[]
  readonly agent: Grantee['person']
  readonly delegationId: string
}

/**
 * Adds owners with so many registered descendants each: one is issued as any other, the rest are rows as the store would write them,
 * with their indexes, their audit entries and the bits of what is over, by the tables' own triggers. `procura fsck` finds nothing
 * wrong with it. A million rows take about a minute.
 */
export async function growRegistry(
  place: BenchPlace,
  sizes: readonly number[],
): Promise<readonly GrownOwner[]> {
  const opened = await openIssuer(place)
  const { indexSecret, issuer, tenant } = opened
  const grown: GrownOwner[] = []
  let form = ''
  for (const descendants of sizes) {
    const owner = await addOwner(issuer, tenant, place)
    const grantee = await addGrantee(issuer, { tenant, owner }, place)
    const issued = await issueTo(issuer, place, grantee)
    form = anyForm(issued.delegation) ?? ''
    grown.push({
      ownerId: owner.id,
      descendants,
      chain: chainOf(issued),
      agent: grantee.person,
      delegationId: issued.delegation.id,
    })
  }
  await opened.close()
  const at = Date.now()
  const options = { at, indexSecret, actor: place.initialized.admin, form }
  const writer = await BulkWriter.open(dataFiles(place.dataDir).database, options)
  for (const { ownerId, descendants } of grown) await writer.addDescendants(ownerId, descendants - 1)
  await writer.close()
  return grown
}
