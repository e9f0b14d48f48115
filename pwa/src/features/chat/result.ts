/** What a tool gave back, as text to read: its text blocks, else the data as it is. */
export function plainResult(content: unknown): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content) && content.every(isText)) {
    return content.map(({ text }) => text).join('\n\n')
  }
  return content === undefined || content === null ? '' : JSON.stringify(content, null, 2)
}

function isText(block: unknown): block is { text: string } {
  return typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string'
}
