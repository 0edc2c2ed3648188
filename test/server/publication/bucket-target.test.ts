import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openBucket } from '../../../src/server/publication/open-targets.ts'
import { BUCKET, type BucketFault, startBucketServer } from '../../helpers/bucket-server.ts'
import { failure, useDataDirectory } from '../../helpers/data-directory.ts'
import { fileOf, openTestBucket, temporaryFolder } from './targets.ts'

useDataDirectory()

const PLACE = { bucket: BUCKET, accessKeyId: 'procura', secretAccessKey: 'a secret of the test' }

describe('a bucket', () => {
  it('keeps with each object what a web server must say of it', async () => {
    const server = await startBucketServer()
    const target = await openTestBucket(server)
    await target.replace(fileOf('status/acme/r1.jwt'), undefined)
    await target.replace(
      { ...fileOf('status/acme/r1/1.jwt'), maxAgeSeconds: 86_400, immutable: true },
      undefined,
    )

    expect(server.objects.get('status/acme/r1.jwt')?.headers).toEqual({
      'content-type': 'application/vc+jwt',
      'cache-control': 'public, max-age=60',
    })
    expect(server.objects.get('status/acme/r1/1.jwt')?.headers['cache-control']).toBe(
      'public, max-age=86400, immutable',
    )
  })

  it('has a list and its versions under one name', async () => {
    const target = await openTestBucket()
    await target.replace(fileOf('status/acme/r1'), undefined)
    await target.replace(fileOf('status/acme/r1/1.jwt'), undefined)

    expect((await target.read('status/acme/r1'))?.body).toBe('the body of status/acme/r1')
  })

  it('is listed page by page', async () => {
    const server = await startBucketServer()
    server.pageSize = 2
    const target = await openTestBucket(server, 'live')
    const paths = [1, 2, 3, 4, 5].map((version) => `status/acme/r1/${version}.jwt`)
    for (const path of paths) await target.replace(fileOf(path), undefined)

    expect(await target.list('status/acme/')).toEqual(paths)
  })

  it.each<[BucketFault, RegExp]>([
    ['cut', /./],
    ['lost', /./],
    [500, /answered 500/],
    [503, /answered 503/],
    [403, /check its credentials/],
  ])('rejects when it answers %s, and works afterwards', async (fault, message) => {
    const server = await startBucketServer()
    const target = await openTestBucket(server)
    server.faults.push(fault)

    await expect(target.replace(fileOf('status/acme/head'), undefined)).rejects.toThrow(message)
    await target.read('status/acme/head')
    expect(await target.list('status/acme/')).toEqual(fault === 'lost' ? ['status/acme/head'] : [])
  })

  it('says what is wrong with a bucket that is not there', async () => {
    const { endpoint } = await startBucketServer()
    const target = await openBucket({ ...PLACE, endpoint, bucket: 'another' })

    await expect(target.list('status/')).rejects.toThrow(/no such bucket/)
    expect(await (await openBucket({ ...PLACE, endpoint })).list('status/')).toEqual([])
  })

  it('reads a credential from its file for each request, so that it can be replaced', async () => {
    const { endpoint } = await startBucketServer()
    const file = join(await temporaryFolder(), 'secret')
    await writeFile(file, 'one\n')
    const target = await openBucket({ ...PLACE, endpoint, secretAccessKey: { file } })
    await rm(file)

    expect(await failure(target.read('status/acme/head'))).toMatch(/cannot read .*secret/)
    await writeFile(file, 'two\n')
    expect(await target.replace(fileOf('status/acme/head'), undefined)).toBeDefined()
  })

  it.each([
    ['a bucket with a slash', { bucket: 'a/b' }],
    ['a region with a dot', { region: 'eu.central' }],
    ['a prefix that begins with a slash', { prefix: '/live' }],
    ['a prefix that needs escaping', { prefix: 'live status' }],
    ['an endpoint without TLS', { endpoint: 'http://s3.example' }],
    ['an endpoint with a query', { endpoint: 'https://s3.example/?x=1' }],
    ['an endpoint that is none', { endpoint: 's3' }],
    ['a file of a secret that is not there', { secretAccessKey: { file: '/nonexistent/secret' } }],
  ])('is refused with %s', async (_, changes) => {
    expect(await failure(openBucket({ ...PLACE, ...changes }))).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION /)
    expect(await failure(openBucket(PLACE))).toBe('none')
  })
})
