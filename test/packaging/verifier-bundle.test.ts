import { createContext, runInContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundle, bundleScript } from '../helpers/bundle.ts'
import { isSigning } from '../helpers/directions.ts'

const ENTRY = 'src/verifier/index.ts'
const KIB = 1024
/** What it may weigh; docs/performance.md says what it should. */
const MOST_BYTES = 86 * KIB
const MOST_GZIP_BYTES = 30 * KIB

/** What a service provider's supply chain contains when it verifies `vc+jwt`: SHA-256 off Node. */
const PACKAGES = ['@noble/hashes']

/**
 * What may follow on first use: the resolution of kinds of `did:key` that our credentials rarely have, and JSON-LD
 * for proofs over RDF.
 */
const LAZY_PACKAGES = [
  '@digitalbazaar/credentials-context',
  '@digitalbazaar/data-integrity-context',
  '@digitalbazaar/multikey-context',
  '@digitalbazaar/vc-bitstring-status-list-context',
  '@noble/curves',
  '@noble/hashes',
  'canonicalize',
  'did-context',
  'did-resolver',
  'didwebvh-ts',
  'jsonld',
  'key-did-resolver',
  'lru-cache',
  'multiformats',
  'rdf-canonize',
  'setimmediate',
  'uint8arrays',
  'varint',
  'yallist',
]

describe('the verifier, bundled for a browser', () => {
  let verifier: Bundle

  beforeAll(async () => {
    verifier = await bundle(ENTRY)
  })

  it('has at most 86 KiB minified and 30 KiB compressed [SC-03]', () => {
    const parts = JSON.stringify(verifier.parts)

    expect(verifier.bytes, parts).toBeLessThanOrEqual(MOST_BYTES)
    expect(verifier.gzipBytes, parts).toBeLessThanOrEqual(MOST_GZIP_BYTES)
    expect(verifier.gzipBytes).toBeGreaterThan(100)
  })

  it('brings in no package but those that are listed [SC-03]', () => {
    expect(verifier.packages.filter((name) => !PACKAGES.includes(name))).toEqual([])
  })

  it('brings in its own code and no signer, role or server', () => {
    const own = [...verifier.modules, ...verifier.lazyModules].filter((path) => path.startsWith('src/'))

    expect(own.filter((path) => /^src\/(holder|issuer|adapters|stores|server|cli)\//.test(path))).toEqual([])
    expect(own.filter(isSigning)).toEqual([])
    expect(own).toContain('src/refusal.ts')
  })

  it('loads no package on first use but those that are listed, and so never a JOSE library', () => {
    expect(verifier.lazyPackages.filter((name) => !LAZY_PACKAGES.includes(name))).toEqual([])
    expect(verifier.lazyPackages).toContain('key-did-resolver')
  })

  it('does nothing when it is imported: a realm with no network, timers, files, clock or chance is enough [SC-03]', async () => {
    const script = await bundleScript(ENTRY)
    const realm = createContext({ TextEncoder, TextDecoder })
    runInContext('delete globalThis.Date; delete Math.random; delete globalThis.console', realm)

    runInContext(script, realm)

    expect(Object.keys(realm).sort()).toEqual(['TextDecoder', 'TextEncoder', 'procura'])
    expect(Object.keys(realm.procura)).toContain('ProcuraError')
  })
})

describe('the bundle check', () => {
  it('sees packages that are imported, and tells them from those that load on first use', async () => {
    const signer = await bundle('test/packaging/fixtures/eager-and-lazy.ts')

    expect(signer.packages).toEqual(['jose'])
    expect(signer.lazyPackages).toEqual(['multiformats'])
    expect(signer.modules).toContain('src/core/base64url.ts')
  })

  it('refuses a module of Node', async () => {
    await expect(bundle('test/packaging/fixtures/needs-node.ts')).rejects.toThrow(/node:fs/)
  })

  it('sees an effect of importing', async () => {
    const script = await bundleScript('test/packaging/fixtures/has-effects.ts')

    expect(() => runInContext(script, createContext({}))).toThrow(/setTimeout is not defined/)
  })
})
