import { describe, expect, it } from 'vitest'
import { fileOf, TARGETS } from './targets.ts'

describe.each(TARGETS)('%s as a target', (_, open) => {
  it('has nothing at first', async () => {
    const target = await open()

    expect(await target.read('status/acme/head')).toBeUndefined()
    expect(await target.list('status/acme/')).toEqual([])
  })

  it('shows what was written, under a tag that names it', async () => {
    const target = await open()
    const tag = await target.replace(fileOf('status/acme/head', 'one'), undefined)

    expect(await target.read('status/acme/head')).toEqual({ body: 'one', tag })
  })

  it('writes what is new only where nothing is', async () => {
    const target = await open()
    await target.replace(fileOf('status/acme/head', 'one'), undefined)

    expect(await target.replace(fileOf('status/acme/head', 'two'), undefined)).toBeUndefined()
    expect((await target.read('status/acme/head'))?.body).toBe('one')
  })

  it('replaces only what it was told is there [INV6]', async () => {
    const target = await open()
    const first = await target.replace(fileOf('status/acme/head', 'one'), undefined)
    const second = await target.replace(fileOf('status/acme/head', 'two'), first)

    expect(second).toBeDefined()
    expect(await target.replace(fileOf('status/acme/head', 'late'), first)).toBeUndefined()
    expect((await target.read('status/acme/head'))?.body).toBe('two')
  })

  it('replaces nothing that is gone', async () => {
    const target = await open()
    const tag = await target.replace(fileOf('status/acme/head'), undefined)
    await target.remove('status/acme/head')

    expect(await target.replace(fileOf('status/acme/head'), tag)).toBeUndefined()
    expect(await target.read('status/acme/head')).toBeUndefined()
  })

  it('lets one of two writers win', async () => {
    const target = await open()
    const tag = await target.replace(fileOf('status/acme/head', 'start'), undefined)
    const first = await target.replace(fileOf('status/acme/head', 'a'), tag)
    const second = await target.replace(fileOf('status/acme/head', 'b'), tag)

    expect([first === undefined, second === undefined]).toEqual([false, true])
  })

  it('lists what lies below a prefix, and nothing else', async () => {
    const target = await open()
    for (const path of [
      'status/acme/head',
      'status/acme/r1/12.jwt',
      'status/acmes/head',
      'status/did.json',
    ]) {
      await target.replace(fileOf(path), undefined)
    }

    expect([...(await target.list('status/acme/'))].sort()).toEqual([
      'status/acme/head',
      'status/acme/r1/12.jwt',
    ])
  })

  it('removes a file, and minds none that is not there', async () => {
    const target = await open()
    await target.replace(fileOf('status/acme/r1/12.jwt'), undefined)
    await target.remove('status/acme/r1/12.jwt')
    await target.remove('status/acme/r1/12.jwt')

    expect(await target.list('status/acme/')).toEqual([])
  })
})
