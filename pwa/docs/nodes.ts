/** Nodes made by name, and the few marks of Markdown that the descriptions use. */

type Child = Node | string

/** An element `name`, or `name.class`, with its children. */
export function h(name: string, ...children: Child[]): HTMLElement {
  const [tag = 'div', className] = name.split('.')
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

export function link(address: string, text: string): HTMLAnchorElement {
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.textContent = text
  return anchor
}

/** Paragraphs, with `code` and **bold**. */
export function prose(text: string): HTMLElement[] {
  return text
    .split(/\n\s*\n/)
    .filter(paragraph => paragraph.trim())
    .map(paragraph => h('p', ...inline(paragraph)))
}

function inline(text: string): Child[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map(part => {
    if (part.startsWith('`')) return h('code', part.slice(1, -1))
    return part.startsWith('**') ? h('strong', part.slice(2, -2)) : part
  })
}
