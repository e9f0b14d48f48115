/** Put `text` on the clipboard; false where the browser does not let us. */
export async function copyText(text: string): Promise<boolean> {
  // Over plain HTTP on a home network a browser has no clipboard interface at all.
  if (!('clipboard' in navigator)) return false
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}
