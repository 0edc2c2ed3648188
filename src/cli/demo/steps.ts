/** One thing that the demo shows. */
export interface Step {
  readonly name: string
  readonly expected: string
  readonly got: string
  readonly ok: boolean
  /** From the first try until the answer was the expected one, or was given up on. */
  readonly ms: number
}

export interface DemoReport {
  readonly steps: readonly Step[]
  /** From the acknowledgement of the revocation to the first refusal. */
  readonly revokeToRefusedMs: number
  /** Requests that the service made to the issuer between receiving a request and its verdict. */
  readonly issuerCallsDuringVerify: number
  readonly ok: boolean
}

/** How long a change of status may take until the service acts on it. */
const PATIENCE_MS = 15_000
const PAUSE_MS = 10

/** Records what was shown, and tells it while it goes on. */
export class Steps {
  readonly taken: Step[] = []
  readonly #tell: (step: Step) => void

  constructor(tell: (step: Step) => void) {
    this.#tell = tell
  }

  /** Does something once. */
  async once(name: string, expected: string, act: () => Promise<string>): Promise<Step> {
    const start = performance.now()
    return this.#record(name, expected, await gotOf(act), start)
  }

  /** Does something until it comes out as expected: what was published a moment ago still has to arrive. */
  async until(name: string, expected: string, act: () => Promise<string>): Promise<Step> {
    const start = performance.now()
    let got = await gotOf(act)
    while (got !== expected && performance.now() - start < PATIENCE_MS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      got = await gotOf(act)
    }
    return this.#record(name, expected, got, start)
  }

  #record(name: string, expected: string, got: string, start: number): Step {
    const ms = Math.round(performance.now() - start)
    const step = { name, expected, got, ok: got === expected, ms }
    this.taken.push(step)
    this.#tell(step)
    return step
  }
}

async function gotOf(act: () => Promise<string>): Promise<string> {
  try {
    return await act()
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}`
  }
}
