import type { MaybePromise } from '../core/maybe-promise.ts'
import type { Did } from '../model/did.ts'
import type { Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'

/**
 * Resolves the DIDs of one method. Answers, never throws, for any DID of the method; keeps its own cache, because
 * only the method knows how long a document stays true.
 */
export type DidMethod = (did: Did) => MaybePromise<Verdict<DidDocument>>
