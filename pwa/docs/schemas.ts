/** What a shape of the API looks like: its type in words, and a table of its fields. */
import { h, link, prose } from './nodes'
import type { Schema } from './openapi'

/** The type in a few words; the name of another shape leads to it. */
export function typeOf(schema: Schema | undefined): (Node | string)[] {
  if (!schema) return ['anything']
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return [link(`#${name}`, name)]
  }
  if ('const' in schema) return [JSON.stringify(schema.const)]
  if (schema.enum) return [schema.enum.map(value => JSON.stringify(value)).join(' | ')]
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.flatMap((choice, i) => (i ? [' | ', ...typeOf(choice)] : typeOf(choice)))
  if (schema.type === 'array') return ['[', ...typeOf(schema.items), ']']
  return [simple(schema)]
}

function simple(schema: Schema): string {
  const limits = [
    schema.format,
    range(schema.minimum, schema.maximum),
    range(schema.minLength, schema.maxLength, ' characters'),
  ].filter(Boolean)
  const name = schema.type ?? 'anything'
  return limits.length ? `${name} (${limits.join(', ')})` : name
}

function range(least: number | undefined, most: number | undefined, unit = ''): string {
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return `at least ${String(least)}${unit}`
  return least === undefined ? `at most ${String(most)}${unit}` : `${String(least)} to ${String(most)}${unit}`
}

/** One shape, under its name. */
export function shape(name: string, schema: Schema): HTMLElement {
  const section = h('section.shape', h('h3', name), ...prose(schema.description ?? ''))
  section.id = name
  section.append(schema.properties ? fields(schema) : h('p.type', ...typeOf(schema)))
  return section
}

function fields({ properties = {}, required = [] }: Schema): HTMLElement {
  const rows = Object.entries(properties).map(([name, field]) => {
    const must = required.includes(name) ? '' : ' (may be left out)'
    return row(h('code', name), [...typeOf(field), must], field.description ?? '')
  })
  return rows.length ? table(['Field', 'Type', ''], rows) : h('p', 'No fields.')
}

export function row(name: Node | string, type: (Node | string)[], about: string): HTMLElement {
  return h('tr', h('td', name), h('td.type', ...type), h('td', ...prose(about)))
}

export function table(heads: string[], rows: HTMLElement[]): HTMLElement {
  const head = h('tr', ...heads.map(text => h(text ? 'th' : 'td', text)))
  const frame = h('div.table', h('table', h('thead', head), h('tbody', ...rows)))
  frame.tabIndex = 0
  frame.setAttribute('role', 'group')
  frame.setAttribute('aria-label', heads.filter(Boolean).join(', '))
  return frame
}
