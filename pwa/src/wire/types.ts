/** The wire's shapes by the names the app uses; all made from the server's own description. */
import type { Message, ScopeStatus, ServerFrame, Turn, User } from './api.gen'

export type {
  Alert,
  AlertChoices,
  Alerts,
  AlertSettings,
  AlertTest,
  Audit,
  AuditEntry,
  ClientFrame,
  Conversation,
  ConversationDetail,
  ConversationPage,
  Drift,
  ExchangeRate,
  Gauge,
  Instance,
  KillSwitchAsk,
  Limits,
  LimitsAsk,
  Me,
  Member,
  Members,
  Message,
  ModelPrice,
  MoneyNotice,
  MonitorStatus,
  More,
  MoreAnswer,
  MoreAsk,
  MoreList,
  PriceAsk,
  PriceList,
  PriceTag,
  Problem,
  RateAsk,
  Reconciliation,
  ScopeStatus,
  ServerFrame,
  Session,
  Tokens,
  Turn,
  TurnEvent,
  TurnOptions,
  Usage,
  UsagePart,
  UsageReport,
  User,
  UserLimits,
  UserLimitsAsk,
  Welcome,
} from './api.gen'

export type Language = User['language']
export type Theme = User['theme']
export type Period = ScopeStatus['period']
export type WaitReason = NonNullable<Turn['reason']>
/** A content block as the API itself writes it; `type` tells which of the other fields it has. */
export type Block = Message['content'][number]
export type Change = Extract<ServerFrame, { kind: 'change' }>
