import { z } from 'zod'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { emptySchema, reasonSchema } from '../http/schema.ts'
import { listOf, redeliveryAnswer } from './shared.ts'
import {
  configurationAnswer,
  keysAnswer,
  listedAnswer,
  setsAnswer,
  statusAnswer,
  streamAnswer,
} from './stream-answers.ts'
import {
  pollSchema,
  streamSchema,
  streamStatusSchema,
  streamSubjectSchema,
  verifyStreamSchema,
} from './stream-bodies.ts'

const ONE_STREAM = { stream_id: { type: 'string' } }
const STREAM_CONFIGURATION = { [JSON_TYPE]: streamAnswer }
const STATUS = { [JSON_TYPE]: statusAnswer }
const LISTED = { [JSON_TYPE]: listedAnswer }

type StreamOperation =
  | 'keys'
  | 'configuration'
  | 'create'
  | 'read'
  | 'update'
  | 'replace'
  | 'remove'
  | 'status'
  | 'setStatus'
  | 'addSubject'
  | 'removeSubject'
  | 'verify'
  | 'poll'
  | 'list'
  | 'pause'
  | 'resume'
  | 'redeliver'
  | 'end'

export const STREAM_OPERATIONS: Readonly<Record<StreamOperation, Operation>> = {
  keys: {
    id: 'getSecurityEventKeys',
    summary: 'The keys that security event tokens of a tenant are verified with',
    answers: { [JSON_TYPE]: keysAnswer },
  },
  configuration: {
    id: 'getSignalsConfiguration',
    summary: 'What receivers of Shared Signals need to know of a tenant (SSF 1.0)',
    answers: { [JSON_TYPE]: configurationAnswer },
    problems: ['not_found'],
  },
  create: {
    id: 'createStream',
    summary: 'Makes a stream of security events for the caller',
    body: streamSchema,
    isIdempotent: true,
    status: 201,
    answers: STREAM_CONFIGURATION,
    problems: ['quota_exceeded', 'forbidden'],
  },
  read: {
    id: 'readStreams',
    summary: 'The configuration of one stream of the caller, or of all of them',
    query: ONE_STREAM,
    answers: { [JSON_TYPE]: z.union([streamAnswer, z.array(streamAnswer)]) },
    problems: ['not_found'],
  },
  update: {
    id: 'updateStream',
    summary: 'Changes what is named of a stream',
    body: streamSchema,
    answers: STREAM_CONFIGURATION,
    problems: ['not_found', 'changed_meanwhile'],
  },
  replace: {
    id: 'replaceStream',
    summary: 'Replaces what the receiver supplied of a stream',
    body: streamSchema,
    answers: STREAM_CONFIGURATION,
    problems: ['not_found', 'changed_meanwhile'],
  },
  remove: {
    id: 'deleteStream',
    summary: 'Ends a stream, with what was not delivered',
    query: ONE_STREAM,
    status: 204,
    answers: {},
    problems: ['not_found'],
  },
  status: {
    id: 'readStreamStatus',
    summary: 'Whether a stream is enabled, paused or disabled',
    query: ONE_STREAM,
    answers: STATUS,
    problems: ['not_found'],
  },
  setStatus: {
    id: 'updateStreamStatus',
    summary: 'Enables, pauses or disables a stream',
    body: streamStatusSchema,
    answers: STATUS,
    problems: ['not_found', 'forbidden', 'changed_meanwhile'],
  },
  addSubject: {
    id: 'addStreamSubject',
    summary: 'Takes up again somebody who was left out of a stream',
    body: streamSubjectSchema,
    answers: {},
    problems: ['not_found', 'changed_meanwhile'],
  },
  removeSubject: {
    id: 'removeStreamSubject',
    summary: 'Leaves somebody out of a stream',
    body: streamSubjectSchema,
    status: 204,
    answers: {},
    problems: ['not_found', 'quota_exceeded', 'changed_meanwhile'],
  },
  verify: {
    id: 'verifyStream',
    summary: 'Has an event sent over a stream that says that it works',
    body: verifyStreamSchema,
    status: 204,
    answers: {},
    problems: ['not_found'],
  },
  poll: {
    id: 'pollStream',
    summary: 'Acknowledges security event tokens and fetches the next ones (RFC 8936)',
    body: pollSchema,
    answers: { [JSON_TYPE]: setsAnswer },
  },
  list: {
    id: 'listStreams',
    summary: 'Lists the streams of all receivers, oldest first',
    answers: { [JSON_TYPE]: listOf(listedAnswer) },
  },
  pause: {
    id: 'pauseStream',
    summary: 'Holds what a receiver would be sent, and tells it',
    body: reasonSchema,
    answers: LISTED,
    problems: ['changed_meanwhile'],
  },
  resume: {
    id: 'resumeStream',
    summary: 'Sends again, what was held first, and tells the receiver',
    body: emptySchema,
    answers: LISTED,
    problems: ['changed_meanwhile'],
  },
  redeliver: {
    id: 'redeliverStream',
    summary: 'Sends a receiver again what was given up',
    body: emptySchema,
    answers: { [JSON_TYPE]: redeliveryAnswer },
  },
  end: { id: 'endStream', summary: 'Ends the stream of a receiver', answers: LISTED },
}
