import * as crypto from '../../src/core/crypto/node.ts'
import { counted } from './work.ts'

/** What `#crypto` is while fuzzing. */
export const { sha256, sha256Base64url, verifySignature } = counted(crypto)
