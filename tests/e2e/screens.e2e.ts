/** Every screen and state, on a phone and a desktop, in both languages, light and dark. */
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest'
import { NOBODY_THERE, openApp, useBrowser } from './support/app.ts'
import type { App, Look, Session } from './support/app.ts'
import { audit } from './support/audit.ts'
import { Server } from './support/server.ts'
import { WORDS } from './support/words.ts'

const LOOKS: Look[] = [
  { device: 'phone', language: 'fr', theme: 'light' },
  { device: 'phone', language: 'en', theme: 'light' },
  { device: 'desktop', language: 'fr', theme: 'light' },
  { device: 'desktop', language: 'en', theme: 'light' },
]
const QUESTIONS = {
  fr: 'Compare le train et l’avion, puis écris une fonction Python qui trie des dates.',
  en: 'Compare the train and the plane, then write a Python function that sorts dates.',
}
const PASSWORD = 'correct horse battery'

useBrowser()

describe.each(LOOKS)('On a $device in $language', (look) => {
  const words = WORDS[look.language]
  const question = QUESTIONS[look.language]
  let server: Server
  let session: Session

  beforeAll(async () => {
    server = await Server.start()
  })
  afterAll(() => server.dispose())

  const open = (): Promise<App> => openApp(server, look, session)

  /** One screen, as it stands, in both themes. */
  async function audited(app: App, name: string): Promise<void> {
    await audit(app, name, 'light')
    await audit(app, name, 'dark')
  }

  it('the set-up', async () => {
    const app = await openApp(server, look)
    app.tolerate(/setup.*403/)
    await app.page.goto('/setup')
    await app.page.getByText('/setup#').waitFor()
    await audited(app, 'setup-without-link')

    await app.page.goto('/setup#not-the-token')
    await app.field(words.yourName).fill('Alice')
    await audited(app, 'setup')
    await app.field(words.password).fill(PASSWORD)
    await app.field(words.samePassword).fill(PASSWORD)
    await app.button(words.create).click()
    await app.page.getByRole('alert').waitFor()
    await app.field(words.samePassword).fill('something else altogether')
    await audited(app, 'setup-wrong')

    await app.page.goto(server.setUpLink)
    await app.field(words.samePassword).fill(PASSWORD)
    await app.button(words.create).click()
    await app.field(words.perDay).waitFor()
    await audited(app, 'setup-limits')
    await app.raiseLimits()
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
    session = await app.session()
  })

  it('the door', async () => {
    const app = await openApp(server, look)
    app.tolerate(/login.*401/)
    app.tolerate(/ERR_FAILED/)
    await app.page.goto('/')
    await app.page.getByRole('heading', { name: words.welcome }).waitFor()
    await audited(app, 'signin')
    await app.field(words.name).fill('Alice')
    await app.field(words.password).fill('not the password')
    await app.button(words.signIn).click()
    await app.page.getByRole('alert').filter({ hasText: words.wrongPassword }).waitFor()
    await audited(app, 'signin-wrong')

    await app.page.route('**/api/**', (route) => route.abort())
    await app.page.reload()
    await app.page.getByRole('heading', { name: words.unreachable }).waitFor()
    await audited(app, 'unreachable')
  })

  it('a conversation from its beginning', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.page.getByRole('heading', { name: words.whatToKnow }).waitFor()
    await audited(app, 'empty')
    await app.ask('!sim long words=1500 !sim pace=3')
    await app.streaming(200)
    await audited(app, 'streaming')
    await app.button(words.stop).click()
    await app.answer.getByText(words.stopped).waitFor()
    await audited(app, 'stopped')

    await app.ask(`!sim thinking !sim fast ${question}`)
    await app.answers.nth(1).getByRole('time').waitFor()
    await app.answer.locator('.highlighted').first().waitFor()
    await audited(app, 'answer')
    await app.page.locator('.scroller').evaluate((box) => {
      box.scrollTop = 0
    })
    await app.page.getByText(words.thoughts).click()
    await app.button(words.toTheEnd).waitFor()
    await audited(app, 'answer-above')
    await app.button(words.editQuestion, app.questions.last()).click()
    await audited(app, 'rewriting')
  })

  it('answers that failed', async () => {
    const app = await open()
    for (const [name, asked] of [
      ['overloaded', '!sim 529'],
      ['cut', '!sim cut after=25'],
      ['refusal', '!sim refusal'],
      ['tool', '!sim tool get_weather'],
    ] as const) {
      await app.page.goto('/')
      await app.ask(asked)
      await app.button(words.retry, app.answer).waitFor()
      if (name === 'tool') await app.page.locator('summary').click()
      await audited(app, name)
    }
    await app.button(words.retry, app.answer).click()
    await app.answer.getByText('2/2').waitFor()
    await app.answered()
    await audited(app, 'branches')
  })

  it('what opens above a page', async () => {
    const app = await open()
    await app.converse(`!sim fast ${question}`)
    await app.openMenu()
    await audited(app, 'menu')
    await app.page.getByRole('menuitem', { name: words.rename }).click()
    await app.dialog.waitFor()
    await audited(app, 'rename')
    await app.page.keyboard.press('Escape')

    const list = await app.list()
    await list.getByRole('link', { name: question.slice(0, 20) }).first().waitFor()
    await audited(app, 'list')
    if (look.device === 'phone') await app.page.keyboard.press('Escape')
    await app.chooseInMenu(words.delete)
    // Messages stay while somebody points at them.
    await app.page.getByText(words.deleted).hover()
    await audited(app, 'deleted')
    if (look.device === 'desktop') await app.button(words.foldList).click()
    await audited(app, 'list-folded')
  })

  it('without the server', async () => {
    const app = await open()
    app.tolerate(NOBODY_THERE)
    await app.converse('!sim fast Bonjour')
    await server.kill()
    await app.ask(question)
    await app.page.getByRole('status').filter({ hasText: words.noConnection }).waitFor()
    await audited(app, 'away')
    await server.start()
    await app.answers.nth(1).waitFor()
    await app.button(words.stop).click()
    await app.answered()
  })

  it('the settings and addresses that lead nowhere', async () => {
    const app = await open()
    app.tolerate(/(conversations|nowhere).*404/)
    await app.page.goto('/settings')
    await app.button(words.signOut).waitFor()
    await app.page.getByRole('status').first().waitFor()
    await audited(app, 'settings')
    await app.button(words.change).click()
    await app.dialog.waitFor()
    await audited(app, 'password')
    await app.page.keyboard.press('Escape')
    await app.page.locator('main .page').evaluate((box) => {
      box.scrollTop = box.scrollHeight
    })
    await audited(app, 'settings-below')

    await app.page.goto('/nowhere/at/all')
    await app.page.getByRole('heading', { name: words.nothingHere }).waitFor()
    await audited(app, 'nowhere')
    await app.page.goto('/c/019a0000-0000-7000-8000-000000000000')
    await app.page.getByRole('heading', { name: words.missing }).waitFor()
    await audited(app, 'no-conversation')
  })
})

describe.each(['phone', 'desktop'] as const)('On a %s', (device) => {
  it('the description of the API', async () => {
    const server = await Server.start()
    onTestFinished(() => server.dispose())
    const app = await openApp(server, { device, language: 'en', theme: 'light' })
    await app.page.goto('/api/docs')
    await app.page.getByRole('heading', { name: 'Shapes' }).waitFor()
    await app.page.locator('summary').first().click()
    await audit(app, 'api', 'light')
    await audit(app, 'api', 'dark')
  })
})
