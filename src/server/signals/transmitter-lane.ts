import { join } from 'node:path'
import { decodeJwt } from 'jose'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Transmitter } from '../../issuer/signal-store.ts'
import { StandingAlarm } from '../alarms.ts'
import { pauseAfter } from '../delivery/pauses.ts'
import { readSecretFile } from '../keys/key-encryption-key.ts'
import { POLL_MS } from '../limits.ts'
import type { Logger } from '../logger.ts'
import { type PollAnswers, type PolledSets, pollSets } from './poll-sets.ts'
import type { Receipt, SignalReceiver } from './signal-receiver.ts'

/** Asks so often without a pause, as long as something new comes that can be done: others wait for the processor, too. */
const MAX_ROUNDS = 64

/** After so many failures in a row somebody is told: transmitters start anew, too. */
const ALARMING_FAILURES = 3

const NOTHING: PollAnswers = { ack: [], setErrs: {} }

export interface PollParts {
  readonly issuer: Issuer
  readonly log: Logger
  readonly receiver: SignalReceiver
  /** Directory with a file for each transmitter, of its id, that holds the access token. */
  readonly tokens: string | undefined
  readonly signal: AbortSignal
}

/** Fetches the events of one transmitter, one look at a time. What it has done it acknowledges with the next request. */
export class TransmitterLane {
  readonly #parts: PollParts
  readonly #alarm: StandingAlarm
  #answers = NOTHING
  #failures = 0
  #dueAt = 0
  #running: Promise<void> | undefined

  constructor(parts: PollParts) {
    this.#parts = parts
    this.#alarm = new StandingAlarm(parts.log, 'signals_not_polled', parts.issuer.store)
  }

  /** If it is time. Never rejects. */
  run(transmitter: Transmitter & { readonly pollUrl: string }): Promise<void> {
    if (this.#running !== undefined) return this.#running
    if (performance.now() < this.#dueAt) return Promise.resolve()
    this.#running = this.#look(transmitter).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Once there is no such transmitter. @returns Whether nothing is under way, and nobody is told anything of it any more. */
  end(): boolean {
    if (this.#running !== undefined) return false
    this.#alarm.clear()
    return true
  }

  async #look(transmitter: Transmitter & { readonly pollUrl: string }): Promise<void> {
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if ((await this.#round(transmitter)) === 0) break
      }
      this.#failures = 0
      this.#alarm.clear()
    } catch (err) {
      this.#failures += 1
      const { tenant, id } = transmitter
      if (this.#failures >= ALARMING_FAILURES && !this.#parts.signal.aborted)
        this.#alarm.raise({ tenant, transmitter: id, err })
    }
    this.#dueAt = performance.now() + this.#pause()
  }

  /** @returns How many tokens were done that had not come before. */
  async #round(transmitter: Transmitter & { readonly pollUrl: string }): Promise<number> {
    const { receiver, tokens, signal } = this.#parts
    if (tokens === undefined) throw new TypeError('no directory with access tokens is named')
    const token = (await readSecretFile(join(tokens, transmitter.id))).trim()
    const { pollUrl: url } = transmitter
    const sets = await pollSets(receiver.fetch, { url, token, answers: this.#answers, signal })
    this.#answers = NOTHING
    return await this.#take(transmitter, sets)
  }

  /** A token that cannot be done comes again, and first: it holds up none of those after it. */
  async #take(transmitter: Transmitter, sets: PolledSets): Promise<number> {
    const { receiver, issuer } = this.#parts
    const cameAt = performance.now()
    let done = 0
    let failure: { readonly err: unknown } | undefined
    for (const [jti, set] of oldestFirst(sets)) {
      try {
        const receipt = await receiver.receive(transmitter, set, { cameAt })
        this.#note(jti, receipt)
        if (receipt === 'done') done += 1
      } catch (err) {
        failure ??= { err }
        if (issuer.store.isAway()) break
      }
    }
    if (failure !== undefined) throw failure.err
    return done
  }

  #note(jti: string, receipt: Receipt): void {
    if (receipt === 'later') return
    const { ack, setErrs } = this.#answers
    this.#answers =
      typeof receipt === 'string'
        ? { ack: [...ack, jti], setErrs }
        : { ack, setErrs: { ...setErrs, [jti]: receipt } }
  }

  /** Shortened at random by up to a fifth, so that transmitters are not all asked at once; longer after failures. */
  #pause(): number {
    const { random } = this.#parts.issuer
    if (this.#failures > 0) return pauseAfter(this.#failures, random)
    const [byte = 0] = random(1)
    return POLL_MS * (1 - byte / 1280)
  }
}

/** They come in no order, and what was said last shall count; of a token that nobody can read it does not matter. */
function oldestFirst(sets: PolledSets): PolledSets {
  return sets
    .map((set) => ({ set, at: issuedAt(set[1]) }))
    .sort((a, b) => a.at - b.at)
    .map(({ set }) => set)
}

function issuedAt(token: string): number {
  try {
    return decodeJwt(token).iat ?? 0
  } catch {
    return 0
  }
}
