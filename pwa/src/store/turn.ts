import type { Block, Message, Problem, TurnEvent, Usage, WaitReason } from './types'

/** A piece of an answer on its way, in the order in which it arrived. */
export type Part =
  | { kind: 'text'; index: number; text: string; citations: readonly unknown[] }
  | { kind: 'thinking'; index: number; text: string }
  | ToolPart
  | { kind: 'other'; index: number; block: Block }

export interface ToolPart {
  kind: 'tool'
  call: string
  name: string
  server: string | null
  input: unknown
  needsApproval: boolean
  progress: string
  result: { isError: boolean; content: unknown } | null
}

/** All that is known of a turn from its events; `seq` is the last one applied. */
export interface TurnView {
  readonly turn: string
  readonly seq: number
  readonly phase: 'asked' | 'waiting' | 'running' | 'ended'
  readonly conversation: string | null
  readonly question: string | null
  readonly answer: string | null
  readonly model: string | null
  readonly waiting: { reason: WaitReason; until: string | null } | null
  readonly parts: readonly Part[]
  readonly usage: Usage | null
  /** The answer as stored; set by a snapshot and by the end. */
  readonly message: Message | null
  readonly problem: Problem | null
}

/** `gap` asks for a resume after `view.seq`: the event was not applied. */
export interface Applied {
  view: TurnView
  gap: boolean
}

export function newTurn(turn: string, known: Partial<Omit<TurnView, 'turn'>> = {}): TurnView {
  return {
    turn,
    seq: 0,
    phase: 'asked',
    conversation: null,
    question: null,
    answer: null,
    model: null,
    waiting: null,
    parts: [],
    usage: null,
    message: null,
    problem: null,
    ...known,
  }
}

/**
 * Applies one event. What was seen before changes nothing, and what skips ahead is a gap; only a
 * snapshot and the end, which carry the whole answer, are taken at any number. After the end
 * nothing changes any more.
 */
export function applyEvent(view: TurnView, event: TurnEvent): Applied {
  if (view.phase === 'ended') return { view, gap: false }
  if (!carriesTheWhole(event)) {
    if (event.seq <= view.seq) return { view, gap: false }
    if (event.seq > view.seq + 1) return { view, gap: true }
  }
  return { view: { ...view, ...changed(view, event), seq: event.seq }, gap: false }
}

function carriesTheWhole({ kind }: TurnEvent): boolean {
  return kind === 'turn.snapshot' || kind === 'turn.finished' || kind === 'turn.failed'
}

function changed(view: TurnView, event: TurnEvent): Partial<TurnView> {
  switch (event.kind) {
    case 'turn.waiting':
      return { phase: 'waiting', waiting: { reason: event.reason, until: event.until } }
    case 'turn.started':
      return {
        phase: 'running',
        waiting: null,
        conversation: event.conversation,
        question: event.message,
        answer: event.answer,
        model: event.model,
      }
    case 'turn.snapshot':
      return { message: event.message, parts: partsOf(event.message) }
    case 'text.delta':
      return { parts: withText(view.parts, event.index, event.text) }
    case 'thinking.delta':
      return { parts: withThinking(view.parts, event.index, event.text) }
    case 'citation':
      return { parts: withCitation(view.parts, event.index, event.citation) }
    case 'tool.call':
      return { parts: [...view.parts, toolOf(event)] }
    case 'tool.progress':
      return { parts: withTool(view.parts, event.call, { progress: event.text }) }
    case 'tool.result':
      return {
        parts: withTool(view.parts, event.call, {
          result: { isError: event.is_error, content: event.content },
        }),
      }
    case 'usage':
      return { usage: usageOf(event) }
    case 'turn.finished':
      return { ...ended(event.message), usage: event.usage }
    case 'turn.failed':
      return { ...ended(event.message ?? view.message), problem: event.problem }
    default:
      // A kind of a later server: its number counts, its content is not for us.
      return {}
  }
}

