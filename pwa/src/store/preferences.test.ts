// @vitest-environment jsdom
import { nextTick } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeServer } from './fake-server'
import { usePreferences } from './preferences'
import { useSession } from './session'

let server: FakeServer

beforeEach(() => {
  localStorage.clear()
  server = new FakeServer()
  server.newPage()
})

describe('preferences', () => {
  it('are those of the account as soon as somebody is signed in', async () => {
    server.user = { ...server.user, language: 'fr', theme: 'dark' }
    const preferences = usePreferences()
    await useSession().start()
    await nextTick()
    expect([preferences.language, preferences.theme]).toEqual(['fr', 'dark'])
  })

  it('are remembered on the device for the next start', async () => {
    usePreferences().answerFont = 'serif'
    usePreferences().theme = 'dark'
    await nextTick()
    server.newPage()
    expect([usePreferences().answerFont, usePreferences().theme]).toEqual(['serif', 'dark'])
  })

  it('are taken back when the server refuses them', async () => {
    await useSession().start()
    server.refuses = { status: 422, code: 'no' }
    const changing = usePreferences().change({ theme: 'dark' })
    expect(usePreferences().theme).toBe('dark')
    expect((await changing)?.code).toBe('no')
    expect(usePreferences().theme).toBe('system')
  })

  it('pass over what they cannot read', () => {
    for (const kept of ['{broken', 'null', '{"theme":"pink","answerFont":7}']) {
      localStorage.setItem('claude-rasp/preferences', kept)
      server.newPage()
      expect([usePreferences().theme, usePreferences().answerFont]).toEqual(['system', 'sans'])
    }
  })
})
