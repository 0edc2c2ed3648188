import { ProcuraError } from '../errors.ts'
import { usageError } from './cli-error.ts'

/** What was said on the command line, read by name with its type. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>

  /** @param values As the parser of the command line made them: by camel-case name. */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** An option that the command declares as required, or gives a default. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw usageError(`the option --${kebab(name)} is missing`)
    return value
  }

  /** An option that may be given several times. */
  texts(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  /**
   * A whole number, 0 or more.
   *
   * @throws {CliError} When it is none.
   */
  count(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^\d{1,9}$/.test(text)) return Number(text)
    throw usageError(`--${kebab(name)} must be a whole number`)
  }

  /** An option in the form that `parse` knows; what is wrong with it is told with the option's name. */
  parsed<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    try {
      return parse(text)
    } catch (error) {
      if (error instanceof ProcuraError)
        throw usageError(`--${kebab(name)}: ${error.message}`, { cause: error })
      throw error
    }
  }
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
