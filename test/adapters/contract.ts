import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOfError } from './transports/mcp-client.ts'
import type { Call, Connection, Outcome, RunningService, Scene } from './transports/scene.ts'
import { type Tap, type Wire, withJson } from './transports/wire.ts'

/** What a transport does to a call on its way, where transports differ. */
export interface Tampering {
  /** Takes away all that proves whose call it is. */
  readonly stripped: Tap
  /** Asks for the other tool. */
  readonly otherTool: Tap
  /** Says something else, under the same proof. */
  readonly otherArguments: Tap
  /** Leaves the form of a proof, and nothing in it. */
  readonly garbage: Tap
  readonly oversizedField: Tap
  /** A proof that HTTP still carries, and the verifier does not take. */
  readonly oversizedProof: Tap
  readonly oversizedBody: Tap
  /** Sends a field that carries the proof in two lines. Absent: no field does. */
  readonly fieldTwice?: Tap
  /** Adds a credential of another agent, in another way. Absent: the service reads no other. */
  readonly secondCredential?: (scene: Scene) => Promise<Tap>
}

/** How a denial has to look to the client: with this code, or, where HTTP or the SDK comes first, with this status. */
export type Denial = string | number

export interface Contract {
  readonly name: string
  readonly start: () => Promise<RunningService & { scene: Scene }>
  /** A call that is allowed. */
  readonly call: Call
  readonly tampering: Tampering
  readonly denials: Readonly<Record<Case, Denial>>
}

type Case =
  | 'stripped'
  | 'audience'
  | 'replayed'
  | 'revoked'
  | 'tool'
  | 'arguments'
  | 'expired'
  | 'garbage'
  | 'tenant'
  | 'environment'
  | 'field size'
  | 'proof size'
  | 'body size'
  | 'field twice'
  | 'two credentials'

const ALLOWED = 'allowed'

/**
 * What every way of putting the verifier in has to do, over real sockets and with the client that belongs to it: each
 * denial beside a call that is allowed.
 */
