import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { formatContentDigest } from '../../../src/securing/http-signature/content-digest.ts'
import { buildSignatureBase } from '../../../src/securing/http-signature/signature-base.ts'
import { formatByteSequence } from '../../../src/securing/http-signature/structured-fields.ts'
import type { ExpectedRefusal, VectorFile, VectorRequest } from '../format.ts'
import { NOW, ORIGIN, type Person, Scene, time } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** Presenting by a signed request. */
export async function requests(): Promise<VectorFile> {
  const scene = await Scene.create('requests')
  const theme = new Theme('requests', 'Presenting by a signed HTTP request.', await settingOf(scene))
  await signing(theme, scene)
  await moving(theme, scene)
  await bodies(theme, scene)
  await parameters(theme, scene)
  await fields(theme, scene)
  await uploads(theme, scene)
  return theme.file
}

const proof = (dimension: string): ExpectedRefusal => refusal(`holder_proof_invalid ${dimension}`)

async function signing(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const chain = await scene.twoLinks()
  const request = await scene.request(chain)
  theme.accept('get', 'a request without body', asked(request), { says: { presenter: cast.agent.did } })
  const { signature: _, ...unsigned } = request.headers
  theme.refuse(
    'unsigned',
    'get',
    'no signature',
    proof('signature'),
    asked({ ...request, headers: unsigned }),
    { threats: ['HP-01'] },
  )
  const bare = { 'agent-delegation': request.headers['agent-delegation'] ?? '' }
  theme.refuse('bare', 'get', 'a chain alone', proof('signature'), asked({ ...request, headers: bare }), {
    threats: ['HP-01'],
  })
  theme.refuse(
    'stripped',
    'get',
    'a signature alone',
    refusal('chain_required agent-delegation'),
    asked({ ...request, headers: { signature: 'agent-delegation=:AA==:' } }),
  )
  const thief = await scene.request(chain, { by: cast.mallory })
  theme.refuse(
    'other-key',
    'get',
    'the signature of somebody who is not the presenter',
    proof('keyid'),
    asked(thief),
    { threats: ['HP-02'] },
  )
  const lent = { ...cast.mallory, signer: { ...cast.mallory.signer, keyId: cast.agent.signer.keyId } }
  theme.refuse(
    'lent-name',
    'get',
    'the signature of somebody else in the presenter’s name',
    proof('signature'),
    asked(await scene.request(chain, { by: lent })),
    { threats: ['HP-02'] },
  )
  theme.refuse(
    'owner',
    'get',
    'the signature of the owner',
    proof('keyid'),
    asked(await scene.request(chain, { by: cast.owner })),
    { threats: ['HP-02'] },
  )
  const longer = await scene.threeLinks()
  theme.refuse(
    'agent-for-child',
    'get',
    'the signature of the agent for a chain of its sub-agent',
    proof('keyid'),
    asked(await scene.request(longer)),
    { threats: ['HP-03'] },
  )
  theme.refuse(
    'child-for-agent',
    'get',
    'the signature of a sub-agent for a chain that ends with its agent',
    proof('keyid'),
    asked(await scene.request(chain, { by: cast.sub })),
    { threats: ['HP-03'] },
  )
  const twice = [asked(request), asked(request)]
  const says = [{ verified: true as const }, refusal('replayed')]
  theme.add(
    'replay',
    'a request twice',
    twice.map((step, i) => ({ ...step, expected: says[i] ?? refusal('replayed') })),
    { threats: ['HP-04'] },
    'get',
  )
  const p256 = await Scene.create('requests p256', 'P-256', {
    authority: cast.authority,
    status: cast.status,
    owner: cast.owner,
  })
  theme.accept(
    'es256',
    'a request that is signed with a P-256 key',
    asked(await p256.request(await p256.twoLinks())),
  )
}

async function moving(theme: Theme, scene: Scene): Promise<void> {
  const request = await scene.request(await scene.twoLinks(), { target: '/inbox?folder=1' })
  const other =
    (await scene.request(await scene.twoLinks({ name: 'another' }))).headers['agent-delegation'] ?? ''
  theme.accept('target', 'a request with a query', asked(request))
  const wrong: readonly (readonly [string, string, Partial<VectorRequest>])[] = [
    ['method', 'the same with another method', { method: 'DELETE' }],
    ['method-case', 'the same with its method in lower case', { method: 'get' }],
    ['path', 'the same at another path', { target: '/outbox?folder=1' }],
    ['query', 'the same with another query', { target: '/inbox?folder=2' }],
    ['absolute', 'the same with an absolute target', { target: 'https://mail.example/inbox?folder=1' }],
    [
      'chain-swapped',
      'the same with another chain',
      { headers: { ...request.headers, 'agent-delegation': other } },
    ],
    [
      'chain-respelled',
      'the same with another spelling of the chain',
      {
        headers: {
          ...request.headers,
          'agent-delegation': (request.headers['agent-delegation'] ?? '').replace(', ', ','),
        },
      },
    ],
  ]
  for (const [name, title, changes] of wrong) {
    const dimension = name === 'absolute' ? 'components' : 'signature'
    theme.refuse(name, 'target', title, proof(dimension), asked({ ...request, ...changes }), {
      threats: ['HP-08'],
    })
  }
  for (const [name, origin] of [
    ['origin', 'https://other.example'],
    ['scheme', 'http://mail.example'],
    ['port', 'https://mail.example:8443'],
    ['suffix', 'https://mail.example.evil'],
  ] as const) {
    const elsewhere = await scene.request(await scene.twoLinks(), { origin })
    theme.refuse(`other-${name}`, 'get', `a request to ${origin}`, proof('signature'), asked(elsewhere), {
      threats: ['HP-08'],
    })
  }
}

