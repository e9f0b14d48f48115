/** The shapes of the wire that features use: they ask the store, never the wire. */
export type {
  Block,
  Conversation,
  ConversationPage,
  Instance,
  Language,
  Me,
  Message,
  Problem,
  TurnOptions,
  Theme,
  Turn,
  TurnEvent,
  Usage,
  User,
  WaitReason,
} from '@/wire/types'
