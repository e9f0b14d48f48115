import type { PriceTag } from '@/store/types'

/** What a question is likely to cost, and the most it can, in nano-euros. */
export interface Estimate {
  low: number
  likely: number
  high: number
  worst: number
  /** The worst does not fit into what is left of the tightest limit. */
  isTight: boolean
}

/** A token is about four characters of ordinary prose, and never less than one byte. */
const CHARACTERS_PER_TOKEN = 4
const MILLION = 1e6

const encoder = new TextEncoder()

/** What `text` will cost at this price; null while there is nothing to ask. */
export function estimate(tag: PriceTag, text: string): Estimate | null {
  const question = text.trim()
  if (question === '') return null
  const bytes = encoder.encode(question).length
  const few = question.length / CHARACTERS_PER_TOKEN
  const { short, usual, long } = tag.answer_tokens
  const worst = cost(tag, bytes, tag.max_tokens)
  return {
    low: cost(tag, few, short),
    likely: cost(tag, few, usual),
    high: Math.min(cost(tag, bytes, long), worst),
    worst,
    isTight: tag.left_nano_eur !== null && worst > tag.left_nano_eur,
  }
}

function cost(tag: PriceTag, question: number, answer: number): number {
  const input = (tag.known_tokens + question) * tag.input_nano_eur_per_million
  const output = answer * tag.output_nano_eur_per_million
  return Math.ceil((input + output) / MILLION)
}
