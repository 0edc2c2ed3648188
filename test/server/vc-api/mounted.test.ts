import { describe, expect, it } from 'vitest'
import { init, start, useDataDirectory } from '../../helpers/data-directory.ts'
import { genericCredential } from '../../helpers/generic-documents.ts'
import { instanceClient } from '../../helpers/vc-api.ts'

useDataDirectory()

describe('the issuer service', () => {
  it('has no VC API instances unless it is told to', async () => {
    await init()
    const { url } = await start()

    expect((await fetch(`${url}/instances`)).status).toBe(404)
  })

  it('has them beside its API when it is told to, with keys that are not its own', async () => {
    await init()
    const { url } = await start({ vcApi: { mode: 'vcalm' } })
    const client = await instanceClient(url, 'eddsa-jcs-2022')
    const { json } = await client.issue(genericCredential({ issuer: client.did }))
    const { authority, statusIssuer } = await (await fetch(`${url}/.well-known/procura`)).json()
    const { instances } = await (await fetch(`${url}/instances`)).json()
    const ids = instances.map(({ id }: { id: string }) => id)

    expect((await client.verify(json.verifiableCredential)).json.verified).toBe(true)
    expect(ids.filter((id: string) => [authority, statusIssuer].includes(id))).toEqual([])
    expect([typeof authority, ids.length]).toEqual(['string', 6])
  })
})
