import { type Json, type JsonObject, parseStrictJson } from '../../core/json.ts'
import { usageError } from '../cli-error.ts'

/** Deepest path that an option may spell, in names: constraints read no deeper ones. */
const MAX_PATH_NAMES = 8

const ASSIGNMENT = /^([^=:]+)(:?=)([\s\S]*)$/

type Tree = Map<string, Json | Tree>

/**
 * Reads the arguments of a request: `payee=acct-1` is a text, `amount.value:=50` is JSON, a dot goes one level down.
 *
 * @throws {CliError} For another form, or when one argument is given twice.
 */
export function readArguments(assignments: readonly string[]): JsonObject | undefined {
  if (assignments.length === 0) return undefined
  const root: Tree = new Map()
  for (const assignment of assignments) assign(root, assignment)
  return objectOf(root)
}

function assign(root: Tree, assignment: string): void {
  const [, path = '', operator = '', text = ''] = ASSIGNMENT.exec(assignment) ?? []
  const names = path.split('.')
  const value = operator === ':=' ? parseStrictJson(text) : text
  const last = names.pop() ?? ''
  if (last === '' || names.includes('') || names.length >= MAX_PATH_NAMES || value === undefined) {
    throw usageError(
      `--argument ${path || assignment} must be NAME=TEXT or NAME:=JSON, such as amount.value=50.00`,
    )
  }
  const parent = names.reduce<Tree>((tree, name) => childOf(tree, name, path), root)
  if (parent.has(last)) throw usageError(`--argument ${path} is given twice`)
  parent.set(last, value)
}

function childOf(tree: Tree, name: string, path: string): Tree {
  const child = tree.get(name) ?? new Map()
  if (!(child instanceof Map)) throw usageError(`--argument ${path} goes below a value that was given`)
  tree.set(name, child)
  return child
}

function objectOf(tree: Tree): JsonObject {
  const members: Record<string, Json> = Object.create(null)
  for (const [name, value] of tree) members[name] = value instanceof Map ? objectOf(value) : value
  return members
}
