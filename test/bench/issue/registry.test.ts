import { expect, it, onTestFinished } from 'vitest'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { fsck } from '../../../src/server/fsck/fsck.ts'
import { makePlace, openIssuer, removePlace } from './issuer.ts'
import { growRegistry } from './registry.ts'

it('a registry that was filled with rows is sound, and has as many as were wanted', async () => {
  const place = await makePlace('https://id.example')
  onTestFinished(() => removePlace(place))

  const [owner, small] = await growRegistry(place, [450, 10])

  const { count } = await fsck({ files: dataFiles(place.dataDir) })
  expect(count).toBe(0)
  const opened = await openIssuer(place)
  onTestFinished(() => opened.close())
  for (const [grown, descendants] of [
    [owner, 450],
    [small, 10],
  ] as const) {
    const scope = { ownerId: grown?.ownerId ?? '' }
    const { delegations } = await opened.issuer.store.previewCascade('acme', scope)
    const runs = await countRuns(opened.issuer.store, scope.ownerId)
    expect(delegations + runs).toBe(descendants)
  }
})

async function countRuns(
  store: Awaited<ReturnType<typeof openIssuer>>['issuer']['store'],
  ownerId: string,
): Promise<number> {
  let count = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await store.runs('acme', { ownerId }, { limit: 200, ...(after !== '' && { after }) })
    count += page.items.length
    after = page.next
  }
  return count
}
