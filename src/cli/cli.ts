import type { Command } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import type { Host } from './host.ts'
import { Options } from './options.ts'
import { createStyle, type Style, wantsColor } from './terminal/style.ts'
import { printable } from './terminal/text.ts'

/** What a command has to say: one document for programs, lines for people. */
export interface Report {
  readonly json: object
  readonly lines: readonly string[]
  /** Default 0. */
  readonly exitCode?: ExitCode
}

/** What a command does. Without a report it has said everything itself. */
export type Handler = (
  options: Options,
  /** Positional ones, in order; those that were left out are `undefined`. */
  args: readonly (string | undefined)[],
) => Promise<Report | undefined>

/** Declares options and subcommands of a command, when it is first needed. */
export type DefineCommand = (command: Command, cli: Cli) => void

export interface Progress {
  show(text: string): void
  /** Takes the line away again. */
  end(): void
}

/** ECMA-48: to the first column, and erase the line. */
const CLEAR_LINE = '\r\u001b[2K'

/** One run of the program. */
export class Cli {
  readonly host: Host
  /** One JSON document instead of lines. */
  readonly json: boolean
  /** For stdout. */
  readonly style: Style
  exitCode: ExitCode = 0
  /** The command that was chosen, for the advice on where to read more. */
  command = ''

  constructor(host: Host, json: boolean) {
    this.host = host
    this.json = json
    this.style = createStyle(!json && wantsColor(host.stdout, host.environment))
  }

  /** The action of a command: runs the handler and prints its report. */
  action(handler: Handler): (...parsed: unknown[]) => Promise<void> {
    return async (...parsed) => {
      const command = parsed.at(-1) as Command
      const report = await handler(new Options(command.optsWithGlobals()), command.args)
      if (report === undefined) return
      this.print(report)
      this.exitCode = report.exitCode ?? 0
    }
  }

  print({ json, lines }: Pick<Report, 'json' | 'lines'>): void {
    const text = this.json ? JSON.stringify(json, null, 2) : lines.join('\n')
    if (text !== '') this.host.stdout.write(`${text}\n`)
  }

  /** One line on the terminal that changes while the work goes on; nothing where nobody looks. */
  progress(): Progress {
    const { stderr } = this.host
    if (this.json || !stderr.isTTY) return { show: () => undefined, end: () => undefined }
    return {
      show: (text) => stderr.write(`${CLEAR_LINE}${printable(text)}`),
      end: () => stderr.write(CLEAR_LINE),
    }
  }

  /** Something to know beside the result; goes to stderr, and not to programs. */
  note(line: string): void {
    if (!this.json) this.host.stderr.write(`${line}\n`)
  }
}

/** The paragraph that closes a command's help. */
export function example(command: string): string {
  return `\nExample:\n  $ ${command}`
}