async function bodies(theme: Theme, scene: Scene): Promise<void> {
  const body = '{"to":"a"}'
  const chain = await scene.twoLinks()
  const request = await scene.request(chain, { method: 'POST', body })
  const { headers } = request
  const { body: _, ...without } = request
  const { 'content-digest': digest = '', ...noDigest } = headers
  theme.accept('post', 'a request with a body', asked(request))
  const get = await scene.request(chain)
  const empty = { ...get.headers, 'content-digest': formatContentDigest(new Uint8Array()) }
  theme.accept(
    'digest-of-nothing',
    'a request without body, with the digest of nothing',
    asked({ ...get, headers: empty }),
  )
  const wrong: readonly (readonly [string, string, VectorRequest, string])[] = [
    ['body-swapped', 'another body', { ...request, body: '{"to":"b"}' }, 'content-digest'],
    [
      'body-swapped-digest',
      'another body with a digest of its own',
      {
        ...request,
        headers: { ...headers, 'content-digest': formatContentDigest(encodeUtf8('{"to":"b"}')) },
        body: '{"to":"b"}',
      },
      'signature',
    ],
    ['body-removed', 'no body, where one was signed', { ...without, headers }, 'content-digest'],
    [
      'body-announced',
      'a body that was announced and not received',
      { ...without, headers: { ...headers, 'content-length': '10' } },
      'body',
    ],
    ['body-added', 'a body, where none was signed', { ...get, body }, 'content-digest'],
    ['digest-removed', 'a body without digest', { ...request, headers: noDigest }, 'content-digest'],
    [
      'digest-md5',
      'a digest by another hash function',
      { ...request, headers: { ...headers, 'content-digest': digest.replace('sha-256', 'md5') } },
      'content-digest',
    ],
    [
      'digest-twice',
      'two digests',
      { ...request, headers: { ...headers, 'content-digest': `${digest}, ${digest}` } },
      'content-digest',
    ],
    [
      'content-type',
      'another content type',
      { ...request, headers: { ...headers, 'content-type': 'text/plain' } },
      'signature',
    ],
  ]
  for (const [name, title, changed, dimension] of wrong)
    theme.refuse(name, 'post', title, proof(dimension), asked(changed))
}

interface Input {
  readonly components?: readonly string[]
  readonly created?: number
  readonly expires?: number
  readonly nonce?: string
  readonly keyid?: string
  readonly tag?: string
  /** Behind the others. */
  readonly more?: string
  readonly label?: string
  readonly body?: string
}

const COVERED = ['"@method"', '"@target-uri"', '"agent-delegation"']

/** A request with a signature over whatever it says that it covers. */
async function handMade(
  scene: Scene,
  input: Input = {},
  by: Person = scene.cast.agent,
): Promise<VectorRequest> {
  const request = await scene.request(
    await scene.twoLinks(),
    input.body === undefined ? {} : { method: 'POST', body: input.body },
  )
  const { components = COVERED, created = NOW / 1000, nonce = 'AAECAwQFBgcICQoLDA0ODw', label = 'a' } = input
  const { expires = created + 60, keyid = by.signer.keyId, tag = 'agent-delegation', more = '' } = input
  const params = `(${components.join(' ')});created=${created};expires=${expires};nonce="${nonce}";keyid="${keyid}";tag="${tag}"${more}`
  const headers: Record<string, string> = { ...request.headers, host: 'mail.example' }
  const signed = {
    method: request.method,
    targetUri: `${ORIGIN}/inbox`,
    header: (name: string) => headers[name],
  }
  const base = buildSignatureBase(signed, components, params) ?? encodeUtf8(params)
  const signature = formatByteSequence(await by.signer.sign(base))
  return {
    ...request,
    headers: {
      ...request.headers,
      'signature-input': `${label}=${params}`,
      signature: `${label}=${signature}`,
    },
  }
}

