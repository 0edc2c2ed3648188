import { describe, expect, it } from 'vitest'
import type { Settings } from '../../src/cli/config/settings.ts'
import { checkTargets } from '../../src/cli/doctor/check-targets.ts'
import type { Host } from '../../src/cli/host.ts'
import { publicationPlaces } from '../../src/cli/service/publication-places.ts'
import { BUCKET, startBucketServer } from '../helpers/bucket-server.ts'
import { scratch } from './run.ts'

const BUCKET_SETTINGS: Settings = {
  s3Bucket: BUCKET,
  s3AccessKeyId: 'procura',
  s3SecretAccessKeyFile: '/run/secrets/bucket',
}

describe('where the status is published', () => {
  it('is nowhere beside the service when nothing is said', () => {
    expect(publicationPlaces({})).toEqual({})
  })

  it('is the directory and the bucket that the settings name', () => {
    const settings = { ...BUCKET_SETTINGS, publishDirectory: '/srv/procura', s3Prefix: 'live' }

    expect(publicationPlaces(settings)).toEqual({
      directory: '/srv/procura',
      bucket: {
        bucket: BUCKET,
        prefix: 'live',
        accessKeyId: 'procura',
        secretAccessKey: { file: '/run/secrets/bucket' },
      },
    })
  })

  it.each<[string, Settings, RegExp]>([
    ['a bucket without credentials', { s3Bucket: BUCKET }, /PROCURA_S3_ACCESS_KEY_ID/],
    [
      'credentials without a bucket',
      { s3AccessKeyId: 'procura' },
      /PROCURA_S3_ACCESS_KEY_ID is set, but no bucket/,
    ],
    ['a prefix without a bucket', { s3Prefix: 'live' }, /PROCURA_S3_PREFIX is set, but no bucket/],
  ])('refuses %s, and says what to set', (_, settings, message) => {
    expect(() => publicationPlaces(settings)).toThrow(message)
    expect(() => publicationPlaces(BUCKET_SETTINGS)).not.toThrow()
  })
})

describe('doctor', () => {
  const host = { fetch: (input, init) => fetch(input, init) } as Pick<Host, 'fetch'> as Host
  const states = async (settings: Settings) =>
    (await checkTargets(settings, host)).map(({ check, state }) => [check, state])

  it('says nothing of targets where there are none', async () => {
    expect(await states({})).toEqual([])
  })

  it('says whether a directory can be written to', async () => {
    const publishDirectory = scratch()

    expect(await states({ publishDirectory })).toEqual([['publishing', 'ok']])
    expect(await states({ publishDirectory: `${publishDirectory}/none` })).toEqual([
      ['publishing', 'warning'],
    ])
  })

  it('says whether a bucket lets itself be read', async () => {
    const server = await startBucketServer()
    const settings = {
      s3Bucket: BUCKET,
      s3AccessKeyId: 'a',
      s3SecretAccessKey: 'b',
      s3Endpoint: server.endpoint,
    }
    expect(await states(settings)).toEqual([['publishing', 'ok']])

    server.fault = 403
    expect(await checkTargets(settings, host)).toMatchObject([
      { state: 'failed', detail: expect.stringContaining('credentials') },
    ])
    expect(await states({ s3Bucket: BUCKET })).toEqual([['publishing', 'failed']])
  })
})
