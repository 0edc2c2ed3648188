import { differencesOf, type SchemaDifference } from '../schema-difference.ts'
import type { Connection } from '../sql/database.ts'
import { integer, text } from '../sql/row.ts'
import { MIGRATIONS } from './migrate.ts'

const TRIGGER =
  /DROP TRIGGER (?<dropped>\w+) ON (?<from>\w+)|CREATE TRIGGER (?<name>\w+) (?<when>BEFORE|AFTER) (?<events>[^;]*?)\sON (?<table>\w+)(?<rest>[^;]*?)EXECUTE FUNCTION (?<calls>\w+)/g
const FUNCTION = /CREATE (?:OR REPLACE )?FUNCTION (?<name>\w+)(?:(?!CREATE )[^$])*\$\$(?<body>[^$]*)\$\$/g

/** Bits of `pg_trigger.tgtype`. */
const BITS = { ROW: 1, BEFORE: 2, INSERT: 4, DELETE: 8, UPDATE: 16, TRUNCATE: 32 } as const

const FOUND_TRIGGERS = `SELECT t.tgname AS name, c.relname AS on_table, p.proname AS calls, t.tgtype::integer AS type,
    t.tgenabled::text AS state, (t.tgqual IS NOT NULL)::integer AS conditional
  FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE n.nspname = 'procura' AND NOT t.tgisinternal`

const FOUND_FUNCTIONS = `SELECT p.proname AS name, p.prosrc AS body FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'procura' AND p.prosrc <> ''`

/**
 * Compares the triggers, which refuse what must be impossible, and the functions that they call with what the migrations make: which
 * there are, when they run, whether they are on. Conditions of triggers are only looked at for being there: the server keeps no text of
 * them as it was given.
 */
export async function compareGuards(db: Connection): Promise<readonly SchemaDifference[]> {
  const found = new Map<string, string>()
  for (const row of await db.all(FOUND_TRIGGERS)) {
    const is = [text(row, 'calls'), integer(row, 'type'), text(row, 'state'), integer(row, 'conditional')]
    found.set(`trigger ${text(row, 'name')} of ${text(row, 'on_table')}`, JSON.stringify(is))
  }
  for (const row of await db.all(FOUND_FUNCTIONS))
    found.set(`function ${text(row, 'name')}`, text(row, 'body'))
  return differencesOf(ownGuards(MIGRATIONS.join('\n')), found)
}

function ownGuards(sql: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>()
  for (const { groups = {} } of sql.matchAll(TRIGGER)) {
    const { dropped, from, name, table, calls, rest = '' } = groups
    if (dropped !== undefined) own.delete(`trigger ${dropped} of ${from}`)
    else
      own.set(
        `trigger ${name} of ${table}`,
        JSON.stringify([calls, typeOf(groups), 'O', /\bWHEN\b/.test(rest) ? 1 : 0]),
      )
  }
  for (const { groups = {} } of sql.matchAll(FUNCTION)) own.set(`function ${groups.name}`, groups.body ?? '')
  return own
}

function typeOf({ when = '', events = '', rest = '' }: Readonly<Record<string, string>>): number {
  const words = [when, ...events.split(/\W+/), rest.includes('FOR EACH ROW') ? 'ROW' : '']
  return Object.entries(BITS).reduce((type, [word, bit]) => (words.includes(word) ? type | bit : type), 0)
}
