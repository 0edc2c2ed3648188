import { isDeepStrictEqual } from 'node:util'
import { decodeBase64url, encodeBase64url } from '../../src/core/base64url.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { type Json, parseStrictJson } from '../../src/core/json.ts'
import { parseLink } from '../../src/delegation/parse-link.ts'
import { orderLinks } from '../../src/delegation/parse-unordered-chain.ts'
import { findVerificationMethod } from '../../src/did/did-document.ts'
import { parseDidDocument } from '../../src/did/parse-did-document.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Verdict } from '../../src/refusal.ts'
import { parseVpDataIntegrity } from '../../src/securing/data-integrity/parse-vp-data-integrity.ts'
import { parseAgentDelegation, parseReference } from '../../src/securing/http-signature/agent-delegation.ts'
import { parseUpload } from '../../src/securing/http-signature/chain-upload.ts'
import {
  parseByteSequences,
  parseSignatureInputs,
} from '../../src/securing/http-signature/structured-fields.ts'
import { splitSdJwt } from '../../src/securing/sd-jwt/sd-jwt.ts'
import { parseVpJwt } from '../../src/securing/vc-jose/parse-vp-jwt.ts'
import { deterministicSigner } from '../helpers/deterministic-signer.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { World } from '../helpers/world.ts'
import { havoc } from './havoc.ts'
import { check, checkRefusal, checkWork } from './invariants.ts'
import { mutatePart } from './mutate-part.ts'
import type { Chance } from './random.ts'
import { CHAINS, specimenChain } from './specimens.ts'
import type { Target } from './target.ts'

/** Texts that are held of one valid text: every change of one thing, or so many of them. */
const MAX_MUTATIONS = 400

/** Valid texts and changes of one thing in them: cases begin at one of them. */
export function corpusOf(texts: readonly string[], max: number = MAX_MUTATIONS): readonly string[] {
  const mutated = texts.flatMap((text) => {
    const all = [...mutatePart(text, 1)].map((mutation) => mutation.text)
    const every = Math.ceil(all.length / max)
    return all.filter((_, i) => i % every === 0)
  })
  return [...texts, ...mutated]
}

export function mutant(chance: Chance, corpus: readonly string[]): string {
  const text = chance.pick(corpus)
  return chance.once(3) ? text : havoc(chance, text)
}

function outcomeOf(verdict: Verdict<unknown>): string {
  return verdict.verified ? 'read' : checkRefusal(verdict.refusal)
}

/** A target that reads one text. */
function reader(
  name: string,
  share: number,
  texts: (seed: string) => Promise<readonly string[]> | readonly string[],
  read: (text: string) => string | Promise<string>,
): Target {
  return {
    name,
    share,
    prepare: async (seed) => {
      const corpus = corpusOf(await texts(seed))
      return async (chance, keep) => {
        const text = mutant(chance, corpus)
        keep(text)
        return checkWork(text.length * 4, () => read(text))
      }
    },
  }
}

const JSON_TEXTS = [
  '{"a":[1,-0.5,1e3,"\\u00e9\\n",true,null],"b":{"c":{}}}',
  '[[],{},"",0]',
  '"\\ud83d\\ude00"',
  '-1.25e-3',
]

/** JSON as we read it is JSON as the platform reads it, or refused. */
function readJson(text: string): string {
  const value = parseStrictJson(text)
  if (value === undefined) return 'refused'
  check(isDeepStrictEqual(plain(value), plain(JSON.parse(text))), 'it says something else than JSON')
  check(
    isDeepStrictEqual(
      plain(parseStrictJson(new TextDecoder().decode(encodeJcs(value))) ?? null),
      plain(value),
    ),
    'its canonical form says something else',
  )
  return 'read'
}

function plain(value: Json): unknown {
  return JSON.parse(JSON.stringify(value))
}

function readBase64url(text: string): string {
  const bytes = decodeBase64url(text)
  if (bytes === undefined) return 'refused'
  check(encodeBase64url(bytes) === text, 'two texts have the same bytes')
  return 'read'
}

/** What is read of a field stands in it. */
function readFields(text: string): string {
  const inputs = parseSignatureInputs(text)
  for (const [label, input] of inputs ?? [])
    check(text.includes(`${label}=${input.text}`), 'an input is not in the field')
  const bytes = parseByteSequences(text)
  for (const [label, value] of bytes ?? [])
    check(text.includes(`${label}=:${value}:`), 'bytes are not in the field')
  const chain = parseAgentDelegation(text)
  if (chain.verified) check(chain.value.length > 0 && chain.value.length <= 8, 'a chain has 1 to 8 links')
  parseReference(text)
  return inputs !== undefined || bytes !== undefined ? 'read' : outcomeOf(chain)
}

