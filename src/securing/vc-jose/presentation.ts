import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'

/** Media type of a presentation that is one token (VC-JOSE-COSE §3.1.2). */
export const VP_JWT_TYPE = 'vp+jwt'

/** Longest life of such a token, in seconds: `exp` − `iat` (docs/spec/10-reference.md "Defaults"). */
export const MAX_PRESENTATION_SECONDS = 300

/** Longest such token, in bytes: the longest chain and 4 KiB of other members, in base64url. */
export const MAX_VP_JWT_BYTES: number = ((MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES + 4096) / 3) * 4

/** Longest audience, in characters: an origin, with a path to spare. */
export const MAX_AUDIENCE_CHARS = 2048

export const PRESENTATION = 'VerifiablePresentation'
export const ENVELOPED_CREDENTIAL = 'EnvelopedVerifiableCredential'

/** How `data:` URLs of enveloped credentials begin (VCDM 2.0 §4.13), by what they hold. */
export const VC_JWT_URL = 'data:application/vc+jwt,'
export const VC_SD_JWT_URL = 'data:application/vc+sd-jwt,'
