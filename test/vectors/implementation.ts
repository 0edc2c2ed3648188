import { createInterface } from 'node:readline'
import * as status from 'procura/status'
import * as verifier from 'procura/verifier'
import { evaluate } from './evaluate.ts'
import type { VectorQuestion } from './format.ts'

/** Procura behind the command protocol of README.md: a question a line in, an answer a line out. */
for await (const line of createInterface({ input: process.stdin })) {
  const question: VectorQuestion = JSON.parse(line)
  process.stdout.write(`${JSON.stringify(await evaluate({ status, verifier }, question))}\n`)
}
