/** The real server as a process of its own, with an empty data folder and the embedded simulator. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const OWN_PYTHON = join(ROOT, '.venv/bin/python')
const PYTHON = existsSync(OWN_PYTHON) ? OWN_PYTHON : (process.env['PYTHON'] ?? 'python3')

/** Milliseconds. */
const START = 30_000
const STOP = 20_000

/** The last line of the greeting, and what the lines before it tell. */
const GREETED = /the built-in simulator answers|le simulateur intégré répond/
const ADDRESS = /(http:\S+)/
const SET_UP = /(http:\S+\/setup#\S+)/

/** Somebody with an account, by the names of the tests of the server. */
export interface Person {
  username: string
  password: string
  role: 'admin' | 'standard'
}

const FURNISH = `
import asyncio, json, sys
from pathlib import Path
from tests.people import Person, furnish
asyncio.run(furnish(Path(sys.argv[1]), *(Person(**one) for one in json.loads(sys.argv[2]))))
`

export class Server {
  /** Where it answers. The port stays the same when it is started again. */
  url = ''
  #said = ''
  #process: ChildProcess | null = null
  readonly #folder: string
  readonly #settings: Readonly<Record<string, string>>

  private constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.#settings = settings
  }

  /**
   * Starts one that nobody has used. `settings` are environment variables; `people` have their
   * accounts when it begins, the administrator among them.
   */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    people: readonly Person[] = [],
  ): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'claude-rasp-e2e-')), settings)
    try {
      if (people.length > 0) await server.#furnish(people)
      await server.start()
    } catch (error) {
      await server.dispose()
      throw error
    }
    return server
  }

  /** The one-time link the terminal shows while there is nobody yet. */
  get setUpLink(): string {
    const link = SET_UP.exec(this.#said)?.[1]
    if (link === undefined) throw new Error(`no set-up link in:\n${this.#said}`)
    return link
  }

  /** Starts it (again), and waits until it is ready. */
  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    this.#said = ''
    this.#process = spawn(PYTHON, ['-m', 'server', 'serve'], {
      cwd: this.#folder,
      env: {
        PATH: process.env['PATH'],
        HOME: this.#folder,
        PYTHONPATH: ROOT,
        PYTHONUNBUFFERED: '1',
        CLAUDE_RASP_DATA: join(this.#folder, 'data'),
        CLAUDE_RASP_PORT: port,
        CLAUDE_RASP_RATE_PER_MINUTE: '0',
        CLAUDE_RASP_SERVER_LANGUAGE: 'en',
        ...this.#settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    await this.#greeting(this.#process)
    this.url = ADDRESS.exec(this.#said)?.[1] ?? ''
  }

  /** Lets people move into the data folder, as the tests of the server do. */
  async #furnish(people: readonly Person[]): Promise<void> {
    const python = spawn(PYTHON, ['-c', FURNISH, join(this.#folder, 'data'), JSON.stringify(people)], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], HOME: this.#folder, PYTHONPATH: ROOT },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = (await once(python, 'exit', { signal: AbortSignal.timeout(START) })) as [number]
    if (code !== 0) throw new Error('nobody could move in')
  }

  /** Starts it if it does not run. */
  async ensure(): Promise<void> {
    if (this.#process === null) await this.start()
  }

  async #greeting({ stdout, stderr }: ChildProcess): Promise<void> {
    if (!stdout || !stderr) throw new Error('the server has no output')
    stderr.on('data', (data: Buffer) => (this.#said += data.toString()))
    const lines = createInterface({ input: stdout, signal: AbortSignal.timeout(START) })
    for await (const line of lines) {
      this.#said += `${line}\n`
      if (GREETED.test(line)) break
    }
    stdout.resume()
    if (!GREETED.test(this.#said)) throw new Error(`the server did not start:\n${this.#said}`)
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it for good and leaves nothing behind. */
  async dispose(): Promise<void> {
    await this.#end('SIGTERM')
    await rm(this.#folder, { recursive: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    this.#process = null
    if (running === null || running.exitCode !== null) return
    const ended = once(running, 'exit', { signal: AbortSignal.timeout(STOP) })
    running.kill(signal)
    await ended
  }
}
