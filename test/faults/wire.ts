import { execFile, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { ServerNetwork } from '../helpers/postgres.ts'

const run = promisify(execFile)

/** Networks of 198.18.0.0/15, which is for such trials (RFC 2544), with two hosts each. */
const NETWORKS = 2 ** 15

/**
 * The wire to a network of its own, with a switch in the middle. While it is cut, nobody is told: both ends have their link, their address
 * and their routes, and what they send is gone.
 */
export interface Wire {
  /** At the far end. */
  readonly network: ServerNetwork
  cut(): Promise<void>
  mend(): Promise<void>
  /** Idempotent. */
  close(): void
}

/** Needs root. Nothing of it is left when it is closed, or this process has ended. */
export async function startWire(): Promise<Wire> {
  const [middle, far] = await Promise.all([newNetwork(), newNetwork()])
  const end = `procura${randomBytes(4).toString('hex')}`
  const [nearAddress, farAddress] = twoAddresses()
  await ip(`link add ${end} type veth peer name near netns ${middle.pid}`)
  await middle.ip(`link add far type veth peer name end netns ${far.pid}`)
  await middle.ip('link add switch type bridge')
  for (const port of ['near', 'far']) await middle.ip(`link set ${port} master switch up`)
  await ip(`addr add ${nearAddress}/30 dev ${end}`)
  await ip(`link set ${end} up`)
  await far.ip(`addr add ${farAddress}/30 dev end`)
  await far.ip('link set end up')
  await middle.ip('link set switch up')
  return {
    network: { file: far.file, address: farAddress },
    cut: () => middle.ip('link set switch down'),
    mend: () => middle.ip('link set switch up'),
    close() {
      middle.close()
      far.close()
    },
  }
}

/** A network that is there as long as a process waits in it. */
async function newNetwork() {
  const holder = spawn('unshare', ['-n', 'sh', '-c', 'echo; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  await once(holder.stdout, 'data')
  const { pid } = holder
  const file = `/proc/${pid}/ns/net`
  return {
    pid,
    file,
    ip: (words: string) => ip(words, ['nsenter', `--net=${file}`]),
    close: () => holder.stdin.end(),
  }
}

async function ip(words: string, under: readonly string[] = []): Promise<void> {
  const [program = '', ...args] = [...under, 'ip', ...words.split(' ')]
  await run(program, args)
}

function twoAddresses(): [near: string, far: string] {
  const first = randomInt(NETWORKS) * 4
  const addressOf = (host: number) => {
    const last = first + host
    return `198.${18 + (last >> 16)}.${(last >> 8) & 255}.${last & 255}`
  }
  return [addressOf(1), addressOf(2)]
}
