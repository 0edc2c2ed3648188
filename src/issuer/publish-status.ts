import { inTurns } from '../core/in-turns.ts'
import { changesSliceOf } from '../status/changes.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../status/freshness.ts'
import { openHead } from '../status/head.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../status/status-list-credential.ts'
import { addChanges, type HeldChanges, heldChanges } from './build-changes.ts'
import { type BuildContext, type BuiltList, buildList, type FailedCheck } from './build-list.ts'
import { buildMirror } from './build-mirror.ts'
import { type HeldLists, lostList, readHeldLists } from './held-lists.ts'
import type { Issuer } from './issuer.ts'
import { ownersFirst } from './owners-first.ts'
import { publishEmergency } from './publish-emergency.ts'
import type { ListContent, PublishedHead, PublishedList, PublishedMirror } from './published-status.ts'
import { isAnothersTurn } from './publishing-turn.ts'
import type { Tenant } from './records.ts'
import { type HeadContext, signNextHead } from './sign-next-head.ts'
import { listUrl, mirrorUrl } from './status-address.ts'

/**
 * How many heartbeats long one process has the turn to publish when nothing more is heard of it: longer than one, so that the turn stays
 * where it is; when the process dies, the next one misses one heartbeat.
 */
const TURN_HEARTBEATS = 1.5

/** What a publication promises its readers. */
export interface PublishOptions {
  /** Seconds until the next head at the latest, as the head promises. Default 10. */
  readonly heartbeatSeconds?: number
  /** How long a list is valid, in ms. Default 6 h; signed anew at half. */
  readonly listValidityMs?: number
}

/**
 * What came of it. `clock_behind`: the clock stands before what was signed last, and signing now would go back in
 * time. `superseded`: someone else published meanwhile; try again. `not_our_turn`: another process of the same store
 * publishes, and did so last at `publishedAt` (ms; 0: never). `check_failed`: what was built does not read
 * back as it must, and nothing was recorded.
 */
export type PublishOutcome =
  | { readonly published: true; readonly head: PublishedHead; readonly lists: readonly PublishedList[] }
  | { readonly published: false; readonly reason: 'superseded' }
  | { readonly published: false; readonly reason: 'not_our_turn'; readonly publishedAt: number }
  | { readonly published: false; readonly reason: 'clock_behind'; readonly behindMs: number }
  | {
      readonly published: false
      readonly reason: 'check_failed'
      readonly list?: string
      readonly rule: string
    }

/**
 * Publishes the status of one tenant (docs/spec/05-status.md "Publishing"): build the lists whose bits changed or
 * whose time is half over, in every form, and the mirrors of their pairs → sign → read back with the verifier's reader →
 * record objects, pointers and head in one transaction. Signs a head even when no list changed: it is the heartbeat. Where many
 * lists changed, owners' have a head of their own before that of all.
 *
 * Keeps in memory what it published last, about 16 KiB for each list; one instance per tenant and process. Calls
 * must not overlap.
 */
export class StatusPublication {
  readonly #issuer: Issuer
  readonly #tenant: Tenant
  readonly #heartbeatSeconds: number
  readonly #listValidityMs: number
  #memory: Memory | undefined

  constructor(issuer: Issuer, tenant: Tenant, options: PublishOptions = {}) {
    this.#issuer = issuer
    this.#tenant = tenant
    this.#heartbeatSeconds = options.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS
    this.#listValidityMs = options.listValidityMs ?? DEFAULT_LIST_VALIDITY_MS
  }

  async publish(): Promise<PublishOutcome> {
    const isAnothers = await isAnothersTurn(this.#issuer, this.#tenant)
    return isAnothers ? await this.#leaveToOthers() : await this.#publish()
  }

  /** Lets another process publish at once. */
  async giveUpTurn(): Promise<void> {
    await this.#issuer.store.leavePublication(this.#tenant.id, this.#issuer.instance)
  }

  /** What this process remembers of its own publications is older than theirs. */
  async #leaveToOthers(): Promise<PublishOutcome> {
    this.#memory = undefined
    const head = await this.#issuer.store.publishedHead(this.#tenant.id)
    return { published: false, reason: 'not_our_turn', publishedAt: head?.iatMs ?? 0 }
  }

  async #publish(): Promise<PublishOutcome> {
    const emergency = await publishEmergency(this.#issuer, this.#tenant)
    if ('reason' in emergency) return { published: false, ...emergency }
    const { digest } = emergency
    const first = await this.#publishPart(ownersFirst, digest)
    if (!first.published || !first.isPart) return first
    const rest = await this.#publishPart((dirty) => dirty, digest)
    return rest.published ? { ...rest, lists: [...first.lists, ...rest.lists] } : rest
  }

