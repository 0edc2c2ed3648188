import { readFile } from 'node:fs/promises'
import type { Fetch } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { PublicationTarget } from '../../issuer/publication-target.ts'
import { isLoopbackHost } from '../../model/status-url.ts'
import type { CleanUp } from '../clean-up.ts'
import { type BucketCredentials, openBucketTarget } from './bucket-target.ts'
import { openDirectoryTarget } from './directory-target.ts'

/** A bucket with the protocol of Amazon S3. */
export interface BucketPlace {
  readonly bucket: string
  /** Base URL of the store. Default: that of Amazon S3 in the region. */
  readonly endpoint?: string
  /** Default `us-east-1`, which stores without regions take. */
  readonly region?: string
  /** In front of every path, without a slash at its beginning or end. Default: none. */
  readonly prefix?: string
  readonly accessKeyId: string
  /** The secret itself, or the file that holds it, which is read again before each request. */
  readonly secretAccessKey: string | { readonly file: string }
  readonly sessionToken?: string | { readonly file: string }
}

/** Where the status is published beside the service itself. */
export interface PublicationPlaces {
  /** Absolute path. */
  readonly directory?: string
  readonly bucket?: BucketPlace
}

/** Amazon's, and names of other stores: what can stand in a path as it is. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const REGION = /^[A-Za-z0-9-]{1,64}$/
const PREFIX = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/

/**
 * Opens every target. What has to be given back is left to `cleanUp`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` that says what to mend.
 */
export async function openTargets(
  { directory, bucket }: PublicationPlaces,
  { origin }: Pick<Issuer, 'origin'>,
  cleanUp: CleanUp,
): Promise<readonly PublicationTarget[]> {
  const targets: PublicationTarget[] = []
  if (directory !== undefined) {
    const target = await openDirectoryTarget(directory, origin)
    cleanUp.defer(() => target.close())
    targets.push(target)
  }
  if (bucket !== undefined) targets.push(await openBucket(bucket))
  return targets
}

/** @throws {ProcuraError} as {@link openTargets}. */
export async function openBucket(
  place: BucketPlace,
  fetchOf: Fetch = (input, init) => fetch(input, init),
): Promise<PublicationTarget> {
  const { bucket, region = 'us-east-1', prefix = '' } = place
  if (!BUCKET.test(bucket))
    throw misconfigured('the name of the bucket must be 3 to 63 lower-case letters, digits, dots and hyphens')
  if (!REGION.test(region))
    throw misconfigured('the region of the bucket must be a name such as eu-central-1')
  if (prefix !== '' && !PREFIX.test(prefix)) {
    throw misconfigured(
      'the prefix in the bucket must be segments of letters, digits and . _ ~ -, as in live/acme',
    )
  }
  const credentials = () => readCredentials(place)
  await credentials()
  return await openBucketTarget({
    endpoint: endpointOf(place, region),
    bucket,
    region,
    prefix: prefix === '' ? '' : `${prefix}/`,
    credentials,
    fetch: fetchOf,
  })
}

function endpointOf({ endpoint }: BucketPlace, region: string): string {
  if (endpoint === undefined) return `https://s3.${region}.amazonaws.com`
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const isPlain = url !== undefined && url.search === '' && url.hash === '' && url.username === ''
  const isSecret = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (isPlain && isSecret) return endpoint
  throw misconfigured(
    'the endpoint of the bucket must be an https URL (http only on a loopback host), without user and query',
  )
}

async function readCredentials(place: BucketPlace): Promise<BucketCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken } = place
  const token = sessionToken === undefined ? undefined : await readSecret(sessionToken)
  return {
    accessKeyId,
    secretAccessKey: await readSecret(secretAccessKey),
    ...(token !== undefined && { sessionToken: token }),
  }
}

async function readSecret(secret: string | { readonly file: string }): Promise<string> {
  if (typeof secret === 'string') return secret
  try {
    return (await readFile(secret.file, 'utf8')).trim()
  } catch (cause) {
    throw misconfigured(`cannot read ${secret.file}, which should hold a credential of the bucket`, cause)
  }
}

function misconfigured(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, cause === undefined ? {} : { cause })
}
