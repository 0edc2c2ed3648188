/** Text with colour, or without. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

/** ECMA-48 "select graphic rendition": on and off. */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
} as const satisfies Readonly<Record<keyof Style, readonly [number, number]>>

function painter(enabled: boolean, [on, off]: readonly [number, number]): (text: string) => string {
  return enabled ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text
}

export function createStyle(enabled: boolean): Style {
  return {
    bold: painter(enabled, CODES.bold),
    dim: painter(enabled, CODES.dim),
    red: painter(enabled, CODES.red),
    green: painter(enabled, CODES.green),
    yellow: painter(enabled, CODES.yellow),
  }
}

/** Colour only on a terminal that has it, and never where NO_COLOR is set (https://no-color.org). */
export function wantsColor(
  sink: { readonly isTTY: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return sink.isTTY && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb'
}
