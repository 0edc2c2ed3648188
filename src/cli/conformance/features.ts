/** What the VC-JOSE-COSE suite asks for, by its names, and what that is. */
export interface Feature {
  readonly document: 'credential' | 'presentation'
  readonly mechanism: 'jose' | 'sdjwt'
  /** `typ` of the token (VC-JOSE-COSE §6.1). */
  readonly typ: string
}

const FEATURES: ReadonlyMap<string, Feature> = new Map([
  ['credential_jose', { document: 'credential', mechanism: 'jose', typ: 'vc+jwt' }],
  ['credential_sdjwt', { document: 'credential', mechanism: 'sdjwt', typ: 'vc+sd-jwt' }],
  ['presentation_jose', { document: 'presentation', mechanism: 'jose', typ: 'vp+jwt' }],
  ['presentation_sdjwt', { document: 'presentation', mechanism: 'sdjwt', typ: 'vp+sd-jwt' }],
])

/** `undefined` for a feature that Procura does not have: COSE. */
export function featureNamed(name: string): Feature | undefined {
  return FEATURES.get(name)
}

/** What the command writes for the suite to read. */
export interface TestResult {
  readonly result: 'success' | 'failure' | 'indeterminate' | 'error'
  /** The token, the document, or the reason. */
  readonly data: string
}
