import { describe, expect, it } from 'vitest'
import { placeFor } from './guard'

function place(name: string, fullPath: string, query: Record<string, unknown> = {}, hash = '') {
  return { name, fullPath, query, hash }
}

const NEW = place('new', '/')
const THREAD = place('conversation', '/c/1')
const SETUP = place('setup', '/setup', {}, '#token')

describe('placeFor', () => {
  it('lets somebody who is signed in go anywhere but to sign-in and set-up', () => {
    expect(placeFor('signed-in', THREAD)).toBe(true)
    expect(placeFor('signed-in', place('signin', '/signin'))).toEqual({ path: '/' })
  })

  it('goes on from the set-up to the first limits', () => {
    expect(placeFor('signed-in', SETUP)).toEqual({ name: 'first-limits' })
  })

  it('sends everybody else to sign-in, which knows the way back', () => {
    expect(placeFor('signed-out', THREAD)).toEqual({ name: 'signin', query: { next: '/c/1' } })
    expect(placeFor('expired', THREAD)).toEqual({ name: 'signin', query: { next: '/c/1' } })
    expect(placeFor('signed-out', NEW)).toEqual({ name: 'signin' })
    expect(placeFor('signed-out', SETUP)).toEqual({ name: 'signin' })
    expect(placeFor('signed-out', place('signin', '/signin'))).toBe(true)
  })

  it('goes on after sign-in, but only to a page of ours', () => {
    const after = (next: unknown) => placeFor('signed-in', place('signin', '/signin', { next }))
    expect(after('/c/1')).toEqual({ path: '/c/1' })
    for (const strange of ['//evil.example', '/\\evil.example', 'https://evil.example', ['/c/1'], undefined]) {
      expect(after(strange)).toEqual({ path: '/' })
    }
  })

  it('knows only the set-up while there is nobody yet, and keeps the token of its link', () => {
    expect(placeFor('set-up', SETUP)).toBe(true)
    expect(placeFor('set-up', place('new', '/', {}, '#token'))).toEqual({ name: 'setup', hash: '#token' })
  })

  it('leaves the address alone while nobody could be asked', () => {
    expect(placeFor('unreachable', THREAD)).toBe(true)
  })
})