function ended(message: Message | null): Partial<TurnView> {
  const end = { phase: 'ended' as const, waiting: null, message }
  return message === null ? end : { ...end, parts: partsOf(message) }
}

/** The parts of a stored answer. */
export function partsOf(message: Pick<Message, 'content'>): Part[] {
  const parts: Part[] = []
  message.content.forEach((block, index) => {
    // The provider names the results of its own tools: web_search_tool_result, mcp_tool_result, …
    if (block.type.endsWith('tool_result')) answerTool(parts, block)
    else parts.push(partOf(block, index))
  })
  return parts
}

function partOf(block: Block, index: number): Part {
  switch (block.type) {
    case 'text':
      return { kind: 'text', index, text: block.text ?? '', citations: block.citations ?? [] }
    case 'thinking':
      return { kind: 'thinking', index, text: block.thinking ?? '' }
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return toolOf({
        call: block.id ?? '',
        name: block.name ?? '',
        server: null,
        input: block.input,
        needs_approval: false,
      })
    default:
      return { kind: 'other', index, block }
  }
}

function answerTool(parts: Part[], block: Block): void {
  const result = { isError: block.is_error === true || isErrorContent(block), content: block.content }
  const at = parts.findIndex((part) => part.kind === 'tool' && part.call === block.tool_use_id)
  const tool = parts[at]
  if (tool?.kind === 'tool') parts[at] = { ...tool, result }
}

function isErrorContent({ content }: Block): boolean {
  const fields = typeof content === 'object' && content !== null ? content : {}
  return 'error_code' in fields
}

interface ToolCallFields {
  call: string
  name: string
  server: string | null
  input?: unknown
  needs_approval: boolean
}

function toolOf({ call, name, server, input, needs_approval }: ToolCallFields): ToolPart {
  const needsApproval = needs_approval
  return { kind: 'tool', call, name, server, input, needsApproval, progress: '', result: null }
}

function usageOf(event: Extract<TurnEvent, { kind: 'usage' }>): Usage {
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_nano_eur } = event
  return { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_nano_eur }
}

function withText(parts: readonly Part[], index: number, text: string): readonly Part[] {
  const at = parts.findLastIndex((part) => part.kind === 'text' && part.index === index)
  const known = parts[at]
  if (known?.kind !== 'text') return [...parts, { kind: 'text', index, text, citations: [] }]
  return parts.with(at, { ...known, text: known.text + text })
}

function withThinking(parts: readonly Part[], index: number, text: string): readonly Part[] {
  const at = parts.findLastIndex((part) => part.kind === 'thinking' && part.index === index)
  const known = parts[at]
  if (known?.kind !== 'thinking') return [...parts, { kind: 'thinking', index, text }]
  return parts.with(at, { ...known, text: known.text + text })
}

function withCitation(parts: readonly Part[], index: number, citation: unknown): readonly Part[] {
  const at = parts.findLastIndex((part) => part.kind === 'text' && part.index === index)
  const known = parts[at]
  if (known?.kind !== 'text') {
    return [...parts, { kind: 'text', index, text: '', citations: [citation] }]
  }
  return parts.with(at, { ...known, citations: [...known.citations, citation] })
}

function withTool(
  parts: readonly Part[],
  call: string,
  news: Partial<Pick<ToolPart, 'progress' | 'result'>>,
): readonly Part[] {
  const at = parts.findLastIndex((part) => part.kind === 'tool' && part.call === call)
  const known = parts[at]
  return known?.kind === 'tool' ? parts.with(at, { ...known, ...news }) : parts
}

/**
 * The parts as they are read: where citations cut a text into blocks, it is one text again, with
 * all its sources.
 */
export function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') {
      const citations = [...last.citations, ...part.citations]
      joined[joined.length - 1] = { ...last, text: last.text + part.text, citations }
    } else joined.push(part)
  }
  return joined
}

/** The words of an answer, as one would copy them. */
export function textOf(parts: readonly Part[]): string {
  return joinTexts(parts)
    .filter((part) => part.kind === 'text')
    .map((part) => part.text)
    .join('\n\n')
    .trim()
}