const linkTexts = async (seed: string) => {
  const world = await World.create('Ed25519', { seed })
  const chains = await Promise.all(Object.keys(CHAINS).map((name) => specimenChain(world, name)))
  return chains.flat()
}

async function readLinkText(text: string): Promise<string> {
  const link = await parseLink(text)
  if (link.verified) {
    check(link.value.token === text, 'a link is not its text')
    check(
      link.value.signatures[0].verificationMethod.startsWith(`${link.value.credential.issuer}#`),
      'the key is not the issuer’s',
    )
    check(link.value.credential.validFrom < link.value.credential.validUntil, 'the window is empty')
    orderLinks([link.value, link.value])
  }
  return outcomeOf(link)
}

async function presentations(seed: string): Promise<readonly string[]> {
  const world = await World.create('Ed25519', { seed })
  const chains = await Promise.all(['jwt', 'jcs', 'mixed'].map((name) => specimenChain(world, name)))
  const { signer } = world.subAgent
  const challenge = 'a1b2c3d4e5f60718'
  const tokens = await Promise.all(chains.map((chain) => world.token(chain, { signer })))
  const documents = await Promise.all(chains.map((chain) => world.document(chain, { signer, challenge })))
  const uploads = chains.map((chain) => JSON.stringify({ chain }))
  return [...tokens, ...documents.map((document) => JSON.stringify(document)), ...uploads]
}

function readPresentationText(text: string): string {
  const outcomes = [
    parseVpJwt(text),
    parseVpDataIntegrity(text),
    parseUpload(new TextEncoder().encode(text)),
    splitSdJwt(text, 32),
  ]
  return outcomes.map(outcomeOf).includes('read') ? 'read' : 'refused'
}

async function didDocuments(seed: string): Promise<readonly string[]> {
  const did = 'did:web:id.example'
  const { trust } = await World.create('Ed25519', { seed })
  const signers = [
    await deterministicSigner(`${seed} 1`, 'Ed25519', `${did}#key-1`),
    await deterministicSigner(`${seed} 2`, 'P-256', `${did}#key-2`),
  ]
  return [JSON.stringify(documentOf(did, signers, [statusService(trust)]))]
}

function readDidDocument(text: string): string {
  const json = parseStrictJson(text)
  if (json === undefined) return 'refused'
  const document = parseDidDocument(json, 'did:web:id.example', 0)
  if (document === undefined) return 'refused'
  for (const kid of document.assertionMethod) {
    const method = findVerificationMethod(document, kid, 'assertionMethod')
    if (method.verified) check(kid.startsWith('did:web:id.example#'), 'a key of another DID may issue')
  }
  return 'read'
}

const DIDS = [
  'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
  'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169',
  'did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9',
  'did:web:id.example:status',
  'did:webvh:QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG:id.example',
  'did:constructor:x',
]
const resolver = createDidResolver({ methods: {} })

async function readDid(text: string): Promise<string> {
  return outcomeOf(await resolver.resolve(text))
}

const FIELDS = [
  'sig=("@method" "@target-uri" "agent-delegation");created=1;expires=2;nonce="AAAA";keyid="did:key:z6Mk#z6Mk";tag="agent-delegation"',
  'a=:AAAA:, b=:AAECAwQ=:',
  '"a.b.c", "d.e.f", :eyJhIjoxfQ==:',
  `ref;sha-256=:${'A'.repeat(43)}=:`,
  'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
]

/** Readers of one text each; they check no signature. */
export const PARSER_TARGETS: readonly Target[] = [
  reader('json', 25, () => JSON_TEXTS, readJson),
  reader('base64url', 20, () => ['', 'AA', 'AAE', 'AAEC', 'eyJhbGciOiJFZERTQSJ9', '-_-_'], readBase64url),
  reader('fields', 15, () => FIELDS, readFields),
  reader('link', 12, linkTexts, readLinkText),
  reader('presentation', 6, presentations, readPresentationText),
  reader('did-document', 6, didDocuments, readDidDocument),
  reader('did', 6, () => DIDS, readDid),
]
