import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { defineReceiver } from '../signals/receiver.ts'
import { defineStream } from '../signals/streams.ts'

export function define(command: Command, cli: Cli): void {
  defineReceiver(command.command('receiver').description('who may tell of accounts').helpCommand(false), cli)
  defineStream(command.command('stream').description('who is told of events').helpCommand(false), cli)
}
