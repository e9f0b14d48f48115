import { computed, ref } from 'vue'
import type { Ref } from 'vue'
import { useDrafts } from '@/store/drafts'
import { useOutbox } from '@/store/outbox'
import { useThread } from '@/store/thread'
import { useTurns } from '@/store/turns'

/** A question being rewritten: it will stand beside the old one, below the same message. */
interface Editing {
  parent: string | null
  text: string
}

/** What the person does to the conversation `id`: ask, ask again, rewrite a question, stop. */
export function useAsking(id: Readonly<Ref<string | null>>) {
  const thread = useThread()
  const outbox = useOutbox()
  const turns = useTurns()
  const drafts = useDrafts()
  const editing = ref<Editing | null>(null)

  const last = computed(() => thread.path.at(-1)?.node ?? null)
  const running = computed(() => last.value?.kind === 'live' && last.value.view.phase !== 'ended')

  /** What is shown last is a question the server does not have: nothing can stand below it yet. */
  const waiting = computed(() => editing.value === null && last.value?.kind === 'outgoing')

  function write(text: string): void {
    if (editing.value) editing.value.text = text
    else drafts.write(id.value, text)
  }

  /** Asks below what is shown last, or beside the question being rewritten. Returns where. */
  async function ask(content: string): Promise<string> {
    const parent = editing.value ? editing.value.parent : parentOfNext()
    const item = await outbox.ask({ conversation: id.value, parent, content })
    write('')
    editing.value = null
    thread.showNewest(parent ?? null)
    await thread.open(item.conversation)
    return item.conversation
  }

  /** An answer that was never stored cannot be answered; its question can. */
  function parentOfNext(): string | undefined {
    const node = last.value
    return node?.kind === 'live' ? (node.view.question ?? undefined) : node?.id
  }

  async function retry(question: string): Promise<void> {
    if (id.value === null) return
    dropFailed(question)
    thread.showNewest(question)
    await outbox.retry(id.value, question)
  }

  /** Attempts that left nothing but a problem give way to the new one. */
  function dropFailed(question: string): void {
    for (const view of [...turns.shown.values()]) {
      if (view.question === question && view.phase === 'ended') turns.drop(view.turn)
    }
    for (const item of outbox.of(id.value)) {
      const failed = item.kind === 'retry' && item.state === 'refused'
      if (failed && item.parent === question) void outbox.remove(item.id)
    }
  }

  function stop(): void {
    if (last.value?.kind === 'live') turns.stop(last.value.view.turn)
  }

  /** Begins to rewrite a question, stored or refused. */
  function edit(question: string): void {
    const node = thread.path.find((step) => step.node.id === question)?.node
    if (!node || node.kind === 'live') return
    const text = node.message.content.map((block) => block.text ?? '').join('\n\n')
    editing.value = { parent: node.parent, text }
    if (node.kind === 'outgoing') void outbox.remove(node.id)
  }

  function cancelEdit(): void {
    editing.value = null
  }

  return { editing, running, waiting, write, ask, retry, stop, edit, cancelEdit }
}
