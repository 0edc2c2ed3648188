import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { checkStatus } from '@digitalbazaar/vc-bitstring-status-list'
import { closedLoader } from '../../conformance/digitalbazaar-loader.ts'
import { isInForce, isProven, makeProof, trialsOf } from './shared.mjs'

/*
 * @digitalbazaar/vc, twice. On the documents that our row over RDF verifies: signatures, times and keys, with the lists decoded once
 * and looked at by hand, and a raw signature for the request. And as shipped: a presentation with the three and a proof, the
 * lists fetched through the loader, verified and decoded each time. It knows neither chains nor grants.
 */
export async function makeSubjects({ rdfc, lists, listDocuments, challenge, now }) {
  return [onSameDocuments({ rdfc, lists, now }), await asShipped({ rdfc, listDocuments, challenge, now })]
}

const suite = () => new DataIntegrityProof({ cryptosuite })

function onSameDocuments({ rdfc, lists, now }) {
  const proof = makeProof()
  const documentLoader = closedLoader()
  return {
    name: '@digitalbazaar/vc',
    items: rdfc.good,
    trials: trialsOf(rdfc, true),
    async act({ texts }) {
      for (const text of texts) {
        const credential = JSON.parse(text)
        const { verified } = await vc.verifyCredential({
          credential,
          suite: suite(),
          documentLoader,
          now: new Date(now),
          checkStatus: async () => ({ verified: isInForce(credential, lists) }),
        })
        if (!verified) return 'refused'
      }
      return isProven(proof) ? 'verified' : 'unproven'
    },
  }
}

async function asShipped({ rdfc, listDocuments, challenge, now }) {
  const documentLoader = closedLoader(listDocuments)
  const holder = await makeHolder()
  const present = ({ texts }) => presentAll(texts, holder, documentLoader, challenge)
  const trials = await Promise.all(
    trialsOf(rdfc, true).map(async ({ what, item }) => ({ what, item: await present(item) })),
  )
  return {
    name: '@digitalbazaar/vc.as_shipped',
    items: await Promise.all(rdfc.good.map(present)),
    trials,
    async act(presentation) {
      const { verified } = await vc.verify({
        presentation,
        suite: suite(),
        documentLoader,
        challenge,
        now: new Date(now),
        // Who signs our lists is another DID than the authority, which the standard leaves to the verifier.
        checkStatus: (options) => checkAll(options),
      })
      return verified ? 'verified' : 'refused'
    },
  }
}

/** Each entry by itself: given several, the library reads one purpose only. */
async function checkAll(options) {
  for (const entry of options.credential.credentialStatus) {
    const credential = { ...options.credential, credentialStatus: entry }
    const result = await checkStatus({ ...options, credential, suite: suite(), verifyMatchingIssuers: false })
    if (!result.verified || result.results?.some(({ status }) => status)) return { verified: false }
  }
  return { verified: true }
}

async function makeHolder() {
  const key = await Ed25519Multikey.generate()
  const did = `did:key:${key.publicKeyMultibase}`
  key.id = `${did}#${key.publicKeyMultibase}`
  key.controller = did
  return { did, key }
}

async function presentAll(texts, { did, key }, documentLoader, challenge) {
  const verifiableCredential = texts.map((text) => JSON.parse(text))
  const presentation = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiablePresentation'],
    holder: did,
    verifiableCredential,
  }
  const signing = new DataIntegrityProof({ signer: key.signer(), cryptosuite })
  return vc.signPresentation({ presentation, suite: signing, challenge, documentLoader })
}
