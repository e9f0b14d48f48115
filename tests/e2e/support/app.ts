/** The app as somebody has it before them: in a browser of their own, in their language. */
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { Server } from './server.ts'
import { WORDS } from './words.ts'
import type { Language } from './words.ts'

export interface Look {
  device: 'phone' | 'desktop'
  language: Language
  theme: 'light' | 'dark'
}

const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1440, height: 900 } },
}
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** Milliseconds anything on the screen may take to come. */
const PATIENCE = 15_000

/** A socket or request that meets no server. */
export const NOBODY_THERE = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|WebSocket connection to/

let browser: Browser

/** Call once in a test file: the browser of its tests. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET })
  })
  afterAll(() => browser.close())
}

/** A new browser profile; with `session` it is signed in. Closed when the test ends. */
export async function openApp(server: Server, look: Look, session?: Session): Promise<App> {
  const context = await browser.newContext({
    ...SCREENS[look.device],
    baseURL: server.url,
    colorScheme: look.theme,
    locale: look.language === 'fr' ? 'fr-FR' : 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...(session && { storageState: session }),
  })
  context.setDefaultTimeout(PATIENCE)
  return await App.within(context, look)
}

/** The session of somebody who has an account, made without a page; in `language` from now on. */
export async function signIn(
  server: Server,
  username: string,
  password: string,
  language?: Language,
): Promise<Session> {
  const context = await browser.newContext({ baseURL: server.url })
  const answer = await context.request.post('/api/v1/auth/login', {
    data: { username, password },
    headers: { Origin: server.url },
  })
  expect(answer.status()).toBe(200)
  if (language) {
    const { csrf } = (await answer.json()) as { csrf: string }
    const headers = { Origin: server.url, 'X-CSRF-Token': csrf }
    await context.request.patch('/api/v1/auth/me', { data: { language }, headers })
  }
  const session = await context.storageState()
  await context.close()
  return session
}

export type Session = Awaited<ReturnType<BrowserContext['storageState']>>

export class App {
  readonly page: Page
  readonly look: Look
  readonly words: (typeof WORDS)[Language]
  readonly #tolerated: RegExp[] = []

  private constructor(page: Page, look: Look) {
    this.page = page
    this.look = look
    this.words = WORDS[look.language]
  }

  /** A new tab of `context`. A test fails if the console of one of its tabs complains. */
  static async within(context: BrowserContext, look: Look): Promise<App> {
    const app = new App(await context.newPage(), look)
    const complaints: string[] = []
    app.page.on('pageerror', (error) => complaints.push(String(error)))
    app.page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return
      const said = `${message.text()} (${message.location().url})`
      complaints.push(said.replace(/^Failed to load resource: (.*) \((.*)\)$/, '$2 $1'))
    })
    onTestFinished(async () => {
      await context.close()
      const unexpected = complaints.filter((said) => !app.#tolerated.some((each) => each.test(said)))
      expect(unexpected, 'the console').toEqual([])
    })
    return app
  }

  /** Another tab of the same browser. */
  async tab(): Promise<App> {
    return await App.within(this.page.context(), this.look)
  }

  /** A complaint that the test means to cause. */
  tolerate(complaint: RegExp): void {
    this.#tolerated.push(complaint)
  }

  async session(): Promise<Session> {
    return await this.page.context().storageState()
  }

  // What is on the screen.

  button(name: string | RegExp, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name, exact: true })
  }

  field(name: string): Locator {
    return this.page.getByLabel(name, { exact: true })
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: this.words.yourQuestion })
  }

  get caret(): Locator {
    return this.page.locator('.caret')
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  /** What is said aloud and passes by. */
  get live(): Locator {
    return this.page.locator('[aria-live=polite]')
  }

  get answers(): Locator {
    const claude = this.page.getByRole('heading', { name: this.words.claude, exact: true })
    return this.page.getByRole('article').filter({ has: claude })
  }

  get questions(): Locator {
    const you = this.page.getByRole('heading', { name: this.words.you, exact: true })
    return this.page.getByRole('article').filter({ has: you })
  }

  get answer(): Locator {
    return this.answers.last()
  }

  // What a person does.

  async ask(question: string): Promise<void> {
    await this.composer.fill(question)
    await this.button(this.words.send).click()
    await this.questions.filter({ hasText: question }).waitFor()
  }

  /** In the last step of the set-up: so much that no claim about something else meets a limit. */
  async raiseLimits(): Promise<void> {
    await this.field(this.words.perDay).fill('1000')
    await this.field(this.words.perMonth).fill('1000')
    await this.button(this.words.goOn).click()
  }

  /** Waits until the last answer has its quiet line. */
  async answered(): Promise<void> {
    await this.answer.getByRole('time').waitFor()
  }

  /** Waits for a caret behind at least `letters` of an answer. */
  async streaming(letters = 20): Promise<void> {
    await this.caret.waitFor()
    await this.page.waitForFunction(
      (wanted) => (document.querySelector('.answer:has(.caret)')?.textContent.length ?? 0) >= wanted,
      letters,
    )
  }

  /** The text of the last answer as it is on the screen. */
  async text(): Promise<string> {
    return await this.answer.locator('.answer').innerText()
  }

  /** A new conversation that holds one question and its answer. */
  async converse(question: string): Promise<void> {
    await this.page.goto('/')
    await this.ask(question)
    await this.answered()
  }

  /** The open conversation, as the server has it. */
  async stored(): Promise<Stored> {
    const id = new URL(this.page.url()).pathname.replace('/c/', '')
    const answer = await this.page.request.get(`/api/v1/conversations/${id}`)
    return (await answer.json()) as Stored
  }

  async openMenu(): Promise<void> {
    await this.button(this.words.actions, this.page.getByRole('banner')).click()
    await this.page.getByRole('menu').waitFor()
  }

  async chooseInMenu(name: string): Promise<void> {
    await this.openMenu()
    await this.page.getByRole('menuitem', { name, exact: true }).click()
  }

  /** The list of conversations: beside the page on a desktop, in a sheet on a phone. */
  async list(): Promise<Locator> {
    if (this.look.device === 'phone') await this.button(this.words.showList).click()
    return this.page.getByRole('navigation', { name: this.words.conversations })
  }
}

interface Stored {
  title: string | null
  messages: { id: string; role: 'user' | 'assistant'; state: string; content: { text?: string }[] }[]
}
