import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Locked extends Manifest {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

const manifest: Manifest & { allowScripts: Record<string, boolean> } = read('package.json')
const lockfile: { packages: Record<string, Locked> } = read('package-lock.json')
const locked = Object.entries(lockfile.packages).filter(([path]) => path !== '')

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

function rangesOf({ dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })
}

/** A range that an attacker or a withdrawn release can move: any version, a tag, a pre-release. */
function isLoose(range: string): boolean {
  return !/\d/.test(range) || /\d-[a-z]/.test(range)
}

/** A range that names a place instead of a version. */
function isElsewhere(range: string): boolean {
  return /[:/]/.test(range)
}

function namesIn(section: string): string[] {
  const text = readFileSync('docs/dependencies.md', 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith(section))
  return [...(text ?? '').matchAll(/^\| `([^`]+)` \| \S.* \| \S.* \|$/gm)].map(([, name = '']) => name)
}

describe('the lockfile', () => {
  it('holds a SHA-512 of every package, and no place to fetch it from [SC-02]', () => {
    const unsafe = locked.filter(
      ([, { integrity, resolved, link }]) =>
        !integrity?.startsWith('sha512-') || resolved !== undefined || link,
    )

    expect(unsafe.map(([path]) => path)).toEqual([])
    expect(locked.length).toBeGreaterThan(100)
  })

  it('takes nothing from git, a URL or a folder [SC-02]', () => {
    const elsewhere = locked.filter(([, entry]) => rangesOf(entry).some(isElsewhere))

    expect(elsewhere.map(([path]) => path)).toEqual([])
    expect(
      ['git+ssh://host/x.git', 'https://host/x.tgz', 'file:../x', 'owner/repo'].filter(isElsewhere),
    ).toHaveLength(4)
  })

  it('has no loose range and no pre-release at run time [SC-02]', () => {
    const loose = locked.filter(
      ([, entry]) => !entry.dev && [entry.version, ...rangesOf(entry)].some(isLoose),
    )

    expect(loose.map(([path]) => path)).toEqual([])
    expect(['*', 'latest', '', '^0.1.0-alpha'].filter(isLoose)).toHaveLength(4)
  })

  it('lets only the named packages run an install script, and none at run time [SC-02]', () => {
    const withScript = locked.filter(([, entry]) => entry.hasInstallScript)
    const names = withScript.map(([path]) => path.replace(/.*node_modules\//, ''))

    expect(names.sort()).toEqual(Object.keys(manifest.allowScripts).sort())
    expect(withScript.filter(([, entry]) => !entry.dev)).toEqual([])
  })
})

describe('package.json', () => {
  it('names exact versions [SC-02]', () => {
    expect(rangesOf(manifest).filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
    expect(rangesOf(manifest).length).toBeGreaterThan(10)
  })
})

describe('docs/dependencies.md', () => {
  it('has a line for each dependency at run time, with what it saves and costs', () => {
    const { dependencies, optionalDependencies, peerDependencies } = manifest

    expect(namesIn('Run time').sort()).toEqual(
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).sort(),
    )
  })

  it('has a line for each dependency of development', () => {
    expect(namesIn('Development').sort()).toEqual(Object.keys(manifest.devDependencies ?? {}).sort())
  })
})

describe('the files of the project', () => {
  it('name no host of a package registry, so that any mirror serves [SC-02]', () => {
    const files = spawnSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
      .stdout.split('\0')
      .filter(existsSync)
    const hosts = /registry[.](npmjs|yarnpkg)|npmjs[.]org|deb[.]debian/

    expect(files.filter((file) => hosts.test(readFileSync(file, 'latin1')))).toEqual([])
    expect(files).toContain('package.json')
    expect(hosts.test(['registry', 'npmjs', 'org'].join('.'))).toBe(true)
  })
})
