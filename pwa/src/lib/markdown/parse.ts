/** Markdown into top-level blocks. Raw HTML in the text is text. */
import MarkdownIt from 'markdown-it'
import type { Env, Token } from 'markdown-it'

/** One block of the top level: its tokens, and its lines [start, end) in the text that was parsed. */
export interface Block {
  readonly tokens: readonly Token[]
  readonly start: number
  readonly end: number
}

/** The link definitions of a text (`[label]: address`), by label. */
export type References = NonNullable<Env['references']>

// What is off here (and in its defaults) is left out by build/lean-markdown.ts.
const parser = new MarkdownIt({ html: false })
// Which addresses may be followed, and how they are written, is decided where the link is built.
parser.validateLink = () => true
parser.normalizeLink = address => address
parser.normalizeLinkText = address => address

/** Parse `text`; `known` are the definitions above it, and `references` all that hold after it. */
export function parseBlocks(
  text: string,
  known: References = {},
): { blocks: Block[]; references: References } {
  const env: Env = { references: { ...known } }
  const blocks: Block[] = []
  let open: Token[] = []
  for (const token of parser.parse(text, env)) {
    open.push(token)
    if (token.level > 0 || token.nesting === 1) continue
    const [start, end] = open[0]?.map ?? [0, 0]
    blocks.push({ tokens: open, start, end })
    open = []
  }
  return { blocks, references: env.references ?? {} }
}
