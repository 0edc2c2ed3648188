import type { WebvhPackage } from './fetch-did-webvh.ts'

/** The package's own types do not resolve under Node's rules for modules. */
export const resolveDIDFromLog: WebvhPackage['resolveDIDFromLog']
