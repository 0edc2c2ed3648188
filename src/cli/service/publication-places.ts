import type { BucketPlace, PublicationPlaces } from '../../server/publication/open-targets.ts'
import { usageError } from '../cli-error.ts'
import { SETTINGS, type SettingName, type Settings } from '../config/settings.ts'

/** What is of no use without a bucket. */
const OF_A_BUCKET: readonly SettingName[] = [
  's3Endpoint',
  's3Region',
  's3Prefix',
  's3AccessKeyId',
  's3SecretAccessKey',
  's3SecretAccessKeyFile',
  's3SessionToken',
  's3SessionTokenFile',
]

/**
 * Where the settings say that the status is published beside the service.
 *
 * @throws {CliError} When a part of what a bucket needs is missing.
 */
export function publicationPlaces(settings: Settings): PublicationPlaces {
  const { publishDirectory: directory } = settings
  const bucket = bucketPlace(settings)
  return { ...(directory !== undefined && { directory }), ...(bucket !== undefined && { bucket }) }
}

function bucketPlace(settings: Settings): BucketPlace | undefined {
  const { s3Bucket: bucket, s3AccessKeyId: accessKeyId } = settings
  if (bucket === undefined) {
    const stray = OF_A_BUCKET.find((name) => settings[name] !== undefined)
    if (stray === undefined) return undefined
    throw usageError(`${SETTINGS[stray].variable} is set, but no bucket: set PROCURA_S3_BUCKET, or unset it`)
  }
  const secretAccessKey = secretOf(settings.s3SecretAccessKey, settings.s3SecretAccessKeyFile)
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw usageError(
      'a bucket needs PROCURA_S3_ACCESS_KEY_ID and PROCURA_S3_SECRET_ACCESS_KEY (or PROCURA_S3_SECRET_ACCESS_KEY_FILE)',
    )
  }
  const { s3Endpoint: endpoint, s3Region: region, s3Prefix: prefix } = settings
  const sessionToken = secretOf(settings.s3SessionToken, settings.s3SessionTokenFile)
  return {
    bucket,
    accessKeyId,
    secretAccessKey,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(prefix !== undefined && { prefix }),
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

function secretOf(secret: string | undefined, file: string | undefined): BucketPlace['sessionToken'] {
  return secret ?? (file === undefined ? undefined : { file })
}
