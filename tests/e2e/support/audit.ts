/** What every screen is held to, whatever it shows. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { App, Look } from './app.ts'
import { leftovers, looseSpaces } from './catalogue.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** A folder for what was seen; nothing is kept without. */
const SCREENSHOTS = process.env['CLAUDE_RASP_SCREENSHOTS']

/** The test fails if the screen as it is now breaks a rule; a picture of it is kept as `name`. */
export async function audit(app: App, name: string, theme: Look['theme']): Promise<void> {
  const { page, look } = app
  // Without motion a colour is there at once, not on its way.
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  await painted(page)
  await keepPicture(page, `${name}-${look.device}-${look.language}-${theme}`)
  expect.soft(await violations(page), `axe: ${name}`).toEqual([])
  expect.soft(await overflow(page), `sideways: ${name}`).toEqual([])
  const shown = await shownWords(page)
  expect.soft(leftovers(shown, look.language), `the other language: ${name}`).toEqual([])
  if (look.language === 'fr') expect.soft(looseSpaces(shown), `spaces: ${name}`).toEqual([])
}

/** What axe finds: the rule, and where. */
export async function violations(page: Page): Promise<string[]> {
  // By the debugger's protocol: the page's own policy rightly lets no script in.
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Runtime.evaluate', { expression: `if (!window.axe) { ${axe.source} }` })
  const expression = `axe.run({ runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  })
  await cdp.detach()
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description)
  return (result.value as AxeResults).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}

/** What is wider than its place: it would scroll sideways, or be cut off. */
export async function overflow(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    // Code and tables scroll in their frames; a line may end in an ellipsis; some is only spoken.
    const allowed = 'pre, .table, .scroll, input, textarea, .spoken'
    const isWide = (node: Element): boolean => {
      const { overflowX, textOverflow } = getComputedStyle(node)
      const bounded = overflowX !== 'visible' && textOverflow !== 'ellipsis'
      return bounded && node.scrollWidth > node.clientWidth + 1 && !node.matches(allowed)
    }
    const page = document.documentElement
    const wide = [...document.querySelectorAll('body *')].filter(isWide)
    if (page.scrollWidth > page.clientWidth) wide.push(page)
    return wide.map((node) => `${node.tagName} ${node.className}`)
  })
}

/** All words on the screen, and those that only a screen reader or a pointer finds. */
async function shownWords(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const words = [document.title]
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode
      // What people and Claude wrote is in their own language.
      if (!parentElement?.closest('.answer, .panel, .link, textarea')) words.push(textContent ?? '')
    }
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      for (const node of document.querySelectorAll(`[${name}]`)) words.push(node.getAttribute(name) ?? '')
    }
    // What people wrote is also in titles and names: ours always speak to the simulator.
    return words.map((text) => text.trim()).filter((text) => text !== '' && !text.includes('!sim'))
  })
}

/** Colours follow a change of theme with the next frame. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  )
}

export async function keepPicture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}
