import type { Clock, Random } from '../../core/clock.ts'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import type { Cryptosuite } from '../../model/chain.ts'
import { VC_CONTEXT } from '../../model/credential.ts'
import type { Signer } from '../../model/signer.ts'
import { signDataIntegrity } from '../../securing/data-integrity/sign.ts'
import { signSdJwt } from '../../securing/sd-jwt/sign.ts'
import { ENVELOPED_CREDENTIAL } from '../../securing/vc-jose/presentation.ts'
import { signCompactJws } from '../../securing/vc-jose/sign.ts'
import { ENVELOPED_PRESENTATION, type EnvelopeType } from '../../vcdm/envelope.ts'
import { type Form, suiteOfForm } from './forms.ts'
import { FURTHER_CONTEXTS } from './terms.ts'

/** What an instance signs with. */
export interface Securing {
  readonly form: Form
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Random
}

/** Whom a presentation is for, and what was asked for. */
export interface Audience {
  readonly domain?: string
  readonly challenge?: string
}

/** A credential as the instance issues it: with a proof, or in an envelope. */
export async function secureCredential(document: JsonObject, securing: Securing): Promise<JsonObject> {
  const { form, signer, random } = securing
  const suite = suiteOfForm(form)
  if (suite !== undefined) return addProof(document, suite, securing)
  if (form === 'vc-jose') {
    return envelope(
      ENVELOPED_CREDENTIAL,
      'vc+jwt',
      await signCompactJws({ typ: 'vc+jwt', payload: document, signer }),
    )
  }
  const frame = hidingFrame(document)
  const token = await signSdJwt({ typ: 'vc+sd-jwt', payload: document, frame, signer, random })
  return envelope(ENVELOPED_CREDENTIAL, 'vc+sd-jwt', token)
}

/** Claims about a single subject can be hidden one by one; its id stays. */
function hidingFrame(document: JsonObject) {
  const subject = member(document, 'credentialSubject')
  const names = isJsonObject(subject) ? Object.keys(subject).filter((name) => name !== 'id') : []
  return names.length === 0 ? {} : { credentialSubject: { _sd: names } }
}

/** A status list: a document with a proof in every form, as readers of lists expect one. */
export function secureStatusList(document: JsonObject, securing: Securing): Promise<JsonObject> {
  const fallback = securing.signer.algorithm === 'EdDSA' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019'
  return addProof(document, suiteOfForm(securing.form) ?? fallback, securing)
}

function addProof(document: JsonObject, cryptosuite: Cryptosuite, { signer, clock }: Securing) {
  return signDataIntegrity({ document, cryptosuite, signer, created: clock(), contexts: FURTHER_CONTEXTS })
}

/** A presentation by the holder of the instance's key. */
export async function securePresentation(
  document: JsonObject,
  { domain, challenge }: Audience,
  { form, signer, clock, random }: Securing,
): Promise<JsonObject> {
  const cryptosuite = suiteOfForm(form)
  if (cryptosuite !== undefined) {
    return signDataIntegrity({
      document,
      cryptosuite,
      signer,
      proofPurpose: 'authentication',
      created: clock(),
      contexts: FURTHER_CONTEXTS,
      ...(domain !== undefined && { domain }),
      ...(challenge !== undefined && { challenge }),
    })
  }
  const payload = {
    ...document,
    ...(domain !== undefined && { aud: domain }),
    ...(challenge !== undefined && { nonce: challenge }),
  }
  if (form === 'vc-jose') {
    return envelope(
      ENVELOPED_PRESENTATION,
      'vp+jwt',
      await signCompactJws({ typ: 'vp+jwt', payload, signer }),
    )
  }
  const token = await signSdJwt({ typ: 'vp+sd-jwt', payload, frame: {}, signer, random })
  return envelope(ENVELOPED_PRESENTATION, 'vp+sd-jwt', token)
}

function envelope(type: EnvelopeType, subtype: string, token: string): JsonObject {
  return { '@context': [VC_CONTEXT], id: `data:application/${subtype},${token}`, type }
}
