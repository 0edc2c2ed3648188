/** What one check found. */
export interface Finding {
  /** What was looked at: `Node`, `file modes`. */
  readonly check: string
  /** `skipped`: there was nothing to look at. Only `failed` makes the command fail. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

export function ok(check: string, detail: string): Finding {
  return { check, state: 'ok', detail }
}

export function warning(check: string, detail: string, fix: string): Finding {
  return { check, state: 'warning', detail, fix }
}

export function failed(check: string, detail: string, fix: string): Finding {
  return { check, state: 'failed', detail, fix }
}

export function skipped(check: string, detail: string): Finding {
  return { check, state: 'skipped', detail }
}
