import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { PublicationTarget, PublishedFile } from '../../../src/issuer/publication-target.ts'
import { openDirectoryTarget } from '../../../src/server/publication/directory-target.ts'
import { openBucket } from '../../../src/server/publication/open-targets.ts'
import { BUCKET, type BucketServer, startBucketServer } from '../../helpers/bucket-server.ts'

export const ORIGIN = 'http://127.0.0.1:8787'

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-target-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function openDirectory(folder?: string): Promise<PublicationTarget> {
  const target = await openDirectoryTarget(folder ?? (await temporaryFolder()), ORIGIN)
  onTestFinished(() => target.close())
  return target
}

/** @param at Default: a new server. */
export async function openTestBucket(at?: BucketServer, prefix?: string): Promise<PublicationTarget> {
  const { endpoint } = at ?? (await startBucketServer())
  return await openBucket({
    endpoint,
    bucket: BUCKET,
    accessKeyId: 'procura',
    secretAccessKey: 'a secret of the test',
    ...(prefix !== undefined && { prefix }),
  })
}

/** Every kind of target, for what all of them must do. */
export const TARGETS: readonly [kind: string, open: () => Promise<PublicationTarget>][] = [
  ['a directory', () => openDirectory()],
  ['a bucket', () => openTestBucket()],
  ['a prefix of a bucket', () => openTestBucket(undefined, 'live/acme')],
]

export function fileOf(path: string, body = `the body of ${path}`): PublishedFile {
  return { path, body, contentType: 'application/vc+jwt', maxAgeSeconds: 60, immutable: false }
}
