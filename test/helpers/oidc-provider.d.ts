declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  /** The part of it that the tests use; its own types would bring those of Koa. */
  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
  }
}
