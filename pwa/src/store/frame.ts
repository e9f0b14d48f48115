/** Milliseconds between two updates of a page nobody looks at (which gets no frames). */
const HIDDEN_INTERVAL = 250

/** A function that has `work` done once before the next paint, however often it is called. */
export function onNextFrame(work: () => void): () => void {
  let waiting = false
  const run = (): void => {
    waiting = false
    work()
  }
  return () => {
    if (waiting) return
    waiting = true
    if (document.visibilityState === 'visible') requestAnimationFrame(run)
    else setTimeout(run, HIDDEN_INTERVAL)
  }
}
