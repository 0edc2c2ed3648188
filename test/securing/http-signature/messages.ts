import { createSignature, type SignatureParameters } from 'http-message-sig'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { PresentedRequest } from '../../../src/model/presented-request.ts'
import type { Signer } from '../../../src/model/signer.ts'
import type { Verdict } from '../../../src/refusal.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { type SignRequestOptions, signRequest } from '../../../src/securing/http-signature/sign.ts'
import {
  parseRequestProof,
  type RequestProof,
  type RequestProofOptions,
  verifyRequestProof,
} from '../../../src/securing/http-signature/verify.ts'
import { alice, methodOf } from '../../helpers/signers.ts'

export const NOW = 1_795_300_000_000
export const ORIGIN = 'https://mail.example'
export const OPTIONS: RequestProofOptions = { profile: AGENT_DELEGATION_PROFILE, origin: ORIGIN, now: NOW }

/** A request on its way: plain values, which a test may change. */
export interface Message {
  readonly method: string
  readonly target: string
  readonly fields: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export const GET: Message = {
  method: 'GET',
  target: '/inbox?folder=1',
  fields: { 'agent-delegation': '"a.b.c"' },
}

export const POST: Message = {
  method: 'POST',
  target: '/inbox',
  fields: { 'agent-delegation': '"a.b.c", "d.e.f"', 'content-type': 'application/json' },
  body: encodeUtf8('{"hello": "world"}'),
}

/** Counts up, so that tests repeat. */
export const sixteenBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

/** The message with alice's signature, as Procura signs it. */
export async function signedMessage(
  message: Message,
  options: Partial<SignRequestOptions> = {},
): Promise<Message> {
  const added = await signRequest({
    profile: AGENT_DELEGATION_PROFILE,
    method: message.method,
    targetUri: ORIGIN + message.target,
    headers: message.fields,
    ...(message.body && { body: message.body }),
    signer: alice,
    now: NOW,
    random: sixteenBytes,
    ...options,
  })
  return withFields(message, added)
}

export const PARAMETERS: SignatureParameters = {
  created: NOW / 1000,
  expires: NOW / 1000 + 60,
  nonce: 'AAECAwQFBgcICQoLDA0ODw',
  keyid: alice.keyId,
  tag: 'agent-delegation',
}

/** The message with a signature by another implementation, over whatever the test wants. */
export async function foreignMessage(
  message: Message,
  options: {
    readonly components?: readonly string[]
    readonly parameters?: SignatureParameters
    readonly label?: string
    readonly signer?: Signer
  } = {},
): Promise<Message> {
  const signer = options.signer ?? alice
  const algorithm = signer.algorithm === 'EdDSA' ? 'ed25519' : 'ecdsa-p256-sha256'
  const { signature, signatureInput } = await createSignature(descriptorOf(message), {
    label: options.label ?? 'sig1',
    components: options.components ?? ['@method', '@target-uri', 'agent-delegation'],
    parameters: options.parameters ?? PARAMETERS,
    signer: { algorithm, sign: (bytes) => signer.sign(bytes) },
  })
  return withFields(message, { signature, 'signature-input': signatureInput })
}

export function descriptorOf(message: Message) {
  const fields = Object.entries(message.fields).map(([name, value]) => ({ name, value }))
  return { kind: 'request', method: message.method, targetUri: ORIGIN + message.target, fields } as const
}

export function withFields(message: Message, fields: Readonly<Record<string, string>>): Message {
  return { ...message, fields: { ...message.fields, ...fields } }
}

export function withoutField(message: Message, name: string): Message {
  const { [name]: _, ...fields } = message.fields
  return { ...message, fields }
}

/** The message as a service provider sees it. */
export function presented(message: Message): PresentedRequest {
  const fields = new Map(Object.entries(message.fields))
  return {
    method: message.method,
    target: message.target,
    header: (name) => fields.get(name),
    ...(message.body && { body: message.body }),
  }
}

/** Reads the proof of a message and checks its signature, as a verifier that trusts alice does. */
export async function receive(
  message: Message,
  options: Partial<RequestProofOptions> = {},
  signer: Signer = alice,
): Promise<Verdict<RequestProof>> {
  const proof = parseRequestProof(presented(message), { ...OPTIONS, ...options })
  if (!proof.verified) return proof
  const signature = await verifyRequestProof(proof.value, methodOf(signer))
  return signature.verified ? proof : signature
}
