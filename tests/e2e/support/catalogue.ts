/** Every text of the app, read from its sources: what must not stand on a screen of the other language. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import type { Language } from './words.ts'

type Texts = Record<Language, Record<string, string | { one: string; other: string }>>

const SOURCES = fileURLToPath(new URL('../../../pwa/src', import.meta.url))
const OTHER: Readonly<Record<Language, Language>> = { fr: 'en', en: 'fr' }

/** Shorter patterns with a hole fit nearly anything. */
const TELLING = 4

/** Which of `shown` are words of the other language than `language`. */
export function leftovers(shown: readonly string[], language: Language): string[] {
  const ours = new Set(texts(language))
  const foreign = texts(OTHER[language]).filter((text) => !ours.has(text)).map(pattern)
  return shown.filter((text) => foreign.some((each) => each?.test(text)))
}

/** Ordinary spaces where French typography wants non-breaking ones. */
export function looseSpaces(shown: readonly string[]): string[] {
  return shown.filter((text) => / [:;?!»%€]|« /.test(text))
}

function texts(language: Language): string[] {
  return catalogue.flatMap((found) =>
    Object.values(found[language]).flatMap((text) =>
      typeof text === 'string' ? [text] : [text.one, text.other],
    ),
  )
}

function pattern(text: string): RegExp | null {
  const parts = text.split(/\{\w+\}/)
  if (parts.join('').replace(/\W/g, '').length < TELLING) return null
  const escaped = parts.map((part) =>
    part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(' ', '\\s'),
  )
  return new RegExp(`^${escaped.join('.+')}$`)
}

const catalogue = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith('.test.ts'))
  .flatMap((file) => readTexts(readFileSync(`${SOURCES}/${file}`, 'utf8')))

/** The objects given to `defineTexts` in one source. */
function readTexts(source: string): Texts[] {
  const script = /<script[^>]*>(.*)<\/script>/s.exec(source)?.[1] ?? source
  const file = ts.createSourceFile('', script, ts.ScriptTarget.Latest, true)
  const found: Texts[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'defineTexts') {
      const [texts] = node.arguments
      if (texts) found.push(value(texts) as Texts)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function value(node: ts.Node): unknown {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isObjectLiteralExpression(node)) throw new Error(`not a plain text: ${node.getText()}`)
  const properties = node.properties.filter(ts.isPropertyAssignment)
  return Object.fromEntries(
    properties.map(({ name, initializer }) => [name.getText(), value(initializer)]),
  )
}
