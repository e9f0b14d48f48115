import { onBeforeUnmount, onMounted, ref } from 'vue'
import type { Ref } from 'vue'

/** Pixels from the end within which a reader is taken to be at the end. */
const NEAR = 48

/**
 * Keeps the end of a growing text in sight, but only while the reader is there: whoever scrolled
 * up stays where they are.
 */
export function useFollow(scroller: Readonly<Ref<HTMLElement | null>>, content: Readonly<Ref<HTMLElement | null>>) {
  const atEnd = ref(true)
  let lastTop = 0
  let observer: ResizeObserver | null = null

  function onScroll(): void {
    const box = scroller.value
    if (!box) return
    const near = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR
    // Only a move of the reader's own, upwards, leaves the end: growing does not.
    if (near) atEnd.value = true
    else if (box.scrollTop < lastTop) atEnd.value = false
    lastTop = box.scrollTop
  }

  function keepUp(): void {
    if (atEnd.value) toEnd('instant')
  }

  /** Goes to the end and stays with it. */
  function toEnd(behavior: ScrollBehavior): void {
    atEnd.value = true
    const box = scroller.value
    box?.scrollTo({ top: box.scrollHeight, behavior })
    lastTop = box?.scrollTop ?? 0
  }

  /** Goes to the beginning and stays there. */
  function toStart(): void {
    atEnd.value = false
    scroller.value?.scrollTo({ top: 0, behavior: 'instant' })
    lastTop = 0
  }

  /** Runs `grow`, which adds something above, and leaves on the screen what was there. */
  async function holdWhile(grow: () => Promise<void>): Promise<void> {
    const box = scroller.value
    if (!box) return
    const below = box.scrollHeight - box.scrollTop
    await grow()
    box.scrollTop = box.scrollHeight - below
    lastTop = box.scrollTop
  }

  onMounted(() => {
    observer = new ResizeObserver(keepUp)
    if (content.value) observer.observe(content.value)
    if (scroller.value) observer.observe(scroller.value)
  })
  onBeforeUnmount(() => observer?.disconnect())

  return { atEnd, onScroll, toEnd, toStart, holdWhile }
}
