/** One character with one bit the other way. */
function flipBit(text: string, at: number, bit: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
}

/** Every position of a text with one bit the other way, a different one at each; with `bits`, so many at each. */
export function* bitFlips(text: string, bits = 1): Generator<string> {
  for (let at = 0; at < text.length; at++)
    for (let bit = 0; bit < bits; bit++) yield flipBit(text, at, (at + bit) % 7)
}

/** Every pair of neighbours among the parts between separators, exchanged; every part left out; every part twice. */
export function* reorderParts(
  text: string,
  separator: string,
): Generator<readonly [kind: string, text: string]> {
  const parts = text.split(separator)
  for (const [i, part] of parts.entries()) {
    const other = (changed: readonly string[]) => changed.join(separator)
    yield ['drop', other(parts.toSpliced(i, 1))]
    yield ['repeat', other(parts.toSpliced(i, 0, part))]
    if (i > 0) yield ['swap', other(parts.toSpliced(i - 1, 2, part, parts[i - 1] ?? ''))]
  }
}
