/** The wire's shapes by the names the app uses; all made from the server's own description. */
import type { Message, ServerFrame, Turn, User } from './api.gen'

export type {
  ClientFrame,
  Conversation,
  ConversationDetail,
  ConversationPage,
  Instance,
  Me,
  Message,
  Problem,
  ServerFrame,
  Session,
  Turn,
  TurnEvent,
  TurnOptions,
  Usage,
  User,
  Welcome,
} from './api.gen'

export type Language = User['language']
export type Theme = User['theme']
export type WaitReason = NonNullable<Turn['reason']>
/** A content block as the API itself writes it; `type` tells which of the other fields it has. */
export type Block = Message['content'][number]
export type Change = Extract<ServerFrame, { kind: 'change' }>
