/** For everybody: by keyboard alone, by ear, on the smallest screen, with the largest letters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApp, signIn, useBrowser } from './support/app.ts'
import type { App, Look, Session } from './support/app.ts'
import { keepPicture, overflow, violations } from './support/audit.ts'
import { Server } from './support/server.ts'
import { WORDS } from './support/words.ts'

const PASSWORD = 'correct horse battery'
const DESKTOP: Look = { device: 'desktop', language: 'fr', theme: 'light' }
const PHONE: Look = { device: 'phone', language: 'fr', theme: 'light' }
const QUESTION = '!sim fast !sim thinking Compare le train et l’avion, puis écris une fonction Python.'
/** More keys than any page has places to stop at. */
const ENOUGH = 60

const words = WORDS.fr
let server: Server
let session: Session

useBrowser()

beforeAll(async () => {
  server = await Server.start({
    CLAUDE_RASP_ADMIN_USER: 'Alice',
    CLAUDE_RASP_ADMIN_PASSWORD: PASSWORD,
    CLAUDE_RASP_SERVER_LANGUAGE: 'fr',
  })
  session = await signIn(server, 'Alice', PASSWORD)
})
afterAll(() => server.dispose())

describe('By keyboard alone', () => {
  it('one comes in, asks, opens the list, and gives another name, always seeing where one is', async () => {
    const app = await openApp(server, DESKTOP)
    const { page } = app
    const { keyboard } = page
    await page.goto('/signin')
    await app.field(words.name).waitFor()
    await keyboard.type('Alice')
    await goTo(app, words.password)
    await keyboard.type(PASSWORD)
    await keyboard.press('Enter')
    await app.composer.waitFor()
    await expect.poll(() => focused(app)).toBe(words.yourQuestion)
    await keyboard.type('!sim fast Bonjour')
    await keyboard.press('Enter')
    await app.answered()
    await expect.poll(() => focused(app)).toBe(words.yourQuestion)

    await goTo(app, words.foldList, 'Shift+Tab')
    await keyboard.press('Enter')
    await goTo(app, words.showList)
    await keyboard.press('Enter')
    await goTo(app, words.actions)
    await keyboard.press('Enter')
    await expect.poll(() => focused(app)).toBe(words.rename)
    await keyboard.press('ArrowDown')
    expect(await focused(app)).toBe(words.delete)
    await keyboard.press('ArrowUp')
    await keyboard.press('Enter')
    await expect.poll(() => focused(app)).toBe(words.name)
    await keyboard.type('Au clavier')
    await keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Au clavier' }).waitFor()
  })

  it('the list of a phone opens, takes the focus, and gives it back', async () => {
    const app = await openApp(server, PHONE, session)
    await app.page.goto('/')
    await app.composer.waitFor()
    await goTo(app, words.showList)
    await app.page.keyboard.press('Enter')
    await app.dialog.waitFor()
    await goTo(app, words.settings)
    await app.page.keyboard.press('Escape')
    await expect.poll(() => focused(app)).toBe(words.showList)
  })

  it('the first stop leads past the list to the content', async () => {
    const app = await openApp(server, DESKTOP, session)
    await app.page.goto('/settings')
    await app.page.getByRole('heading', { level: 1, name: words.settings }).waitFor()
    await app.page.locator('body').evaluate(() => (document.activeElement as HTMLElement).blur())
    await goTo(app, words.skip)
    await app.page.keyboard.press('Enter')
    await app.page.keyboard.press('Tab')
    expect(await app.page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
  })

  it.each(['/', '/settings', 'a conversation'])('nothing holds the focus on %s', async (place) => {
    const app = await openApp(server, DESKTOP, session)
    if (place === 'a conversation') await app.converse(QUESTION)
    else await app.page.goto(place, { waitUntil: 'networkidle' })
    await expect.poll(() => rounds(app)).toBe(true)
  })
})

describe('By ear', () => {
  it('a conversation has its places, its outline and its names', async () => {
    const app = await openApp(server, DESKTOP, session)
    await app.converse(QUESTION)
    const { page } = app
    for (const role of ['banner', 'main', 'navigation'] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1)
    }
    const levels = await page
      .getByRole('heading')
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect(await app.questions.count()).toBe(1)
    expect(await app.answers.count()).toBe(1)
    expect(await app.live.textContent()).toBe(words.answered)
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    expect(await page.title()).toMatch(/^!sim fast.* · claude-rasp$/)
  })

  it('a failed answer is announced', async () => {
    const app = await openApp(server, DESKTOP, session)
    await app.page.goto('/')
    await app.ask('!sim 529')
    await expect.poll(() => app.live.textContent()).toBe(words.answerFailed)
  })
})

