/** What the first visit to a conversation costs. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openApp, signIn, useBrowser } from './support/app.ts'
import type { App, Look } from './support/app.ts'
import { Server } from './support/server.ts'

const LOOK: Look = { device: 'phone', language: 'en', theme: 'light' }
const PASSWORD = 'correct horse battery'
const KB = 1000
const AT_MOST_KB = 100
const AT_MOST_REQUESTS = 10
/** The colours of code, which come after the words. */
const LATER = /\/languages-/

let server: Server

useBrowser()

beforeAll(async () => {
  server = await Server.start({
    CLAUDE_RASP_ADMIN_USER: 'Alice',
    CLAUDE_RASP_ADMIN_PASSWORD: PASSWORD,
  })
})
afterAll(() => server.dispose())

it('a conversation with a table and code comes in 100 KB and 10 requests', async () => {
  const session = await signIn(server, 'Alice', PASSWORD)
  const app = await openApp(server, LOOK, session)
  await app.converse('!sim fast Compare the train and the plane, then write a Python function.')
  const address = app.page.url()

  const visitor = await openApp(server, LOOK, session)
  const loaded = await measured(visitor, async () => {
    await visitor.page.goto(address)
    await visitor.answer.getByRole('table').waitFor()
    await visitor.answer.locator('.highlighted').waitFor()
  })
  const first = loaded.filter(({ url }) => !LATER.test(url))
  const later = loaded.filter(({ url }) => LATER.test(url))
  const size = sum(first) / KB
  const told = `${String(first.length)} requests, ${size.toFixed(1)} KB`
  console.log(`first load: ${told}; then the colours of code: ${(sum(later) / KB).toFixed(1)} KB`)
  expect(later).toHaveLength(1)
  expect(first.length, JSON.stringify(first, null, 1)).toBeLessThanOrEqual(AT_MOST_REQUESTS)
  expect(size, JSON.stringify(first, null, 1)).toBeLessThanOrEqual(AT_MOST_KB)
})

interface Loaded {
  url: string
  /** The body as it went over the line, compressed. */
  bytes: number
}

/** Every request of the page while `visit` runs, the socket's among them. */
async function measured({ page }: App, visit: () => Promise<void>): Promise<Loaded[]> {
  const cdp = await page.context().newCDPSession(page)
  const loaded = new Map<string, Loaded>()
  await cdp.send('Network.enable')
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => {
    loaded.set(requestId, { url: request.url, bytes: 0 })
  })
  cdp.on('Network.webSocketCreated', ({ requestId, url }) => {
    loaded.set(requestId, { url, bytes: 0 })
  })
  cdp.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    const found = loaded.get(requestId)
    if (found) found.bytes += encodedDataLength
  })
  await visit()
  return [...loaded.values()]
}

function sum(loaded: readonly Loaded[]): number {
  return loaded.reduce((total, { bytes }) => total + bytes, 0)
}
