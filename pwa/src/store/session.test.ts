import { expect, it } from 'vitest'
import { FakeServer } from './fake-server'
import { useSession } from './session'

it('asks who is here only where the browser has a session', async () => {
  const server = new FakeServer()
  server.marked = false
  server.newPage()
  await useSession().start()
  expect(useSession().phase).toBe('signed-out')
  expect(server.asked).toEqual(['GET /instance'])
  server.marked = true
  server.newPage()
  await useSession().start()
  expect(useSession().phase).toBe('signed-in')
})

it('asks for a sign-in where the session is over', async () => {
  const server = new FakeServer()
  server.signedIn = false
  server.newPage()
  await useSession().start()
  expect(useSession().phase).toBe('signed-out')
  expect(server.asked).toEqual(['GET /auth/me', 'GET /instance'])
})
