import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const PROGRAMS = ['nginx', '/usr/sbin/nginx']

/** The program of the web server, where it is installed. */
export const nginx: string | undefined = PROGRAMS.find(
  (program) => spawnSync(program, ['-v'], { stdio: 'ignore' }).status === 0,
)

/** The two locations for static files that docs/operations.md shows, for these places. */
async function documentedLocations(root: string, service: string): Promise<string> {
  const text = await readFile('docs/operations.md', 'utf8')
  const [, block] = /```nginx\n(location [\s\S]*?)```/.exec(text) ?? []
  if (block === undefined) throw new Error('docs/operations.md shows no configuration of nginx')
  return block.replace('/srv/procura/id.example', root).replaceAll('http://127.0.0.1:8787', service)
}

/** Runs nginx with the configuration of docs/operations.md until the test ends. */
export async function startNginx(port: number, root: string, service: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-nginx-'))
  await chmod(folder, 0o755)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const configuration = `
    daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 64; }
    http {
      access_log off; ${paths.join(' ')}
      server { listen 127.0.0.1:${port};
        ${(await documentedLocations(root, service)).replaceAll('$host;', '$http_host;')}
      }
    }`
  await writeFile(join(folder, 'nginx.conf'), configuration)
  const child = spawn(nginx ?? '', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  })
  await answers(`http://127.0.0.1:${port}/status/none`)
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.status === 404) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nginx does not answer')
}
