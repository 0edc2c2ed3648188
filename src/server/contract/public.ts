import { z } from 'zod'
import {
  CHANGES_MEDIA_TYPE,
  EMERGENCY_MEDIA_TYPE,
  EVENTS_MEDIA_TYPE,
  HEAD_MEDIA_TYPE,
  LEAF_TABLE_MEDIA_TYPE,
  STATUS_LIST_MEDIA_TYPE,
  STATUS_LIST_VC_MEDIA_TYPE,
  TOKEN_STATUS_LIST_MEDIA_TYPE,
} from '../../status/layout.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { TARGET_ALARMS } from '../publication/target-alarms.ts'
import { anyDidSchema } from './shared.ts'

const TENANT_QUERY = { tenant: { type: 'string' } }

const trustAnswer = named(
  'TrustEntry',
  z.strictObject({
    authority: anyDidSchema,
    statusIssuer: anyDidSchema,
    statusOrigins: z.array(z.string()),
    head: z.string(),
    tenants: z.array(z.string()),
  }),
  {
    authority: 'did:web:id.example',
    statusIssuer: 'did:web:id.example:status',
    statusOrigins: ['https://id.example/status/acme/'],
    head: 'https://id.example/status/acme/head',
    tenants: ['acme'],
  },
)

const healthAnswer = named('Health', z.strictObject({ status: z.literal('ok') }), { status: 'ok' })

/** Without `targets` where the status is published nowhere beside the service, without `previousKek` where none is named. */
const readyAnswer = named(
  'Readiness',
  z.strictObject({
    status: z.literal('ok'),
    targets: z
      .array(z.strictObject({ kind: z.enum(['directory', 's3']), alarms: z.array(z.enum(TARGET_ALARMS)) }))
      .optional(),
    previousKek: z.enum(['needed', 'not_needed']).optional(),
  }),
  { status: 'ok', targets: [{ kind: 'directory', alarms: [] }] },
)

const HEALTH = { [JSON_TYPE]: healthAnswer }

/** What others define is only named here. */
const documentAnswer = z.looseObject({})

export const PUBLIC_OPERATIONS: Readonly<
  Record<
    | 'didDocument'
    | 'statusDidDocument'
    | 'trustEntry'
    | 'context'
    | 'live'
    | 'ready'
    | 'resolve'
    | 'head'
    | 'emergency'
    | 'leafTable'
    | 'changes'
    | 'events'
    | 'list'
    | 'version'
    | 'openApi',
    Operation
  >
> = {
  didDocument: {
    id: 'getDidDocument',
    summary: 'The document of the did:web of the origin',
    query: TENANT_QUERY,
    answers: { 'application/did+json': documentAnswer },
    problems: ['not_found'],
  },
  statusDidDocument: {
    id: 'getStatusDidDocument',
    summary: 'The document of the status issuer of a did:web authority',
    answers: { 'application/did+json': documentAnswer },
    problems: ['not_found'],
  },
  trustEntry: {
    id: 'getTrustEntry',
    summary: 'What a service provider needs to trust a tenant',
    query: TENANT_QUERY,
    answers: { [JSON_TYPE]: trustAnswer },
    problems: ['not_found'],
  },
  context: {
    id: 'getContext',
    summary: 'The JSON-LD context, which nobody needs to fetch',
    answers: { 'application/ld+json': documentAnswer },
  },
  live: { id: 'isLive', summary: 'Answers while the process lives', answers: HEALTH },
  ready: {
    id: 'isReady',
    summary: 'Answers while it can store and publish',
    answers: { [JSON_TYPE]: readyAnswer },
  },
  resolve: {
    id: 'resolveDid',
    summary: 'Resolves a DID; errors are whole resolution results, with a status of their own',
    answers: {
      'application/did': documentAnswer,
      'application/did+json': documentAnswer,
      'application/did+ld+json': documentAnswer,
      'application/did-resolution': documentAnswer,
    },
  },
  head: {
    id: 'getHead',
    summary: 'The newest signed head of the status of a tenant',
    answers: { [HEAD_MEDIA_TYPE]: z.string() },
  },
  emergency: {
    id: 'getEmergencyList',
    summary: 'What counts no more, whatever was signed for it; 404 while nothing was ever listed',
    answers: { [EMERGENCY_MEDIA_TYPE]: z.string() },
    problems: ['not_found'],
  },
  leafTable: {
    id: 'getLeafTable',
    summary: 'The leaf table with this root',
    answers: { [LEAF_TABLE_MEDIA_TYPE]: z.unknown() },
  },
  changes: {
    id: 'getStatusChanges',
    summary: 'What changed in the lists within a minute, numbered since 1970',
    answers: { [CHANGES_MEDIA_TYPE]: z.string() },
  },
  events: {
    id: 'followHead',
    summary: 'Server-sent events: the newest head at once, then each one that is signed',
    answers: { [EVENTS_MEDIA_TYPE]: z.string() },
  },
  list: {
    id: 'getStatusList',
    summary: 'A status list, r7, s7 or t7; with .jwt or .json in one form',
    answers: {
      [STATUS_LIST_VC_MEDIA_TYPE]: documentAnswer,
      [STATUS_LIST_MEDIA_TYPE]: z.string(),
      [TOKEN_STATUS_LIST_MEDIA_TYPE]: z.string(),
    },
  },
  version: {
    id: 'getStatusListVersion',
    summary: 'One version of a status list, which never changes',
    answers: { [STATUS_LIST_VC_MEDIA_TYPE]: documentAnswer, [STATUS_LIST_MEDIA_TYPE]: z.string() },
  },
  openApi: {
    id: 'getOpenApi',
    summary: 'This document',
    answers: { [JSON_TYPE]: z.looseObject({ openapi: z.string() }) },
  },
}
