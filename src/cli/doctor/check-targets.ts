import { accessSync, constants, existsSync } from 'node:fs'
import { openBucket } from '../../server/publication/open-targets.ts'
import type { Settings } from '../config/settings.ts'
import { failureOf } from '../failure.ts'
import type { Host } from '../host.ts'
import { publicationPlaces } from '../service/publication-places.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** Looks whether the places are there into which a service with these settings would publish. Writes nothing. */
export async function checkTargets(settings: Settings, host: Host): Promise<readonly Finding[]> {
  try {
    const { directory, bucket } = publicationPlaces(settings)
    return [
      ...(directory === undefined ? [] : [checkDirectory(directory)]),
      ...(bucket === undefined ? [] : [await checkBucket(bucket, host)]),
    ]
  } catch (error) {
    return [failed('publishing', failureOf(error).message, 'mend it as the message says')]
  }
}

function checkDirectory(directory: string): Finding {
  if (!existsSync(directory))
    return warning('publishing', `${directory} is not there`, 'make it, or let `procura serve` make it')
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return ok('publishing', `${directory} can be written to`)
  } catch {
    return failed(
      'publishing',
      `${directory} cannot be written to`,
      'let the account of the service write there',
    )
  }
}

type Bucket = NonNullable<ReturnType<typeof publicationPlaces>['bucket']>

async function checkBucket(place: Bucket, { fetch }: Host): Promise<Finding> {
  const target = await openBucket(place, fetch)
  const held = await target.read('.well-known/procura')
  return ok(
    'publishing',
    `the bucket ${place.bucket} ${held === undefined ? 'is there' : 'has been published to'}`,
  )
}
