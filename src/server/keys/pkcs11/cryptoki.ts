import { ProcuraError } from '../../../errors.ts'

/** The calls of PKCS #11 (v2.40 and later) that a signer needs, with a 64-bit `CK_ULONG` as on Linux and macOS. */
const SIGNATURES = {
  C_Initialize: '(void *)',
  C_GetSlotList: '(uint8_t, void *, void *)',
  C_GetTokenInfo: '(unsigned long, void *)',
  C_OpenSession: '(unsigned long, unsigned long, void *, void *, void *)',
  C_CloseSession: '(unsigned long)',
  C_Login: '(unsigned long, unsigned long, void *, unsigned long)',
  C_FindObjectsInit: '(unsigned long, void *, unsigned long)',
  C_FindObjects: '(unsigned long, void *, unsigned long, void *)',
  C_FindObjectsFinal: '(unsigned long)',
  C_GetAttributeValue: '(unsigned long, unsigned long, void *, unsigned long)',
  C_SignInit: '(unsigned long, void *, unsigned long)',
  C_Sign: '(unsigned long, void *, unsigned long, void *, void *)',
} as const

export type CryptokiCall = keyof typeof SIGNATURES

/** A function of a module as `koffi` gives it. */
interface ForeignFunction {
  (...args: readonly unknown[]): unknown
  async(...args: readonly unknown[]): void
}

/** Codes that say that something is as it should be: initialised, or logged in, by somebody of this process before. */
const DONE_BEFORE: ReadonlySet<number> = new Set([0x191, 0x100])

/** What `C_Login` answers to a wrong PIN: incorrect, not a PIN at all, or locked after too many of these. */
const PIN_REFUSALS: ReadonlySet<number> = new Set([0xa0, 0xa1, 0xa4])

/** The token refuses the PIN. To be tried no further: a token locks after a few wrong ones. */
export class PinRefused extends ProcuraError {}

/** A module of PKCS #11. Buffers are handed over as they are, and written to. */
export interface Cryptoki {
  /** @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` with the name of the call and its code; {@link PinRefused} for a PIN. */
  call(name: CryptokiCall, ...args: readonly (number | Buffer | null)[]): void
  /** The same in a thread, for calls that a device may take long for. */
  callAsync(name: CryptokiCall, ...args: readonly (number | Buffer | null)[]): Promise<void>
  /** `CK_ATTRIBUTE`s: type, address and length of each value; values must be kept as long as this is. */
  attributes(wanted: readonly (readonly [type: number, value: Buffer])[]): Buffer
}

/** Loads a module. The package `koffi` is asked for here and nowhere else. */
export async function loadCryptoki(module: string): Promise<Cryptoki> {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'keys in a PKCS#11 token need the package koffi: npm install koffi',
      { cause },
    )
  })
  const library = koffi.load(module)
  const functions = new Map<string, ForeignFunction>(
    Object.entries(SIGNATURES).map(([name, args]) => [name, library.func(`unsigned long ${name}${args}`)]),
  )
  const functionOf = (name: CryptokiCall): ForeignFunction => functions.get(name) ?? missing(name)
  return {
    call: (name, ...args) => assertOk(name, functionOf(name)(...args)),
    callAsync: (name, ...args) =>
      new Promise((resolve, reject) => {
        functionOf(name).async(...args, (error: unknown, code: unknown) => {
          try {
            if (error !== null && error !== undefined) throw error
            assertOk(name, code)
            resolve()
          } catch (thrown) {
            reject(thrown)
          }
        })
      }),
    attributes: (wanted) =>
      Buffer.concat(
        wanted.map(([type, value]) =>
          Buffer.concat([ulong(type), ulong(koffi.address(value)), ulong(value.length)]),
        ),
      ),
  }
}

/** A `CK_ULONG`. */
export function ulong(value: number | bigint = 0): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

export function readUlong(bytes: Buffer, offset = 0): number {
  return Number(bytes.readBigUInt64LE(offset))
}

function assertOk(name: CryptokiCall, code: unknown): void {
  const number = Number(code)
  if (number === 0 || DONE_BEFORE.has(number)) return
  const code16 = `0x${number.toString(16)}`
  if (PIN_REFUSALS.has(number))
    throw new PinRefused(
      'ERR_PROCURA_INVALID_KEY',
      `the PKCS#11 token refuses the PIN (${code16}); it is not asked again, lest it lock: correct the PIN and start again`,
    )
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', `the PKCS#11 token does not do ${name}: ${code16}`)
}

function missing(name: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', `the PKCS#11 module has no ${name}`)
}
