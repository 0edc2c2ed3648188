/** What must be undone, last first; one that fails does not keep the others from being undone. */
export class CleanUp {
  readonly #steps: (() => void | Promise<void>)[] = []

  defer(step: () => void | Promise<void>): void {
    this.#steps.push(step)
  }

  /** @throws The first failure, after all were tried. */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
