/** What an unfinished text is shown as: a mark that has no end yet is not left standing. */

/**
 * Close, on the last line, the code, bold, and link that are still being written, so that
 * `**imp` is already bold and `[the man](htt` already reads “the man”.
 */
export function mendLastLine(text: string): string {
  const start = text.lastIndexOf('\n') + 1
  const line = text.slice(start)
  return text.slice(0, start) + mendCode(line)
}

function mendCode(line: string): string {
  const marks = line.split('`').length - 1
  if (marks % 2 === 0) return mendBold(mendLink(line))
  return line.endsWith('`') ? line.slice(0, -1) : `${line}\``
}

function mendLink(line: string): string {
  return line.replace(/!?\[([^\][]*)\]\([^()\s]*$/, '$1')
}

function mendBold(line: string): string {
  const bare = withoutCode(line)
  if ((bare.split('**').length - 1) % 2 === 0) return mendItalic(line)
  if (line.endsWith('**')) return line.slice(0, -2)
  const start = line.lastIndexOf('**') + 2
  return `${line.slice(0, start)}${mendItalic(line.slice(start)).trimEnd()}**`
}

function mendItalic(line: string): string {
  if (!endsInItalic(withoutCode(line).replaceAll('**', ''))) return line
  return line.endsWith('*') ? line.slice(0, -1) : `${line.trimEnd()}*`
}

/** A star after a space does not end, and one before a space does not begin: it multiplies. */
function endsInItalic(line: string): boolean {
  let open = false
  for (const { index } of line.matchAll(/\*/g)) {
    open = open ? /\s/.test(line.charAt(index - 1)) : !/\s/.test(line.charAt(index + 1))
  }
  return open
}

function withoutCode(line: string): string {
  return line.replace(/`[^`]*`/g, '')
}