async function parameters(theme: Theme, scene: Scene): Promise<void> {
  const at = NOW / 1000
  const right: readonly (readonly [string, string, Input])[] = [
    ['hand-made', 'a signature that is made by hand', {}],
    ['label', 'a signature with another label', { label: 'sig1' }],
    ['order', 'components in another order', { components: COVERED.toReversed() }],
    ['alg', 'the algorithm of the key', { more: ';alg="ed25519"' }],
    ['nonce-base64', 'a nonce in base64 with padding', { nonce: 'AAECAwQFBgcICQoLDA0OD/8=' }],
    ['early', 'a signature from 30 s ahead', { created: at + 30 }],
    ['late', 'a signature that ended 30 s ago', { created: at - 90 }],
  ]
  for (const [name, title, input] of right)
    theme.accept(
      name,
      title,
      asked(await handMade(scene, input)),
      name === 'early' || name === 'late' ? { threats: ['HP-15'] } : {},
    )
  const wrong: readonly (readonly [string, string, Input, string, string[]?])[] = [
    ['too-early', 'a signature from 31 s ahead', { created: at + 31 }, 'created', ['HP-10', 'HP-15']],
    ['too-late', 'a signature that ended 31 s ago', { created: at - 91 }, 'expires', ['HP-10', 'HP-15']],
    [
      'years',
      'a signature that is ten years old and has not ended',
      { created: at - 315_360_000, expires: at + 60 },
      'expires',
      ['HP-10'],
    ],
    ['long', 'a signature that lives for 61 s', { expires: at + 61 }, 'expires', ['HP-10']],
    ['ends-first', 'a signature that ends before it begins', { expires: at - 1 }, 'expires'],
    ['nonce-short', 'a nonce of 15 bytes', { nonce: 'AAECAwQFBgcICQoLDA0O' }, 'nonce', ['HP-09']],
    ['nonce-empty', 'an empty nonce', { nonce: '' }, 'nonce', ['HP-09']],
    ['nonce-long', 'a nonce of 65 bytes', { nonce: 'A'.repeat(87) }, 'nonce', ['HP-09']],
    ['alg-other', 'the algorithm of another type of key', { more: ';alg="ecdsa-p256-sha256"' }, 'alg'],
    ['alg-hmac', 'the algorithm of a shared key', { more: ';alg="hmac-sha256"' }, 'alg', ['SM-02']],
    ['parameter', 'a parameter that is not of the profile', { more: ';context="a"' }, 'parameters'],
    ['tag-other', 'another tag', { tag: 'procura-api' }, 'signature-input', ['SM-07']],
    ['keyid-url', 'a keyid that is no DID URL', { keyid: 'key-1' }, 'keyid'],
    ['no-method', 'the method not covered', { components: COVERED.slice(1) }, '@method'],
    [
      'no-target',
      'the target not covered',
      { components: ['"@method"', '"agent-delegation"'] },
      '@target-uri',
    ],
    ['no-chain', 'the chain not covered', { components: COVERED.slice(0, 2) }, 'agent-delegation', ['HP-03']],
    ['no-digest', 'the digest of the body not covered', { body: '{}' }, 'content-digest'],
    [
      'no-content-type',
      'the content type of the body not covered',
      { body: '{}', components: [...COVERED, '"content-digest"'] },
      'content-type',
    ],
    ['component', 'one component more', { components: [...COVERED, '"host"'] }, 'components'],
    [
      'component-parameter',
      'a component with a parameter',
      { components: ['"@method";req', ...COVERED] },
      'components',
    ],
  ]
  for (const [name, title, input, dimension, threats] of wrong) {
    theme.refuse(
      name,
      'hand-made',
      title,
      proof(dimension),
      asked(await handMade(scene, input)),
      threats === undefined ? {} : { threats },
    )
  }
  await several(theme, scene)
}

/** More signatures than one. */
async function several(theme: Theme, scene: Scene): Promise<void> {
  const [one, other] = [await handMade(scene), await handMade(scene, { label: 'b', tag: 'somebody-else' })]
  const join = (name: string, second: VectorRequest) => `${one.headers[name]}, ${second.headers[name]}`
  const both = (second: VectorRequest): VectorRequest => ({
    ...one,
    headers: {
      ...one.headers,
      'signature-input': join('signature-input', second),
      signature: join('signature', second),
    },
  })
  theme.accept('beside', 'a signature with another tag beside', asked(both(other)))
  const same = await handMade(scene, { label: 'b' })
  theme.refuse('two', 'beside', 'two signatures with the tag', proof('signature-input'), asked(both(same)))
  theme.refuse(
    'label-twice',
    'beside',
    'two signatures with one label',
    proof('signature-input'),
    asked(both(await handMade(scene, { tag: 'else' }))),
  )
  const spaced = {
    ...one,
    headers: {
      ...one.headers,
      'signature-input': (one.headers['signature-input'] ?? '').replace(';created', '; created'),
    },
  }
  theme.refuse(
    'white-space',
    'hand-made',
    'white space that no serializer writes',
    proof('signature-input'),
    asked(spaced),
  )
}

