import { join } from 'node:path'
import type { Store } from '../../src/issuer/ports.ts'
import { startPostgres, UNSYNCED } from '../helpers/postgres.ts'
import { openRegistry, TENANT } from './registry-life.ts'
import type { ScenarioContext } from './scenario.ts'

export type DatabaseKind = 'sqlite' | 'postgresql'

/** An empty registry of either kind, gone when the scenario has ended: a file, or `postgres://…` of a server of its own. */
export async function newDatabase(
  kind: DatabaseKind,
  { folder, defer }: Pick<ScenarioContext, 'folder' | 'defer'>,
): Promise<string> {
  if (kind === 'sqlite') return join(folder, 'procura.sqlite')
  const server = await startPostgres({ settings: UNSYNCED })
  defer(() => server.stop())
  return await server.createDatabase('registry')
}

/** Opens it several times over, as several processes would. */
export async function openSeveral(
  database: string,
  count: number,
  { defer }: Pick<ScenarioContext, 'defer'>,
): Promise<Store[]> {
  const stores: Store[] = []
  for (let i = 0; i < count; i++) {
    const store = await openRegistry(database)
    defer(() => store.close())
    stores.push(store)
  }
  return stores
}

/** The bits of a revocation list, as the publisher would be given them. Nothing of these registries is published. */
export async function revocationBits(store: Store): Promise<ReadonlyMap<number, Uint8Array>> {
  const lists = await store.dirtyLists(TENANT, Number.MAX_SAFE_INTEGER)
  const revocation = lists.filter(({ purpose }) => purpose === 'revocation')
  return new Map(revocation.map(({ list, bits }) => [list, bits]))
}
