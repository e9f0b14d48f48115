import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { PriceTag } from './types'
import { outside } from './outside'

/** The place of a conversation that does not exist yet. */
const NEW = 'new'

/**
 * What the next question costs, by conversation. A price that was once told counts until a newer
 * one comes, so that one also knows it without a line.
 */
export const usePriceTags = defineStore('price-tags', () => {
  const tags = shallowReactive(new Map<string, PriceTag>())

  /** The price for a conversation (null: a new one), or else that of a new one. */
  function of(conversation: string | null): PriceTag | null {
    return tags.get(conversation ?? NEW) ?? tags.get(NEW) ?? null
  }

  async function load(conversation: string | null): Promise<void> {
    const answer = await outside().rest.priceTag(conversation, null)
    if (answer.ok) tags.set(conversation ?? NEW, answer.value)
  }

  function clear(): void {
    tags.clear()
  }

  return { of, load, clear }
})