async function fields(theme: Theme, scene: Scene): Promise<void> {
  const [owner, agent] = await scene.twoLinks()
  const wrong: readonly (readonly [string, string, string, string])[] = [
    ['field-empty', 'an empty field', '', 'malformed agent-delegation'],
    ['field-token', 'links without quotation marks', `${owner}, ${agent}`, 'malformed agent-delegation'],
    ['field-parameter', 'a link with a parameter', `"${owner}";a, "${agent}"`, 'malformed agent-delegation'],
    ['field-comma', 'a comma at the end', `"${owner}", "${agent}",`, 'malformed agent-delegation'],
    ['field-escape', 'a link with an escape', `"${owner}", "\\${agent}"`, 'malformed agent-delegation'],
    [
      'field-bytes',
      'a token as bytes',
      `"${owner}", :${Buffer.from(agent).toString('base64')}:`,
      'malformed agent-delegation',
    ],
    ['field-base64', 'bytes that are no base64', `"${owner}", :a%b:`, 'malformed agent-delegation'],
    [
      'field-long',
      'a field of more than 7.5 KiB',
      `"${'a'.repeat(7680)}"`,
      'limit_exceeded agent-delegation',
    ],
    [
      'reference-unknown',
      'a reference to a chain that was never sent',
      `ref;sha-256=:${'A'.repeat(43)}=:`,
      'chain_required agent-delegation',
    ],
    ['reference-short', 'a reference with too few bytes', 'ref;sha-256=:AAAA:', 'malformed agent-delegation'],
  ]
  for (const [name, title, field, expected] of wrong) {
    const [code = '', dimension = ''] = expected.split(' ')
    const request = await scene.request([], { field: field || '"a"' })
    const step = asked({ ...request, headers: { ...request.headers, 'agent-delegation': field } })
    theme.refuse(name, 'get', title, refusal(`${code} ${dimension}`), step)
  }
}

async function uploads(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const chain = await scene.twoLinks()
  const upload = { do: 'upload' as const, request: await scene.upload(chain) }
  const kept = { ...upload, expected: { verified: true as const, expiresAt: time(23 * 3_600_000) } }
  const use = async (by = cast.agent) => asked(await scene.refer(chain, { by }))
  theme.add('upload', 'a chain in advance, and two requests that refer to it', [
    kept,
    { ...(await use()), expected: { verified: true } },
    { ...(await use()), expected: { verified: true } },
  ])
  theme.add(
    'upload-thief',
    'a reference to a chain of somebody else',
    [kept, { ...(await use(cast.mallory)), expected: proof('keyid') }],
    { threats: ['HP-02'] },
    'upload',
  )
  theme.add(
    'upload-other',
    'a chain in advance, and a reference to another one',
    [
      kept,
      {
        ...asked(await scene.refer(await scene.twoLinks({ name: 'another' }))),
        expected: refusal('chain_required agent-delegation'),
      },
    ],
    {},
    'upload',
  )
  const wrong: readonly (readonly [string, string, VectorRequest, string])[] = [
    [
      'upload-by-thief',
      'a chain in advance, sent by somebody else',
      await scene.upload(chain, { by: cast.mallory }),
      'holder_proof_invalid keyid',
    ],
    [
      'upload-digest',
      'a chain in advance under the reference of another one',
      {
        ...(await scene.upload(chain)),
        headers: { ...upload.request.headers, 'agent-delegation': `ref;sha-256=:${'A'.repeat(43)}=:` },
      },
      'malformed agent-delegation',
    ],
    [
      'upload-field',
      'a chain in advance and in the field',
      await scene.upload(chain, { field: `"${chain[0]}", "${chain[1]}"` }),
      'malformed agent-delegation',
    ],
    [
      'upload-body',
      'something else in the body',
      await scene.upload(chain, { body: '{"chain":"x"}' }),
      'malformed body',
    ],
    [
      'upload-member',
      'a member more in the body',
      await scene.upload(chain, { body: JSON.stringify({ chain, more: 1 }) }),
      'malformed body',
    ],
    [
      'upload-type',
      'a chain in advance as text',
      await scene.upload(chain, { contentType: 'text/plain' }),
      'malformed content-type',
    ],
    [
      'upload-target',
      'a chain in advance at another path',
      await scene.upload(chain, { target: '/inbox' }),
      'malformed target',
    ],
  ]
  for (const [name, title, request, expected] of wrong)
    theme.refuse(name, 'upload', title, refusal(expected), { do: 'upload', request })
}
