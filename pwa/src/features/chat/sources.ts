/** A source an answer names; `url` only where it is an address of the web. */
export interface Source {
  name: string
  url: string | null
}

/** The sources of a text, each once, in the order in which it names them. */
export function sourcesOf(citations: readonly unknown[]): Source[] {
  const sources = new Map<string, Source>()
  for (const citation of citations) {
    const source = read(citation)
    if (source && !sources.has(source.url ?? source.name)) {
      sources.set(source.url ?? source.name, source)
    }
  }
  return [...sources.values()]
}

function read(citation: unknown): Source | null {
  if (typeof citation !== 'object' || citation === null) return null
  const fields = citation as Record<string, unknown>
  const address = text(fields['url']) ?? text(fields['source'])
  const name = text(fields['title']) ?? text(fields['document_title']) ?? address
  return name === null ? null : { name, url: webAddress(address) }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function webAddress(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
