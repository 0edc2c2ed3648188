import { isJsonArray, isJsonObject, type Json, parseStrictJson } from '../../src/core/json.ts'

/*
 * Every way to change one thing in a JSON text: a member dropped, renamed, said twice, of another type or null, two
 * members or entries exchanged. Objects are lists of members here, so that one can be said twice and order counts.
 */

type Tree =
  | { readonly members: readonly (readonly [name: string, value: Tree])[] }
  | { readonly items: readonly Tree[] }
  | { readonly leaf: string }

/** One change. */
export interface Mutation {
  /** What is done: `drop`, `rename`, `repeat`, `repeat null`, `null`, `retype`, `swap members`, `swap entries`. */
  readonly kind: string
  /** Where, as `/credentialSubject/id`; of a swap, the object or list. */
  readonly path: string
  /** The text with the change. */
  readonly text: string
}

const NULL: Tree = { leaf: 'null' }

/** Every {@link Mutation} of a text that is strict JSON. */
export function* mutateJson(text: string): Generator<Mutation> {
  const json = parseStrictJson(text)
  if (json === undefined) throw new Error('what is mutated is JSON')
  for (const [kind, path, tree] of mutate(treeOf(json), '')) yield { kind, path, text: write(tree) }
}

function treeOf(json: Json): Tree {
  if (isJsonArray(json)) return { items: json.map(treeOf) }
  if (!isJsonObject(json)) return { leaf: JSON.stringify(json) }
  return { members: Object.entries(json).map(([name, value]) => [name, treeOf(value)] as const) }
}

function write(tree: Tree): string {
  if ('leaf' in tree) return tree.leaf
  if ('items' in tree) return `[${tree.items.map(write).join(',')}]`
  return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`
}

type Change = readonly [kind: string, path: string, tree: Tree]

function* mutate(tree: Tree, path: string): Generator<Change> {
  if ('members' in tree) yield* mutateMembers(tree.members, path)
  else if ('items' in tree) yield* mutateItems(tree.items, path)
}

type Members = readonly (readonly [string, Tree])[]

function* mutateMembers(members: Members, path: string): Generator<Change> {
  const whole = (changed: Members): Tree => ({ members: changed })
  for (const [i, [name, value]] of members.entries()) {
    const at = `${path}/${name}`
    const others = members.toSpliced(i, 1)
    yield ['drop', at, whole(others)]
    yield ['rename', at, whole(members.with(i, [`${name}x`, value]))]
    yield ['rename', at, whole(members.with(i, [otherCase(name), value]))]
    yield ['repeat', at, whole([...members, [name, value]])]
    yield ['repeat null', at, whole([[name, NULL], ...members])]
    for (const [kind, changed] of replace(value)) yield [kind, at, whole(members.with(i, [name, changed]))]
    if (i > 0)
      yield [
        'swap members',
        path,
        whole([...members.slice(0, i - 1), ...swapped(members, i), ...members.slice(i + 1)]),
      ]
    for (const [kind, below, changed] of mutate(value, at))
      yield [kind, below, whole(members.with(i, [name, changed]))]
  }
}

function* mutateItems(items: readonly Tree[], path: string): Generator<Change> {
  const whole = (changed: readonly Tree[]): Tree => ({ items: changed })
  for (const [i, item] of items.entries()) {
    const at = `${path}/${i}`
    yield ['drop', at, whole(items.toSpliced(i, 1))]
    yield ['repeat', at, whole([...items, item])]
    for (const [kind, changed] of replace(item)) yield [kind, at, whole(items.with(i, changed))]
    if (i > 0)
      yield [
        'swap entries',
        path,
        whole([...items.slice(0, i - 1), ...swapped(items, i), ...items.slice(i + 1)]),
      ]
    for (const [kind, below, changed] of mutate(item, at)) yield [kind, below, whole(items.with(i, changed))]
  }
}

function swapped<T>(list: readonly T[], i: number): readonly T[] {
  return list.slice(i - 1, i + 1).toReversed()
}

/** The first letter in the other case: a reader that forgives it would find the member. */
function otherCase(name: string): string {
  const first = name.charAt(0)
  const other = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase()
  return other + name.slice(1) === name ? `${name} ` : other + name.slice(1)
}

/** What may stand in the place of a value. */
function* replace(tree: Tree): Generator<readonly [kind: string, tree: Tree]> {
  if (write(tree) !== 'null') yield ['null', NULL]
  yield ['retype', { items: [tree] }]
  yield ['retype', { members: [['@value', tree]] }]
  yield ['retype', { leaf: JSON.stringify(write(tree)) }]
  if ('leaf' in tree) yield* retypeLeaf(tree.leaf)
  else yield ['retype', 'items' in tree ? { members: [] } : { items: [] }]
}

function* retypeLeaf(leaf: string): Generator<readonly [kind: string, tree: Tree]> {
  const json = parseStrictJson(leaf)
  if (typeof json === 'string') {
    for (const other of [`${json} `, ` ${json}`, json.toUpperCase(), `${json}\u0000`, ''])
      if (other !== json) yield ['change', { leaf: JSON.stringify(other) }]
  }
  if (typeof json === 'number')
    for (const other of [json + 1, -json - 1, json + 0.5]) yield ['change', { leaf: String(other) }]
  if (typeof json === 'boolean') yield ['change', { leaf: String(!json) }]
}
