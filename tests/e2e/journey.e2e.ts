/** The main job from the first start to a crash and back, on a phone in French and a desktop in English. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NOBODY_THERE, openApp, useBrowser } from './support/app.ts'
import type { App, Look, Session } from './support/app.ts'
import { Server } from './support/server.ts'
import { WORDS } from './support/words.ts'

const LOOKS: Look[] = [
  { device: 'phone', language: 'fr', theme: 'light' },
  { device: 'desktop', language: 'en', theme: 'dark' },
]
const PASSWORD = 'correct horse battery'
/** Long enough to be met while it is being written, in seconds: about 3, and about 30. */
const SHORT = '!sim long words=150'
const LONG = '!sim long words=2000'

useBrowser()

describe.each(LOOKS)('On a $device in $language, $theme', (look) => {
  const words = WORDS[look.language]
  let server: Server
  let session: Session

  beforeAll(async () => {
    server = await Server.start()
  })
  afterAll(() => server.dispose())
  // A claim that fails while the server is down leaves the others their own.
  beforeEach(() => server.ensure())

  const open = (): Promise<App> => openApp(server, look, session)

  it('the link of the terminal makes the administrator, and no other link does', async () => {
    const app = await openApp(server, look)
    app.tolerate(/setup.*403/)
    await app.page.goto('/setup#not-the-token')
    await app.field(words.yourName).fill('Alice')
    await app.field(words.password).fill('so few')
    await app.page.getByText(words.fourMore).waitFor()
    expect(await app.button(words.create).isDisabled()).toBe(true)

    await app.field(words.password).fill(PASSWORD)
    await app.field(words.samePassword).fill(PASSWORD.replace('horse', 'mouse'))
    await app.page.getByText(words.differ).waitFor()
    expect(await app.button(words.create).isDisabled()).toBe(true)

    await app.field(words.samePassword).fill(PASSWORD)
    await app.button(words.create).click()
    await app.page.getByRole('alert').filter({ hasText: words.wrongLink }).waitFor()

    // The same tab: only what stands behind the # is another.
    await app.page.goto(server.setUpLink)
    await app.field(words.yourName).fill('Alice')
    await app.field(words.password).fill(PASSWORD)
    await app.field(words.samePassword).fill(PASSWORD)
    await app.button(words.create).click()
    await app.page.getByRole('heading', { name: words.yourBudget }).waitFor()
    await app.field(words.perDay).waitFor()
    expect(await app.field(words.perDay).inputValue()).toMatch(/^2[.,]00$/)
    expect(await app.field(words.perMonth).inputValue()).toMatch(/^20[.,]00$/)
    await app.raiseLimits()
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
    session = await app.session()
  })

  it('a tapped question is answered before the eyes of who asked', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.button(words.rainbow).click()
    await app.streaming()
    expect(await app.button(words.stop).isVisible()).toBe(true)
    expect(await app.live.textContent()).toBe(words.answering)
    await app.answered()
    expect(await app.caret.count()).toBe(0)
    expect(await app.answer.innerText()).toContain(words.simulated)
    expect(await app.live.textContent()).toBe(words.answered)
    await app.button(words.send).waitFor()
    const { title, messages } = await app.stored()
    expect(title).toBe(words.rainbow)
    expect(messages.map(({ role, state }) => [role, state])).toEqual([
      ['user', 'complete'],
      ['assistant', 'complete'],
    ])
  })

  it('the code of an answer is copied as it is', async () => {
    const app = await open()
    await app.converse(`!sim fast ${words.pythonFunction}`)
    const code = app.answer.getByRole('figure')
    await app.button(words.copyCode, code).click()
    await app.page.getByText(words.codeCopied).waitFor()
    const copied = await app.page.evaluate(() => navigator.clipboard.readText())
    expect(copied.trim()).toBe((await code.locator('pre').innerText()).trim())
    expect(copied).toContain('def ')
  })

  it('a stopped answer stays as far as it came, and another one stands beside it', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.ask(LONG)
    await app.streaming()
    await app.button(words.stop).click()
    await app.answer.getByText(words.stopped).waitFor()
    const partial = await app.text()
    expect(partial.length).toBeGreaterThan(20)
    const { messages } = await app.stored()
    expect(messages.map(({ state }) => state)).toEqual(['complete', 'stopped'])

    await app.button(words.retry, app.answer).click()
    await app.streaming()
    await app.button(words.stop).click()
    await app.answer.getByText(words.stopped).waitFor()
    await app.answer.getByText('2/2').waitFor()
    await app.button(words.previousVersion, app.answer).click()
    await app.answer.getByText('1/2').waitFor()
    expect(await app.text()).toBe(partial)
    await app.button(words.nextVersion, app.answer).click()
    await app.answer.getByText('2/2').waitFor()
    expect(await app.answers.count()).toBe(1)
  })

  it('a conversation gets another name, goes, and comes back', async () => {
    const app = await open()
    await app.converse('!sim fast Bonjour')
    await app.chooseInMenu(words.rename)
    await app.field(words.name).fill('Autre nom')
    await app.button(words.rename, app.dialog).click()
    const heading = app.page.getByRole('heading', { level: 1, name: 'Autre nom' })
    await heading.waitFor()
    expect((await app.stored()).title).toBe('Autre nom')

    const address = app.page.url()
    await app.chooseInMenu(words.delete)
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
    const list = await app.list()
    const row = list.getByRole('link', { name: 'Autre nom' })
    expect(await row.count()).toBe(0)
    if (look.device === 'phone') await app.page.keyboard.press('Escape')
    await app.button(words.undo).click()
    await heading.waitFor()
    expect(app.page.url()).toBe(address)
    await app.answers.waitFor()
    await app.list()
    await row.waitFor()
  })

  it('another tab and another device show question and answer live, and the same end', async () => {
    const app = await open()
    const device = await openApp(server, look)
    await device.page.goto('/signin')
    await device.field(words.name).fill('Alice')
    await device.field(words.password).fill(PASSWORD)
    await device.button(words.signIn).click()
    await app.converse('!sim fast Bonjour')
    const tab = await app.tab()
    for (const other of [tab, device]) {
      await other.page.goto(app.page.url())
      await other.answers.waitFor()
    }

    await app.ask(SHORT)
    for (const other of [tab, device]) {
      await other.questions.filter({ hasText: SHORT }).waitFor()
      await other.streaming()
    }
    const texts = []
    for (const each of [app, tab, device]) {
      await each.answers.nth(1).getByRole('time').waitFor()
      texts.push(await each.text())
    }
    expect(new Set(texts).size).toBe(1)
  })

  it('who reads further up is left there, and finds the way to the end', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.ask(LONG)
    await app.page.waitForFunction(() => {
      const box = document.querySelector('.scroller')
      return box !== null && box.scrollHeight > 1.6 * box.clientHeight
    })
    const top = (): Promise<number> =>
      app.page.locator('.scroller').evaluate((box) => Math.round(box.scrollTop))
    expect(await top()).toBeGreaterThan(0)
    await app.page.locator('.scroller').hover()
    await app.page.mouse.wheel(0, -120)
    await app.button(words.toTheEnd).waitFor()
    const [place, length] = [await top(), (await app.text()).length]
    await app.page.waitForFunction(
      (wanted) => (document.querySelector('.answer')?.textContent.length ?? 0) > wanted,
      length + 400,
    )
    expect(await top()).toBe(place)

    await app.button(words.toTheEnd).click()
    await app.button(words.toTheEnd).waitFor({ state: 'detached' })
    await expect.poll(top).toBeGreaterThan(place)
    await app.caret.waitFor()
    await app.button(words.stop).click()
    await app.answered()
  })

  it('nothing is lost when the server dies in the middle of an answer', async () => {
    const app = await open()
    app.tolerate(NOBODY_THERE)
    await app.page.goto('/')
    await app.ask(LONG)
    await app.streaming(300)
    await server.kill()
    await app.page.getByRole('status').filter({ hasText: words.noConnection }).waitFor()
    await server.start()
    await app.answer.getByText(words.interrupted).waitFor()
    const partial = await app.text()
    expect(partial.length).toBeGreaterThan(100)
    await app.page.getByRole('status').filter({ hasText: words.noConnection }).waitFor({ state: 'detached' })

    await app.button(words.retry, app.answer).click()
    await app.streaming()
    await app.button(words.stop).click()
    await app.answer.getByText('2/2').waitFor()
    await app.answer.getByText(words.stopped).waitFor()
    const { messages } = await app.stored()
    expect(messages.map(({ state }) => state)).toEqual(['complete', 'interrupted', 'stopped'])
  })

  it('a question asked while the server is away goes once it is back, once', async () => {
    const app = await open()
    app.tolerate(NOBODY_THERE)
    await app.converse('!sim fast Bonjour')
    await server.kill()
    await app.ask('!sim fast Et ensuite')
    await app.questions.last().getByText(words.willBeSent).waitFor()
    await app.page.getByRole('status').filter({ hasText: words.noConnection }).waitFor()
    await server.start()
    await app.answers.nth(1).getByRole('time').waitFor()
    const { messages } = await app.stored()
    const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => content[0]?.text)
    expect(asked).toEqual(['!sim fast Bonjour', '!sim fast Et ensuite'])
    expect(messages).toHaveLength(4)
  })

  it('what was written and not sent is there after a reload', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.composer.fill('Pas encore fini')
    await app.page.reload()
    await expect.poll(() => app.composer.inputValue()).toBe('Pas encore fini')
    await app.composer.fill('')
  })

  it.each([
    ['is overloaded', '!sim 529', 'failed', /./],
    ['breaks off', '!sim cut after=5', 'failed', words.kept],
    ['is refused by Claude', '!sim refusal', 'complete', words.refused],
  ])('an answer that %s says so, with a button that asks again', async (_, question, state, says) => {
    const app = await open()
    await app.page.goto('/')
    await app.ask(question)
    await app.button(words.retry, app.answer).waitFor()
    await app.answer.getByText(says).first().waitFor()
    expect((await app.stored()).messages.at(-1)?.state).toBe(state)
    await app.button(words.retry, app.answer).click()
    await app.answer.getByText('2/2').waitFor()
  })

  it('an address without a conversation says so, and leads to a new one', async () => {
    const app = await open()
    app.tolerate(/conversations.*404/)
    await app.page.goto('/c/019a0000-0000-7000-8000-000000000000')
    await app.page.getByRole('heading', { name: words.missing }).waitFor()
    await app.button(words.newConversation, app.page.getByRole('main')).click()
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
  })

  it('language and theme change at once, and are those of the account', async () => {
    const app = await open()
    const root = app.page.locator('html')
    const other = WORDS[look.language === 'fr' ? 'en' : 'fr']
    await app.page.goto('/settings')
    const theme = app.page.getByRole('group', { name: words.theme })
    await theme.getByText(words.dark, { exact: true }).click()
    expect(await root.getAttribute('data-theme')).toBe('dark')
    await theme.getByText(words.device, { exact: true }).click()
    await expect.poll(() => root.getAttribute('data-theme')).toBe(null)

    const choices = { fr: 'Français', en: 'English' }
    const there = choices[look.language === 'fr' ? 'en' : 'fr']
    await app.page.getByRole('group', { name: words.language }).getByText(there).click()
    await app.page.getByRole('heading', { level: 1, name: other.settings }).waitFor()
    await app.page.reload()
    await app.page.getByRole('heading', { level: 1, name: other.settings }).waitFor()
    const back = app.page.getByRole('group', { name: other.language })
    await back.getByText(choices[look.language]).click()
    await app.page.getByRole('heading', { level: 1, name: words.settings }).waitFor()
  })

  it('a changed password keeps this browser and signs the others out', async () => {
    const app = await open()
    const device = await openApp(server, look)
    device.tolerate(/40[13]/)
    device.tolerate(NOBODY_THERE)
    await device.page.goto('/signin')
    await device.field(words.name).fill('Alice')
    await device.field(words.password).fill('not the password')
    await device.button(words.signIn).click()
    await device.page.getByRole('alert').filter({ hasText: words.wrongPassword }).waitFor()
    await device.field(words.password).fill(PASSWORD)
    await device.button(words.signIn).click()
    await device.page.getByRole('heading', { name: words.whatToKnow }).waitFor()

    await app.page.goto('/settings')
    await app.button(words.change).click()
    await app.field(words.currentPassword).fill(PASSWORD)
    await app.field(words.newPassword).fill(`${PASSWORD} staple`)
    await app.button(words.change, app.dialog).click()
    await app.page.getByText(words.passwordChanged).waitFor()
    await device.page.getByText(words.expired).waitFor()
    await app.page.reload()
    await app.page.getByRole('heading', { level: 1, name: words.settings }).waitFor()
    session = await app.session()
  })

  it('who signs out is at the door, and comes in again', async () => {
    const app = await open()
    // The socket may end before the page has its answer, and then asks why.
    app.tolerate(/auth\/me.*401/)
    await app.page.goto('/settings')
    await app.button(words.signOut).click()
    await app.page.getByRole('heading', { name: words.welcome }).waitFor()
    await app.page.goto('/settings')
    await app.page.getByRole('heading', { name: words.welcome }).waitFor()
    await app.field(words.name).fill('Alice')
    await app.field(words.password).fill(`${PASSWORD} staple`)
    await app.button(words.signIn).click()
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
  })
})
