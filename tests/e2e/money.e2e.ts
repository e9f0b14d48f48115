/** Money where people meet it: before a question, under an answer, at a limit, and at the red button. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApp, signIn, useBrowser } from './support/app.ts'
import type { App, Look, Session } from './support/app.ts'
import { audit } from './support/audit.ts'
import { Server } from './support/server.ts'
import { WORDS } from './support/words.ts'

const LOOKS: Look[] = [
  { device: 'phone', language: 'fr', theme: 'light' },
  { device: 'desktop', language: 'en', theme: 'dark' },
]
const PASSWORD = 'correct horse battery'
/** About half a minute of writing. */
const LONG = '!sim long words=2000'
const EURO = 1_000_000_000
/** The room that a usual answer is given. */
const USUAL_TOKENS = 4096
/** Too little for any answer. */
const NEXT_TO_NOTHING = 1_000

useBrowser()

describe.each(LOOKS)('On a $device in $language, $theme', (look) => {
  const words = WORDS[look.language]
  let server: Server
  let alice: Session
  let bob: Session

  beforeAll(async () => {
    server = await Server.start({}, [
      { username: 'Alice', password: PASSWORD, role: 'admin' },
      { username: 'Bob', password: PASSWORD, role: 'standard' },
    ])
    alice = await signIn(server, 'Alice', PASSWORD, look.language)
    bob = await signIn(server, 'Bob', PASSWORD, look.language)
  })
  afterAll(() => server.dispose())

  const open = (session: Session = alice): Promise<App> => openApp(server, look, session)
  const seen = (app: App, name: string): Promise<void> => audit(app, `money-${name}`, look.theme)

  it('a question says what it will cost, and the answer what it did', async () => {
    const app = await open()
    await app.page.goto('/')
    const cost = app.button(words.likelyCost)
    expect(await cost.count()).toBe(0)
    const place = await app.composer.boundingBox()
    await app.composer.fill('!sim fast Bonjour')
    await cost.waitFor()
    expect(await app.composer.boundingBox()).toEqual(place)
    expect(await cost.innerText()).toMatch(/≈\s.*\d.*€|≈\s.*€.*\d/)
    await cost.click()
    await app.page.getByText(words.atMost, { exact: true }).waitFor()
    await app.page.getByText(words.playMoney).waitFor()
    await seen(app, 'price')
    await app.page.keyboard.press('Escape')

    await app.button(words.send).click()
    await app.answered()
    expect(await app.answer.innerText()).toContain('€')
    await app.ask('!sim fast Et ensuite')
    await app.answers.nth(1).getByRole('time').waitFor()
    await app.page.getByText(words.conversationCost).waitFor()
    await seen(app, 'conversation')
  })

  it('the dashboard shows the limits as bars, and the spending drawn and as tables', async () => {
    const app = await open()
    await app.page.goto('/money')
    await app.page.getByRole('meter').first().waitFor()
    await app.page.locator('canvas').first().waitFor()
    await seen(app, 'dashboard')
    await app.button(words.table).first().click()
    await app.page.getByRole('table').first().waitFor()
    await seen(app, 'dashboard-table')
  })

  it('at a limit the question is kept, and whoever may raise it is led there', async () => {
    const app = await open()
    await app.converse('!sim fast Bonjour')
    await limit(app, NEXT_TO_NOTHING)
    await app.page.getByRole('status').filter({ hasText: words.limitReached }).waitFor()
    await app.ask('!sim fast Et ensuite')
    await app.answer.getByText(words.notAllowed).waitFor()
    expect(await app.questions.count()).toBe(2)
    await seen(app, 'limit')
    await app.button(words.seeBudget, app.answer).click()
    await app.page.getByRole('heading', { level: 1, name: words.money }).waitFor()
    await seen(app, 'dashboard-limit')

    await limit(app, 100 * EURO)
    await app.page.goBack()
    await app.button(words.retry, app.page.getByRole('main')).click()
    await app.answered()
    await app.page.getByRole('status').filter({ hasText: words.limitReached }).waitFor({ state: 'detached' })
  })

  it('a question that only other answers stand in the way of waits, visibly, and can be taken back', async () => {
    const app = await open()
    await app.page.goto('/')
    const { scopes } = await call<Status>(app, 'GET', '/monitor/status')
    const day = scopes.find(({ scope, period }) => scope === 'instance' && period === 'day')
    const tag = await call<Tag>(app, 'GET', '/monitor/price')
    // Room for the worst of one usual answer, not for that of two.
    const answer = Math.ceil((1.5 * USUAL_TOKENS * tag.output_nano_eur_per_million) / 1e6)
    await limit(app, (day?.spent_nano_eur ?? 0) + answer)
    await app.ask('!sim slow first=30')
    const other = await app.tab()
    await other.page.goto('/')
    await other.ask('!sim fast Bonjour')
    await other.answer.getByText(words.waitsForBudget).waitFor()
    await seen(other, 'waiting')
    await other.button(words.stopWaiting).click()
    await other.button(words.retry, other.page.getByRole('main')).waitFor()
    await app.button(words.stop).click()
    await limit(app, 100 * EURO)
  })

  it('who is at their allowance asks for more, and gets it with one tap', async () => {
    const parent = await open()
    await parent.page.goto('/')
    const { users } = await call<Members>(parent, 'GET', '/monitor/users')
    const child = users.find(({ username }) => username === 'Bob')
    await call(parent, 'PUT', `/admin/users/${child?.id ?? ''}/limits`, {
      weekly_nano_eur: NEXT_TO_NOTHING,
    })

    const app = await open(bob)
    await app.page.goto('/')
    await app.ask('!sim fast Bonjour')
    await app.answer.getByText(words.notAllowed).waitFor()
    await app.button(words.askForMore, app.answer).click()
    await app.dialog.waitFor()
    await app.field(words.forAWord).fill('!sim')
    await seen(app, 'ask')
    await app.button(words.sendRequest).click()
    await app.page.getByText(words.requestSent).waitFor()
    await app.answer.getByText(words.asked).waitFor()
    await seen(app, 'asked')

    // The administrator hears of it at once, wherever they are, and finds it again later.
    await parent.button(words.grant).waitFor()
    await seen(parent, 'to-grant')
    if (look.device === 'desktop') await parent.page.goto('/money')
    await parent.button(words.grant).click()
    await parent.page.getByText(words.granted).waitFor()

    await app.answer.getByText(words.asked).waitFor({ state: 'detached' })
    await app.button(words.retry, app.answer).click()
    await app.answered()
  })

  it('the red button cuts what is being written, and says so until it is lifted', async () => {
    const app = await open()
    await app.page.goto('/')
    await app.ask(LONG)
    await app.streaming(200)
    const office = await app.tab()
    await office.page.goto('/money')
    await office.button(words.stopEverything).click()
    await office.field(words.reason).fill('!sim')
    await office.button(words.stopEverything, office.dialog).click()

    await app.page.getByRole('status').filter({ hasText: words.callsStopped }).waitFor()
    await app.button(words.retry, app.answer).waitFor()
    expect((await app.text()).length).toBeGreaterThan(150)
    await seen(app, 'cut')
    await office.button(words.liftStop).waitFor()
    await seen(office, 'stopped')
    await app.button(words.retry, app.answer).click()
    await app.answer.getByText(words.callsStopped).waitFor()

    await office.button(words.liftStop).click()
    await office.field(words.reason).fill('!sim')
    await office.button(words.liftStop, office.dialog).click()
    await office.page.getByText(words.lifted).waitFor()
    await app.page.getByRole('status').filter({ hasText: words.callsStopped }).waitFor({ state: 'detached' })
    await app.button(words.retry, app.answer).click()
    await app.streaming()
    await app.button(words.stop).click()
    await app.answered()
  })

  it('one chooses one’s alerts, one’s address and lower limits of one’s own', async () => {
    const app = await open(bob)
    await app.page.goto('/settings')
    await app.field(words.email).fill('nobody')
    await app.button(words.save).last().click()
    await app.page.getByText(words.emailWrong).waitFor()
    await app.field(words.email).fill('bob@example.com')
    await app.button(words.save).last().click()
    await app.page.getByText(words.addressSaved).waitFor()

    const at70 = app.page.getByRole('switch', { name: words.alertAt70 })
    expect(await at70.isChecked()).toBe(true)
    await at70.locator('..').click()
    await expect.poll(() => at70.isChecked()).toBe(false)
    await app.page.getByText(words.noMailServer).waitFor()
    expect(await app.page.getByRole('switch', { name: words.alertsByMail }).isDisabled()).toBe(true)

    await app.field(words.perDay).fill('0,50')
    await app.button(words.save).first().click()
    await app.page.getByText(words.limitsSaved).waitFor()
    await app.field(words.perDay).scrollIntoViewIfNeeded()
    await seen(app, 'settings')
    await app.page.reload()
    await expect.poll(() => app.field(words.perDay).inputValue()).toMatch(/^0[.,]50$/)
    expect(await app.field(words.email).inputValue()).toBe('bob@example.com')
    await app.button(words.remove).click()
    await app.page.getByText(words.addressRemoved).waitFor()
  })
})

interface Status {
  scopes: { scope: string; period: string; spent_nano_eur: number }[]
}

interface Tag {
  output_nano_eur_per_million: number
}

interface Members {
  users: { id: string; username: string }[]
}

/** The instance's daily limit, set as a script in the administrator's browser would. */
async function limit(app: App, daily: number): Promise<void> {
  await call(app, 'PUT', '/monitor/limits', {
    daily_nano_eur: daily,
    monthly_nano_eur: 100 * EURO,
    kill_switch: true,
  })
}

async function call<T>(app: App, method: string, path: string, data?: unknown): Promise<T> {
  const request = app.page.context().request
  const me = (await (await request.get('/api/v1/auth/me')).json()) as { csrf: string }
  const answer = await request.fetch(`/api/v1${path}`, {
    method,
    headers: { Origin: new URL(app.page.url()).origin, 'X-CSRF-Token': me.csrf },
    ...(data !== undefined && { data }),
  })
  expect(answer.ok(), `${method} ${path}: ${String(answer.status())}`).toBe(true)
  return (await answer.json()) as T
}
