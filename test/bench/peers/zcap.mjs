import { Ed25519Signature2020, suiteContext } from '@digitalbazaar/ed25519-signature-2020'
import { Ed25519VerificationKey2020 } from '@digitalbazaar/ed25519-verification-key-2020'
import {
  CapabilityDelegation,
  CapabilityInvocation,
  constants,
  createRootCapability,
  extendDocumentLoader,
} from '@digitalbazaar/zcap'
import jsigs from 'jsonld-signatures'

const TARGET = 'https://pay.example/payments'
const EXPIRES = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z')

/*
 * @digitalbazaar/zcap: a root capability of the service, three delegations and an invocation, all Ed25519Signature2020 over RDF.
 * Signatures, times, the chain, actions and target. Revocation is a function of the caller's; here a look into a set.
 */
export async function makeSubjects({ count }) {
  const authority = await makeKey()
  const root = createRootCapability({ controller: authority.controller, invocationTarget: TARGET })
  const documentLoader = loaderOf(root)
  const make = (forged) => makeInvocation(authority, root, documentLoader, forged)
  const items = []
  while (items.length < count) items.push(await make(false))
  const lost = await make(false)
  const revoked = new Set([lost.proof.capability.parentCapability])
  return [
    {
      name: '@digitalbazaar/zcap',
      items,
      trials: [
        { what: 'good', item: await make(false) },
        { what: 'revoked', item: lost },
        { what: 'forged', item: await make(true) },
      ],
      async act(document) {
        const { verified } = await jsigs.verify(document, {
          suite: new Ed25519Signature2020(),
          documentLoader,
          purpose: new CapabilityInvocation({
            expectedTarget: TARGET,
            expectedAction: 'initiate',
            expectedRootCapability: root.id,
            suite: new Ed25519Signature2020(),
            inspectCapabilityChain: ({ capabilityChain }) => ({
              valid: !capabilityChain.some((one) => revoked.has(one.id ?? one)),
            }),
          }),
        })
        return verified ? 'verified' : 'refused'
      },
    },
  ]
}

async function makeKey() {
  const key = await Ed25519VerificationKey2020.generate()
  key.controller = `did:key:${key.fingerprint()}`
  key.id = `${key.controller}#${key.fingerprint()}`
  return key
}

async function makeInvocation(authority, root, documentLoader, forged) {
  const [owner, agent, run, stranger] = await Promise.all(Array.from({ length: 4 }, makeKey))
  Object.assign(stranger, { id: agent.id, controller: agent.controller })
  const first = await delegate(root.id, authority, owner, documentLoader)
  const second = await delegate(first, owner, agent, documentLoader)
  const third = await delegate(second, forged ? stranger : agent, run, documentLoader)
  return jsigs.sign(
    {
      '@context': [constants.ZCAP_CONTEXT_URL, suiteContext.CONTEXT_URL],
      id: `urn:uuid:${crypto.randomUUID()}`,
      invocationTarget: TARGET,
    },
    {
      suite: new Ed25519Signature2020({ key: run }),
      documentLoader,
      purpose: new CapabilityInvocation({
        capability: third,
        capabilityAction: 'initiate',
        invocationTarget: TARGET,
      }),
    },
  )
}

function delegate(parent, key, to, documentLoader) {
  const capability = {
    '@context': [constants.ZCAP_CONTEXT_URL, suiteContext.CONTEXT_URL],
    id: `urn:uuid:${crypto.randomUUID()}`,
    controller: to.controller,
    parentCapability: typeof parent === 'string' ? parent : parent.id,
    invocationTarget: TARGET,
    allowedAction: ['read', 'initiate'],
    expires: EXPIRES,
  }
  return jsigs.sign(capability, {
    suite: new Ed25519Signature2020({ key }),
    documentLoader,
    purpose: new CapabilityDelegation({ parentCapability: parent }),
  })
}

function loaderOf(root) {
  return extendDocumentLoader(async (url) => {
    const document =
      url === root.id ? root : url === suiteContext.CONTEXT_URL ? suiteContext.CONTEXT : didKey(url)
    return { contextUrl: null, documentUrl: url, document }
  })
}

function didKey(url) {
  const [did, fragment] = url.split('#')
  const publicKeyMultibase = did.slice('did:key:'.length)
  const id = `${did}#${publicKeyMultibase}`
  const key = {
    '@context': suiteContext.CONTEXT_URL,
    id,
    type: 'Ed25519VerificationKey2020',
    controller: did,
    publicKeyMultibase,
  }
  if (fragment !== undefined) return key
  return {
    '@context': ['https://www.w3.org/ns/did/v1', suiteContext.CONTEXT_URL],
    id: did,
    capabilityDelegation: [id],
    capabilityInvocation: [id],
    verificationMethod: [key],
  }
}
