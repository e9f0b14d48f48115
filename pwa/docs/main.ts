/** The page of the API's documentation, drawn from the server's own description of itself. */
import './docs.css'
import type { Description } from './openapi'
import { page } from './page'

const ADDRESS = '/api/docs/openapi.json'
const TIMEOUT_MS = 20_000

async function read(): Promise<Description> {
  const response = await fetch(ADDRESS, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${ADDRESS} answered ${String(response.status)}`)
  return (await response.json()) as Description
}

async function show(main: HTMLElement): Promise<void> {
  try {
    main.replaceChildren(...page(await read()))
    // The part that the address names exists only now.
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
  } catch (error) {
    main.textContent = `The description of the API could not be read: ${String(error)}`
  } finally {
    main.removeAttribute('aria-busy')
  }
}

const main = document.getElementById('page')
if (main) void show(main)