describe.each([
  ['320 pixels wide', { width: 320, height: 640 }, 1],
  ['letters twice as large', { width: 390, height: 844 }, 2],
  ['letters twice as large on a desktop', { width: 1440, height: 900 }, 2],
])('With %s', (name, viewport, zoom) => {
  async function open(): Promise<App> {
    const app = await openApp(server, PHONE, session)
    await app.page.setViewportSize(viewport)
    await app.page.emulateMedia({ reducedMotion: 'reduce' })
    // As the setting of the browser does: every length of ours follows the root's.
    await app.page.addInitScript((factor) => {
      document.addEventListener('DOMContentLoaded', () => {
        document.documentElement.style.fontSize = `${String(16 * factor)}px`
      })
    }, zoom)
    return app
  }

  async function fits({ page }: App, screen: string): Promise<void> {
    await keepPicture(page, `${name} ${screen}`)
    expect(await overflow(page)).toEqual([])
  }

  it('everything fits, and the main job can be done', async () => {
    const app = await open()
    await app.page.goto('/')
    const heading = app.page.getByRole('heading', { name: words.whatToKnow })
    await heading.waitFor()
    expect(await inSight(heading)).toBe(true)
    await fits(app, 'empty')
    await app.ask(QUESTION)
    await app.answered()
    await fits(app, 'answer')
    expect(await violations(app.page)).toEqual([])
    await app.composer.scrollIntoViewIfNeeded()
    for (const needed of [app.composer, app.button(words.send), app.page.getByRole('banner')]) {
      expect(await inSight(needed)).toBe(true)
    }
    await app.chooseInMenu(words.rename)
    await app.dialog.waitFor()
    await fits(app, 'rename')
    await app.page.keyboard.press('Escape')
    await app.page.goto('/settings')
    await app.page.getByRole('heading', { level: 1, name: words.settings }).waitFor()
    await fits(app, 'settings')
    await app.button(words.signOut).scrollIntoViewIfNeeded()
    expect(await inSight(app.button(words.signOut))).toBe(true)
  })
})

/** The name of what holds the focus. */
async function focused({ page }: App): Promise<string> {
  return await page.evaluate(() => {
    const node = document.activeElement
    const label = node instanceof HTMLInputElement ? node.labels?.[0]?.textContent : null
    return (label ?? node?.getAttribute('aria-label') ?? node?.textContent ?? '').trim()
  })
}

/** Goes on until the focus is on `name`, and can be seen there and on the way. */
async function goTo(app: App, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < ENOUGH; pressed += 1) {
    await app.page.keyboard.press(key)
    expect(await visible(app), `the focus on "${await focused(app)}" is seen`).toBe(true)
    const now = await focused(app)
    if (typeof name === 'string' ? now.startsWith(name) : name.test(now)) return
  }
  throw new Error(`the keyboard does not reach ${String(name)}`)
}

/** A ring around what holds the focus, or around the box it stands in. */
async function visible({ page }: App): Promise<boolean> {
  return await page.evaluate(() => {
    const node = document.activeElement
    if (node === null || node === document.body) return true
    const shown = [node, node.nextElementSibling, node.closest('.box')].filter((each) => each !== null)
    return shown.some((each) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none'
    })
  })
}

/** Does Tab come back to where it began, with every stop on the way another one? */
async function rounds({ page }: App): Promise<boolean> {
  const stops: number[] = []
  for (let pressed = 0; pressed < ENOUGH; pressed += 1) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() =>
      [...document.querySelectorAll('*')].indexOf(document.activeElement ?? document.body),
    )
    if (stop === stops[0]) return stops.length > 3
    if (stops.includes(stop)) return false
    stops.push(stop)
  }
  return false
}

async function inSight(needed: ReturnType<App['button']>): Promise<boolean> {
  return await needed.evaluate((node) => {
    const { top, left, bottom, right } = node.getBoundingClientRect()
    return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1
  })
}