  async #publishPart(
    choose: typeof ownersFirst,
    emergency: string | null,
  ): Promise<PublishOutcome & { readonly isPart?: boolean }> {
    const { store, clock, keys } = this.#issuer
    const memory = await this.#remember()
    if ('rule' in memory) return { published: false, reason: 'check_failed', ...memory }
    const now = clock()
    const [dirty, signer] = await Promise.all([
      store.dirtyLists(this.#tenant.id, now + this.#listValidityMs / 2),
      keys.status(this.#tenant.id),
    ])
    const last = Math.max(memory.head?.iatMs ?? 0, ...dirty.map((list) => list.publishedVersion))
    if (now <= last) return { published: false, reason: 'clock_behind', behindMs: last - now + 1 }
    const context = { ...this.#trust(now), signer, random: this.#issuer.random }
    const lost = lostList(memory.disowned, dirty)
    if (lost !== undefined) {
      return { published: false, reason: 'check_failed', list: this.#listUrl(lost), rule: 'held' }
    }
    const part = choose(dirty, memory)
    const built = await inTurns(part, (content) => this.#build(content, memory, context))
    const failed = built.find((one) => 'rule' in one)
    if (failed !== undefined) return { published: false, reason: 'check_failed', ...failed }
    const promised = { tenant: this.#tenant, emergency, heartbeatSeconds: this.#heartbeatSeconds }
    const outcome = await this.#commit(memory, built.filter(isBuilt), { ...context, ...promised })
    return part.length < dirty.length ? { ...outcome, isPart: true } : outcome
  }

  #build(content: ListContent, memory: Memory, context: BuildContext): Promise<BuiltList | FailedCheck> {
    const url = this.#listUrl(content)
    const previous = memory.lists.get(url)
    const list = { content, url, validUntil: context.now + this.#listValidityMs }
    return buildList(previous === undefined ? list : { ...list, previous }, context)
  }

  async #commit(memory: Memory, built: readonly BuiltList[], context: HeadContext): Promise<PublishOutcome> {
    const { store } = this.#issuer
    const { now } = context
    const lists = new Map([...memory.lists, ...built.map(({ opened }) => [opened.url, opened] as const)])
    const [mirrors, head] = await Promise.all([
      this.#mirror(built, lists, context),
      signNextHead(memory.head, lists, context),
    ])
    const failed = mirrors.find((one) => 'rule' in one)
    if (failed !== undefined) return { published: false, reason: 'check_failed', ...failed }
    const opened = await openHead(head.jwt, this.#trust(now))
    if (!opened.verified) return { published: false, reason: 'check_failed', rule: 'head' }
    const recorded = built.map(({ published }) => published)
    const { keyId } = context.signer
    const changes = addChanges(memory.changes, built, memory.lists, now)
    const publication = {
      lists: recorded,
      mirrors: mirrors.filter(isMirror),
      changes: { slice: changes.slice, body: changes.body },
      head,
      keyId,
    }
    const turn = {
      holder: this.#issuer.instance,
      until: now + this.#heartbeatSeconds * 1000 * TURN_HEARTBEATS,
    }
    if (!(await store.recordPublication(this.#tenant.id, publication, turn))) {
      this.#memory = undefined
      return { published: false, reason: 'superseded' }
    }
    this.#memory = { head, lists, changes, disowned: [] }
    return { published: true, head, lists: recorded }
  }

  /** The Token Status Lists of the pairs of which a list was built. */
  #mirror(
    built: readonly BuiltList[],
    lists: Memory['lists'],
    context: BuildContext,
  ): Promise<(PublishedMirror | FailedCheck)[]> {
    const pairs = new Set(built.map(({ published }) => published.list))
    const wanted = [...pairs].flatMap((list) => {
      const revocation = lists.get(this.#listUrl({ list, purpose: 'revocation' }))
      const suspension = lists.get(this.#listUrl({ list, purpose: 'suspension' }))
      const url = mirrorUrl(this.#issuer.origin, this.#tenant.id, list)
      return revocation === undefined || suspension === undefined
        ? []
        : [{ list, url, revocation, suspension }]
    })
    return inTurns(wanted, (pair) => buildMirror(pair, context))
  }

  #listUrl({ list, purpose }: Pick<ListContent, 'list' | 'purpose'>): string {
    return listUrl(this.#issuer.origin, this.#tenant.id, purpose, list)
  }

  /** Reads once what was published before, by this process or an earlier one. */
  async #remember(): Promise<Memory | FailedCheck> {
    if (this.#memory !== undefined) return this.#memory
    const { store } = this.#issuer
    const head = await store.publishedHead(this.#tenant.id)
    const held = await readHeldLists(this.#issuer, this.#tenant)
    if ('rule' in held) return held
    const changes = head && (await this.#rememberChanges(head))
    this.#memory = { ...(head && { head }), ...(changes && { changes }), ...held }
    return this.#memory
  }

  async #rememberChanges({ iatMs }: PublishedHead): Promise<HeldChanges | undefined> {
    const slice = changesSliceOf(iatMs)
    const body = await this.#issuer.store.publishedChanges(this.#tenant.id, slice)
    return body === undefined ? undefined : heldChanges({ slice, body })
  }

  #trust(now: number) {
    return { statusIssuer: this.#tenant.statusIssuer, resolver: this.#issuer.resolver, now, skewMs: 0 }
  }
}

interface Memory extends HeldLists {
  readonly head?: PublishedHead
  /** Of the slice of that head. */
  readonly changes?: HeldChanges
}

function isBuilt(one: BuiltList | FailedCheck): one is BuiltList {
  return 'opened' in one
}

function isMirror(one: PublishedMirror | FailedCheck): one is PublishedMirror {
  return 'jwt' in one
}
