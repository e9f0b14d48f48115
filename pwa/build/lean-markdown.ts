/**
 * Give markdown-it our own few lines in place of the packages around it: 30 KB gzipped of names of
 * characters, link finding and address writing, most of which the browser can do itself. And leave
 * out of it what our parser never switches on: raw HTML, bare links, typographic quotes.
 */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const ours = (name: string) =>
  fileURLToPath(new URL(`../src/lib/markdown/${name}.ts`, import.meta.url))

const REPLACED = new Map([
  ['entities', ours('entities')],
  ...['linkify-it', 'mdurl', 'punycode.js', 'uc.micro'].map(name => [name, ours('spare')] as const),
])

/** What is off for good: the code behind it is then seen to be dead, and dropped. */
const OFF = /\bstate\.md\.options\.(?:html|linkify|typographer)\b/g

export function leanMarkdown(): Plugin {
  return {
    name: 'lean-markdown',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      return importer?.includes('markdown-it') ? (REPLACED.get(source) ?? null) : null
    },
    transform(code, id) {
      if (!id.includes('/markdown-it/dist/')) return null
      if (code.search(OFF) < 0) throw new Error('markdown-it no longer asks for its options here')
      return { code: code.replace(OFF, 'false'), map: null }
    },
  }
}