export function describeContract({ name, start, call, tampering, denials }: Contract): void {
  describe(`the contract of adapters, by ${name}`, () => {
    let service: RunningService & { scene: Scene }
    let own: Connection

    beforeAll(async () => {
      service = await start()
      own = await service.connect(await service.scene.caller())
    })

    afterAll(async () => {
      await own.close()
      await service.close()
    })

    /** Calls as it is, as it is tampered with, and as it is again. */
    async function aroundIt(tap: Tap): Promise<Outcome> {
      const { served } = service.scene
      const before = served.length
      expect(verdictOf(await own.call(call))).toBe(ALLOWED)
      const outcome = await own.call(call, tap)
      expect(verdictOf(await own.call(call))).toBe(ALLOWED)
      expect(served.length - before).toBe(outcome.result === undefined ? 2 : 3)
      return outcome
    }

    it('lets an agent do what it may, and the service knows who it is', async () => {
      const { result = '' } = await own.call(call)

      expect(result.replaceAll('\\', '')).toContain('"by":"agt_mailer"')
    })

    it.each([
      ['whose proof was taken away', 'stripped', tampering.stripped],
      ['that names another method or tool than was proven', 'tool', tampering.otherTool],
      ['that says something else than was proven', 'arguments', tampering.otherArguments],
      ['whose proof is garbage', 'garbage', tampering.garbage],
      ['with a field that is too large', 'field size', tampering.oversizedField],
      ['with a proof that is too large', 'proof size', tampering.oversizedProof],
      ['with a body that is too large', 'body size', tampering.oversizedBody],
    ] as const)('denies a call %s', async (_, which, tap) => {
      expectDenial(await aroundIt(tap), denials[which])
    })

    const { fieldTwice, secondCredential } = tampering
    if (fieldTwice !== undefined)
      it('denies a call that proves itself twice over, or believes one of the two', async () => {
        expectDenial(await aroundIt(fieldTwice), denials['field twice'])
      })

    if (secondCredential !== undefined)
      it('denies a call with two credentials in two ways', async () => {
        expectDenial(await aroundIt(await secondCredential(service.scene)), denials['two credentials'])
      })

    it('denies what was sent before, or says that this proof is good for that', async () => {
      let recorded: Wire | undefined
      const record: Tap = (wire) => {
        recorded = wire
        return wire
      }
      expect(verdictOf(await own.call(call, record))).toBe(ALLOWED)
      const replay: Tap = (wire) => asAnswerTo(wire, recorded ?? wire)

      expectDenial(await own.call(call, replay), denials.replayed)
    })

    it('denies a proof for another service', async () => {
      const caller = { ...(await service.scene.caller()), audience: 'https://elsewhere.example/' }

      expectDenial(await firstCall(caller), denials.audience)
    })

    it('denies a proof that has expired', async () => {
      expectDenial(await firstCall({ ...(await service.scene.caller()), late: -400_000 }), denials.expired)
    })

    it('denies an agent of another tenant', async () => {
      expectDenial(await firstCall(await service.scene.caller({ tenant: 'globex' })), denials.tenant)
    })

    it('denies an agent of another environment', async () => {
      expectDenial(
        await firstCall(await service.scene.caller({ environment: 'staging' })),
        denials.environment,
      )
    })

    it('tells the service what it decided, and why, whatever becomes of that', async () => {
      const { decided } = service.scene
      const before = decided.length
      await aroundIt(tampering.garbage)
      const told = decided.slice(before)
      const refused = told.filter((verdict) => !verdict.verified)
      const [explanation] = await Promise.all(refused.map((verdict) => verdict.explain()))

      expect(refused).toMatchObject([{ refusal: { code: denials.garbage, authenticated: false } }])
      expect(explanation?.text()).toContain(`refused, ${denials.garbage}: `)
      expect(explanation?.rules.filter(({ outcome }) => outcome === 'refused')).toHaveLength(1)
      expect(told.filter(({ verified }) => verified).length).toBeGreaterThanOrEqual(2)
    })

    it('denies an agent at its next call after it was revoked', async () => {
      expect(verdictOf(await own.call(call))).toBe(ALLOWED)
      await service.scene.revokeAgent()

      expectDenial(await own.call(call), denials.revoked)
      expect(verdictOf(await otherCall())).toBe(ALLOWED)
    })

    /** Of an agent that is not revoked. */
    async function otherCall(): Promise<Outcome> {
      return firstCall(await service.scene.otherCaller())
    }

    /** Where connecting itself is denied, that is the answer. */
    async function firstCall(caller: Parameters<RunningService['connect']>[0]): Promise<Outcome> {
      const connection = await service.connect(caller).catch(outcomeOfError)
      if (!('call' in connection)) return connection
      const outcome = await connection.call(call)
      await connection.close()
      return outcome
    }
  })
}

/** What was recorded, with the number under which the client waits for an answer; no proof covers that. */
function asAnswerTo(now: Wire, recorded: Wire): Wire {
  if (!now.body.includes('"jsonrpc"')) return recorded
  const { id } = JSON.parse(now.body)
  return withJson((body) => ({ ...body, id }))(recorded)
}

function verdictOf({ result, status, code }: Outcome): string {
  return result === undefined ? `${status} ${code}` : ALLOWED
}

/** Whatever the client was told, it was no success; and it was told what is expected. */
export function expectDenial(outcome: Outcome, denial: Denial): void {
  const { result, code, status } = outcome
  const expected = typeof denial === 'number' ? { status: denial } : { code: denial }
  if (denial === ALLOWED) expect(verdictOf(outcome)).toBe(ALLOWED)
  else expect({ result, ...(typeof denial === 'number' ? { status } : { code }) }).toEqual(expected)
  if (denial !== ALLOWED) expect(status).toBeGreaterThanOrEqual(400)
}
