import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Host } from '../../src/cli/host.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../../src/core/json.ts'

export interface RunOptions {
  readonly directory?: string
  readonly environment?: Host['environment']
  readonly stdin?: string
  /** Whether all three streams are a terminal. */
  readonly terminal?: boolean
  /** What a person types when asked. */
  readonly answer?: string
  readonly clock?: Host['clock']
  readonly fetch?: Host['fetch']
  readonly signal?: AbortSignal
  /** Told of what is printed, as it is. */
  readonly onStdout?: (text: string) => void
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What was asked on the terminal. */
  readonly questions: readonly string[]
  /** Stdout as one JSON document. */
  json(): JsonObject
  lines(): readonly string[]
}

/** Runs a command in this process. */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const out: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] }
  const questions: string[] = []
  const isTTY = options.terminal === true
  const host: Host = {
    environment: options.environment ?? {},
    directory: options.directory ?? tmpdir(),
    stdin: {
      isTTY,
      read: async () => options.stdin ?? '',
      ask: async (question) => {
        questions.push(question)
        return options.answer ?? ''
      },
    },
    stdout: {
      isTTY,
      write: (text) => {
        out.stdout.push(text)
        options.onStdout?.(text)
      },
    },
    stderr: { isTTY, write: (text) => void out.stderr.push(text) },
    clock: options.clock ?? Date.now,
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('no network in this test'))),
    ending: () => options.signal ?? new AbortController().signal,
  }
  const code = await runCli(words, host)
  const stdout = out.stdout.join('')
  const stderr = out.stderr.join('')
  return { code, stdout, stderr, questions, json: () => jsonOf(stdout), lines: () => stdout.split('\n') }
}

/** A directory that goes with the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function jsonOf(text: string): JsonObject {
  const json = parseStrictJson(text)
  if (!isJsonObject(json)) throw new Error(`not one JSON document: ${text}`)
  return json
}
