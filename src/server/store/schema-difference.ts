/** What the schema of a database has otherwise than the program makes it. */
export interface SchemaDifference {
  /** `trigger audit_kept`. */
  readonly subject: string
  readonly problem: 'is missing' | 'was added' | 'was changed'
}

/** @param own What there is of each subject as the program makes it. @param found The same, as it is in the database. */
export function differencesOf(
  own: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly SchemaDifference[] {
  const differences: SchemaDifference[] = []
  for (const subject of new Set([...own.keys(), ...found.keys()])) {
    if (!found.has(subject)) differences.push({ subject, problem: 'is missing' })
    else if (!own.has(subject)) differences.push({ subject, problem: 'was added' })
    else if (own.get(subject) !== found.get(subject)) differences.push({ subject, problem: 'was changed' })
  }
  return differences
}
