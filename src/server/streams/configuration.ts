import type { JsonObject } from '../../core/json.ts'
import { signalsPath } from './issuer-of.ts'
import { POLL, PUSH } from './stream.ts'

/** Below it lies what receivers manage their streams with. */
export const STREAMS_PATH = '/v1/signals'

/** Transmitter Configuration Metadata (SSF 1.0 §7.1). @param hasTokens Whether access tokens of a provider are taken. */
export function transmitterConfiguration(
  { origin, issuer, tenant }: { readonly origin: string; readonly issuer: string; readonly tenant: string },
  hasTokens: boolean,
): JsonObject {
  const at = (path: string) => `${origin}${STREAMS_PATH}/${path}`
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${origin}${signalsPath(tenant)}/jwks.json`,
    delivery_methods_supported: [PUSH, POLL],
    configuration_endpoint: at('stream'),
    status_endpoint: at('status'),
    add_subject_endpoint: at('subjects/add'),
    remove_subject_endpoint: at('subjects/remove'),
    verification_endpoint: at('verify'),
    // Whoever overlooks one would end more than was ended.
    critical_subject_members: ['user', 'application', 'session'],
    authorization_schemes: [
      ...(hasTokens ? [{ spec_urn: 'urn:ietf:rfc:6749' }] : []),
      { spec_urn: 'urn:ietf:rfc:9421' },
    ],
    default_subjects: 'ALL',
  }
}
