import { onBeforeUnmount, ref } from 'vue'

const KEY = 'claude-rasp/list-folded'

/** Whether there is room for the list beside the page, and whether the person wants it there. */
export function useFold() {
  const query = window.matchMedia('(min-width: 56.25em)')
  const isWide = ref(query.matches)
  const isFolded = ref(localStorage.getItem(KEY) === 'yes')

  const follow = (): void => {
    isWide.value = query.matches
  }
  query.addEventListener('change', follow)
  onBeforeUnmount(() => {
    query.removeEventListener('change', follow)
  })

  function toggle(): void {
    isFolded.value = !isFolded.value
    if (isFolded.value) localStorage.setItem(KEY, 'yes')
    else localStorage.removeItem(KEY)
  }

  return { isWide, isFolded, toggle }
}
