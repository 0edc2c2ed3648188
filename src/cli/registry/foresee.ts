import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { type IssuerApi, textOf } from '../issuer-api.ts'
import { counted, printable } from '../terminal/text.ts'

/** What ending something will hit. */
export interface Hits {
  /** For people; the first line says it all. */
  readonly lines: readonly string[]
  /** For programs, where the issuer can say it. */
  readonly json?: JsonObject
}

/** Why the issuer is asked; a dry run is recorded nowhere. */
const DRY_RUN = { reason: 'dry run', dryRun: true }

/** What the issuer would end together with one thing, by its own count. */
export function foresee(api: IssuerApi, path: string, end: string): Promise<JsonObject> {
  return api.post(`${path}/${end}`, DRY_RUN)
}

/** `2 agents, 1 delegation and 0 runs`, or without the agents. */
export function countsText(
  preview: JsonObject,
  { withAgents = false }: { readonly withAgents?: boolean } = {},
): string {
  const count = (name: string, noun: string) => counted(Number(member(preview, name)), noun)
  const agents = withAgents ? `${count('agents', 'agent')}, ` : ''
  return `${agents}${count('delegations', 'delegation')} and ${count('runs', 'run')}`
}

/** What else falls: leased indexes, and the agents by name. */
export function furtherLines(preview: JsonObject): readonly string[] {
  const first = member(preview, 'firstAgents')
  const agents = isJsonArray(first) ? first.filter(isJsonObject) : []
  const more = Number(member(preview, 'agents')) - agents.length
  const leased = counted(Number(member(preview, 'leasedIndexes')), 'leased index', 'leased indexes')
  return [
    `Whoever holds one of ${leased} fails with them, registered or not.`,
    ...agents.map((agent) => `  ${textOf(agent, 'id')}  ${printable(textOf(agent, 'name'))}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
