/** The whole page: what the API is, its addresses by subject, its shapes by name. */
import { h, link, prose } from './nodes'
import type { Content, Description, Operation } from './openapi'
import { row, shape, table, typeOf } from './schemas'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export function page(description: Description): HTMLElement[] {
  const { info, components } = description
  const shapes = Object.entries(components?.schemas ?? {})
  return [
    h('h1', info.title, ' ', h('small', info.version)),
    ...prose(info.description ?? ''),
    h('p', 'The same as data: ', link('/api/docs/openapi.json', 'openapi.json')),
    ...bySubject(entries(description)).map(([subject, list]) =>
      h('section', h('h2', subject), ...list.map(operation)),
    ),
    h('section', h('h2', 'Shapes'), ...shapes.map(([name, schema]) => shape(name, schema))),
  ]
}

function entries({ paths }: Description): Entry[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
}

function bySubject(all: readonly Entry[]): [subject: string, entries: Entry[]][] {
  const subjects = new Map<string, Entry[]>()
  for (const entry of all) {
    const subject = entry.operation.tags?.[0] ?? 'other'
    subjects.set(subject, [...(subjects.get(subject) ?? []), entry])
  }
  return [...subjects]
}

function operation({ method, path, operation: op }: Entry): HTMLElement {
  const details = h(
    'details',
    h('summary', h('span.method', method.toUpperCase()), h('code', path), h('span.about', op.summary ?? '')),
    ...prose(op.description ?? ''),
    ...parameters(op),
    ...(op.requestBody ? [h('h3', 'Takes'), ...contents(op.requestBody.content)] : []),
    h('h3', 'Answers'),
    responses(op),
  )
  details.id = `${method}-${path}`
  return details
}

function parameters({ parameters: list = [] }: Operation): HTMLElement[] {
  if (list.length === 0) return []
  const rows = list.map(({ name, in: place, schema, description = '' }) =>
    row(h('code', name), [...typeOf(schema), ` in the ${place}`], description),
  )
  return [h('h3', 'Parameters'), table(['Name', 'Type', ''], rows)]
}

function contents(content: Content): HTMLElement[] {
  return Object.entries(content).map(([type, { schema }]) =>
    h('p.type', ...typeOf(schema), ' as ', h('code', type)),
  )
}

function responses({ responses: all = {} }: Operation): HTMLElement {
  const rows = Object.entries(all).map(([status, { description = '', content = {} }]) => {
    const shapes = Object.values(content).flatMap(({ schema }) => [...typeOf(schema), ' '])
    return row(h('code', status), shapes, description)
  })
  return table(['Status', 'Shape', ''], rows)
}
