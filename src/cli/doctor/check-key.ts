import { createLocalSigner } from '../../securing/vc-jose/local-signer.ts'
import type { Cli } from '../cli.ts'
import type { Settings } from '../config/settings.ts'
import { failureOf } from '../failure.ts'
import { keyOf, openIssuer, textOf } from '../issuer-api.ts'
import { didOfSigner } from '../key-file.ts'
import type { Options } from '../options.ts'
import { type Finding, failed, ok, skipped } from './finding.ts'

/** Looks at the key that signs calls: can it be used, and does the issuer know it. */
export async function checkKey(settings: Settings, options: Options, cli: Cli): Promise<Finding> {
  if (settings.key === undefined && settings.keyFile === undefined) {
    return skipped('key', 'no key is configured (PROCURA_KEY_FILE)')
  }
  try {
    const did = didOfSigner(await createLocalSigner(await keyOf(settings, cli.host)))
    if (settings.issuer === undefined) return ok('key', `${did}; no issuer to ask about it`)
    const principal = await (await openIssuer(options, cli)).get('/v1/whoami')
    return ok('key', `${did} is ${textOf(principal, 'role')} of ${textOf(principal, 'tenant')}`)
  } catch (error) {
    const { code, message } = failureOf(error)
    if (code === 'signature_invalid') return failed('key', 'the signature of a call is refused', SIGNATURE)
    return failed('key', message, OF_SERVICE.has(code) ? SERVICE : KEY)
  }
}

const KEY = 'name the right key with --key or PROCURA_KEY_FILE'
const SERVICE = 'this is not about the key: mend the service, or wait, and look again'
const SIGNATURE = 'mend what is said above of clock or origin; with neither, name the right key with --key'

/** Whatever key it is. */
const OF_SERVICE: ReadonlySet<string> = new Set([
  'unavailable',
  'internal',
  'rate_limited',
  'ERR_PROCURA_ISSUER_UNREACHABLE',
])
