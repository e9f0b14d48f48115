/**
 * Keep the CSS variable `--screen` at the height that can be seen, also where a keyboard covers the
 * page without telling it (iOS); answer the function that stops it.
 */
export function followVisibleHeight(): () => void {
  const visible = window.visualViewport
  const { style } = document.documentElement
  if (!visible) return () => undefined
  const update = () => {
    // Zoomed in by the reader's fingers is not covered by a keyboard.
    if (visible.scale > 1.01) return
    style.setProperty('--screen', `${visible.height}px`)
    // iOS also pushes the page up to show the field: the page has made room already.
    if (visible.offsetTop > 0) window.scrollTo(0, 0)
  }
  visible.addEventListener('resize', update)
  update()
  return () => {
    visible.removeEventListener('resize', update)
    style.removeProperty('--screen')
  }
}
