import { createHash } from 'node:crypto'
import type { PublicKey } from '../../../core/crypto/port.ts'
import { publicKeyFromRaw } from '../../../core/crypto/public-key.ts'
import { ProcuraError } from '../../../errors.ts'
import { type Cryptoki, loadCryptoki, PinRefused, readUlong, ulong } from './cryptoki.ts'

/** A key in a token: it signs there, and never leaves it. */
export interface TokenKey {
  readonly publicKey: PublicKey
  /** 64 bytes, as `Signer.sign`. One signature at a time; further ones wait for their turn. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
  /** Gives the session back once what was begun is signed; nothing is signed afterwards. Never rejects. */
  close(): Promise<void>
}

/** Where the tokens are, and what opens them. */
export interface TokenAccess {
  /** Path of the module: `/usr/lib/softhsm/libsofthsm2.so`. Loaded into the process, so never named by a caller of the API. */
  readonly module: string
  readonly pin: string
}

/** Tokens that refused the PIN, by name, as long as the process runs. */
export type RefusedPins = Map<string, PinRefused>

const MAX_SLOTS = 64
const SERIAL_SESSION = 4
const USER = 1
const PUBLIC_KEY = 2
const PRIVATE_KEY = 3
const CKA_CLASS = 0
const CKA_LABEL = 3
const CKA_EC_POINT = 0x181
const ECDSA = 0x1041
const EDDSA = 0x1057

/**
 * Opens a key by its URI (RFC 7512): `pkcs11:token=NAME;object=LABEL`, both names without reserved characters.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for another URI, or when there is no such token; `ERR_PROCURA_INVALID_KEY`
 * when the token refuses the PIN, or has not exactly one such key, Ed25519 or P-256.
 * @param refused Keeps the tokens that refused the PIN; those in it are not asked again.
 */
export async function openTokenKey(
  uri: string,
  access: TokenAccess,
  refused: RefusedPins = new Map(),
): Promise<TokenKey> {
  const { token, object } = parseUri(uri)
  const cryptoki = await loadCryptoki(access.module)
  cryptoki.call('C_Initialize', Buffer.concat([...Array(4).fill(ulong()), ulong(2), ulong()]))
  const slot = findSlot(cryptoki, token)
  // Nothing is awaited from here to the answer, so that no two ask a token that refuses the first.
  const before = refused.get(token)
  if (before !== undefined) throw before
  const session = openSession(cryptoki, slot)
  try {
    logIn(cryptoki, session, access.pin)
    const publicKey = readPublicKey(cryptoki, session, findObject(cryptoki, session, PUBLIC_KEY, object))
    const privateKey = findObject(cryptoki, session, PRIVATE_KEY, object)
    return keyIn(cryptoki, { session, privateKey, type: publicKey.type }, publicKey)
  } catch (error) {
    if (error instanceof PinRefused) refused.set(token, error)
    closeSession(cryptoki, session)
    throw error
  }
}

/** Handles of a closed session may be given again, so a key that was closed never signs. */
function keyIn(cryptoki: Cryptoki, place: SigningPlace, publicKey: PublicKey): TokenKey {
  let last: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined
  return {
    publicKey,
    sign(bytes) {
      if (closed !== undefined) return Promise.reject(isClosed())
      const signed = last.then(() => signIn(cryptoki, place, bytes))
      last = signed.catch(() => undefined)
      return signed
    },
    close() {
      closed ??= last.then(() => closeSession(cryptoki, place.session))
      return closed
    },
  }
}

function isClosed(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the key in the token was closed; it is opened anew')
}

function parseUri(uri: string): { readonly token: string; readonly object: string } {
  const [, token, object] = /^pkcs11:token=([\w.-]{1,32});object=([\w.-]{1,64})$/.exec(uri) ?? []
  if (token !== undefined && object !== undefined) return { token, object }
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    'must be pkcs11:token=NAME;object=LABEL, the names of letters, digits, ".", "_" and "-"',
  )
}

/** The label of a token is padded with blanks to 32 bytes. */
function findSlot(cryptoki: Cryptoki, token: string): number {
  const [count, slots] = [ulong(MAX_SLOTS), Buffer.alloc(8 * MAX_SLOTS)]
  cryptoki.call('C_GetSlotList', 1, slots, count)
  for (let i = 0; i < readUlong(count); i++) {
    const info = Buffer.alloc(512)
    cryptoki.call('C_GetTokenInfo', readUlong(slots, 8 * i), info)
    if (info.toString('utf8', 0, 32).trimEnd() === token) return readUlong(slots, 8 * i)
  }
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `there is no token "${token}" in the PKCS#11 module`,
  )
}

function openSession(cryptoki: Cryptoki, slot: number): number {
  const session = ulong()
  cryptoki.call('C_OpenSession', slot, SERIAL_SESSION, null, null, session)
  return readUlong(session)
}

function logIn(cryptoki: Cryptoki, session: number, pin: string): void {
  const secret = Buffer.from(pin)
  try {
    cryptoki.call('C_Login', session, USER, secret, secret.length)
  } finally {
    secret.fill(0)
  }
}

/** A token that is gone has closed it already. */
function closeSession(cryptoki: Cryptoki, session: number): void {
  try {
    cryptoki.call('C_CloseSession', session)
  } catch (error) {
    if (!(error instanceof ProcuraError)) throw error
  }
}

function findObject(cryptoki: Cryptoki, session: number, kind: number, label: string): number {
  const values = [ulong(kind), Buffer.from(label)] as const
  const template = cryptoki.attributes([
    [CKA_CLASS, values[0]],
    [CKA_LABEL, values[1]],
  ])
  const [handles, count] = [Buffer.alloc(16), ulong()]
  cryptoki.call('C_FindObjectsInit', session, template, 2)
  cryptoki.call('C_FindObjects', session, handles, 2, count)
  cryptoki.call('C_FindObjectsFinal', session)
  if (readUlong(count) === 1) return readUlong(handles)
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', `the token has not exactly one key pair "${label}"`)
}

/** The point, alone or as a DER octet string: tokens differ. */
function readPublicKey(cryptoki: Cryptoki, session: number, object: number): PublicKey {
  const value = Buffer.alloc(256)
  const template = cryptoki.attributes([[CKA_EC_POINT, value]])
  cryptoki.call('C_GetAttributeValue', session, object, template, 1)
  const point = new Uint8Array(value.subarray(0, readUlong(template, 16)))
  const raw = point.length === 34 || point.length === 67 ? point.subarray(2) : point
  const key = publicKeyFromRaw(raw.length === 32 ? 'Ed25519' : 'P-256', raw)
  if (key !== undefined) return key
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the key in the token is neither Ed25519 nor P-256')
}

interface SigningPlace {
  readonly session: number
  readonly privateKey: number
  readonly type: PublicKey['type']
}

async function signIn(
  cryptoki: Cryptoki,
  { session, privateKey, type }: SigningPlace,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const mechanism = Buffer.concat([ulong(type === 'P-256' ? ECDSA : EDDSA), ulong(), ulong()])
  const data = type === 'P-256' ? createHash('sha256').update(bytes).digest() : Buffer.from(bytes)
  const [signature, length] = [Buffer.alloc(128), ulong(128)]
  cryptoki.call('C_SignInit', session, mechanism, privateKey)
  await cryptoki.callAsync('C_Sign', session, data, data.length, signature, length)
  return new Uint8Array(signature.subarray(0, readUlong(length)))
}
