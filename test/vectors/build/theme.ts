import type {
  Expected,
  ExpectedRefusal,
  VectorAsk,
  VectorCase,
  VectorFile,
  VectorRequest,
  VectorSetting,
  VectorStep,
} from '../format.ts'
import { AT, AUDIENCE, BASE, READ, type Scene } from './scene.ts'
import { publish } from './site.ts'

type Extra = Omit<VectorCase, 'id' | 'title' | 'control' | 'steps'>
type ExpectedStep = VectorStep & { readonly expected: Expected }

/** Collects the vectors of one file. */
export class Theme {
  readonly #name: string
  readonly #about: string
  readonly #common: Partial<VectorSetting>
  readonly #cases: VectorCase[] = []

  constructor(name: string, about: string, common: Partial<VectorSetting>) {
    this.#name = name
    this.#about = about
    this.#common = common
  }

  get file(): VectorFile {
    return { theme: this.#name, about: this.#about, common: this.#common, cases: this.#cases }
  }

  /** A vector that is accepted. */
  accept(
    name: string,
    title: string,
    step: VectorStep,
    extra: Extra & { readonly says?: Record<string, unknown> } = {},
  ): void {
    const { says = {}, ...rest } = extra
    this.add(name, title, [{ ...step, expected: { verified: true, ...says } }], rest)
  }

  /** One that is refused, where `control` is accepted. */
  refuse(
    name: string,
    control: string,
    title: string,
    expected: ExpectedRefusal,
    step: VectorStep,
    extra: Extra = {},
  ): void {
    this.add(name, title, [{ ...step, expected }], extra, control)
  }

  /** One of several steps. */
  add(
    name: string,
    title: string,
    steps: readonly ExpectedStep[],
    extra: Extra = {},
    control?: string,
  ): void {
    const place = control?.includes('/') === false ? `${this.#name}/${control}` : control
    const id = `${this.#name}/${name}`
    this.#cases.push({ id, title, ...(place === undefined ? {} : { control: place }), ...extra, steps })
  }
}

/** `code`, `code@link`, `code@link dimension`; `!` behind the code: the presenter is proven; `^`: an ancestor is at fault. */
export function refusal(text: string): ExpectedRefusal {
  const [, code = '', marks = '', link, dimension] =
    /^([a-z_]+)([!^]*)(?:@(\d+))?(?: (.+))?$/.exec(text) ?? []
  return {
    verified: false,
    code,
    ...(link === undefined ? {} : { link: Number(link) }),
    ...(dimension === undefined ? {} : { dimension }),
    ...(marks.includes('^') ? { inherited: true } : {}),
    ...(marks.includes('!') ? { authenticated: true } : {}),
  }
}

/** `verify` of a request. */
export function asked(request: VectorRequest, ask: VectorAsk = READ): VectorStep {
  return { do: 'verify', request, ask }
}

/** What a service provider has that trusts the authority of a scene, with status of just now. */
export async function settingOf(
  { cast }: Scene,
  options: Readonly<Record<string, unknown>> = {},
): Promise<VectorSetting> {
  const trust = trustIn(cast)
  const verifier = {
    audience: AUDIENCE,
    trust: [trust],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    ...options,
  }
  const { documents } = await publish(cast.status)
  return { at: AT, verifier, documents }
}

export function trustIn({ authority, status }: Pick<Scene['cast'], 'authority' | 'status'>) {
  return {
    authority: authority.did,
    statusIssuer: status.did,
    statusOrigins: [`${BASE}/`],
    head: `${BASE}/head`,
  }
}
