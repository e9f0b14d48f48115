/** highlight.js with the languages people ask about most; a chunk of its own. */
import hljs from 'highlight.js/lib/core'
import type { Emitter } from 'highlight.js'
import bash from 'highlight.js/lib/languages/bash'
import c from 'highlight.js/lib/languages/c'
import cpp from 'highlight.js/lib/languages/cpp'
import csharp from 'highlight.js/lib/languages/csharp'
import css from 'highlight.js/lib/languages/css'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import ini from 'highlight.js/lib/languages/ini'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import markdown from 'highlight.js/lib/languages/markdown'
import php from 'highlight.js/lib/languages/php'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'

const LANGUAGES = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  markdown,
  php,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
}

/** Builds nodes where highlight.js would write HTML. */
class NodeEmitter implements Emitter {
  readonly root = document.createDocumentFragment()
  #open: Node[] = [this.root]

  addText(text: string): void {
    if (text) this.#top().appendChild(document.createTextNode(text))
  }

  openNode(scope: string): void {
    const span = document.createElement('span')
    // `title.function` is the class `hl-title`: the look tells kinds apart, not kinds of kinds.
    span.className = `hl-${scope.split('.')[0] ?? ''}`
    this.#top().appendChild(span)
    this.#open.push(span)
  }

  closeNode(): void {
    if (this.#open.length > 1) this.#open.pop()
  }

  // A keyword inside a part is opened and closed by these names, all else by the two above.
  startScope(scope: string): void {
    this.openNode(scope)
  }

  endScope(): void {
    this.closeNode()
  }

  __addSublanguage(emitter: Emitter): void {
    if (emitter instanceof NodeEmitter) this.#top().appendChild(emitter.root)
  }

  finalize(): void {
    this.#open = [this.root]
  }

  toHTML(): string {
    return ''
  }

  #top(): Node {
    return this.#open.at(-1) ?? this.root
  }
}

for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language)
hljs.configure({ __emitter: NodeEmitter })

/** The nodes of `text` with its parts marked, or null where the language is not known here. */
export function highlight(text: string, language: string): DocumentFragment | null {
  if (!hljs.getLanguage(language)) return null
  const { _emitter: emitter } = hljs.highlight(text, { language, ignoreIllegals: true })
  return emitter instanceof NodeEmitter ? emitter.root : null
}
