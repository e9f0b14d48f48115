import { onScopeDispose, readonly, ref } from 'vue'

/** A media query, as a ref that follows it for as long as the component is there. */
export function useMedia(query: string) {
  const media = window.matchMedia(query)
  const matches = ref(media.matches)
  const follow = (): void => {
    matches.value = media.matches
  }
  media.addEventListener('change', follow)
  onScopeDispose(() => {
    media.removeEventListener('change', follow)
  })
  return readonly(matches)
}
