import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { useSession } from './session'

/** The key of the conversation that does not exist yet. */
const NEW = 'new'

/** What was written and not sent, for each conversation, kept on this device as it is typed. */
export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const texts = shallowReactive(new Map<string, string>())

  /** Brings the draft of `conversation` (null: the new one) from the device. */
  async function load(conversation: string | null): Promise<void> {
    const key = conversation ?? NEW
    if (texts.has(key)) return
    const kept = await session.rows?.drafts.get(key)
    if (kept !== undefined && !texts.has(key)) texts.set(key, kept)
  }

  function read(conversation: string | null): string {
    return texts.get(conversation ?? NEW) ?? ''
  }

  function write(conversation: string | null, text: string): void {
    const key = conversation ?? NEW
    texts.set(key, text)
    if (text === '') void session.rows?.drafts.delete(key)
    else void session.rows?.drafts.put(key, text)
  }

  function clear(): void {
    texts.clear()
  }

  return { load, read, write, clear }
})
