import type { Fetch } from '../../../src/core/clock.ts'

/* Asks an address of this machine, by its name and by its number, with nobody having named it: prints what happened. */

const [port = ''] = (globalThis as unknown as { process: { argv: string[] } }).process.argv.slice(2)
const path = './node_modules/procura/dist/core/guarded-fetch/node.js'
const { guardedFetch }: { guardedFetch(mayBePrivate: (host: string) => boolean): Fetch } = await import(path)

for (const named of [false, true]) {
  for (const host of ['localhost', '127.0.0.1']) {
    const answer = guardedFetch(() => named)(`http://${host}:${port}/`)
    console.log(
      named,
      host,
      await answer.then(
        ({ status }) => status,
        (error) => error.message,
      ),
    )
  }
}
