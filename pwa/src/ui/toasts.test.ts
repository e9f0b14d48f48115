import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dismiss, holdToasts, toast, toasts } from './toasts'

const texts = () => toasts.value.map(shown => shown.text)

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  toasts.value.forEach(shown => dismiss(shown.id))
  vi.useRealTimers()
})

describe('toast', () => {
  it('passes by itself, later where there is something to undo', () => {
    toast('Saved')
    toast('Deleted', { label: 'Undo', run: () => undefined })
    vi.advanceTimersByTime(4_000)
    expect(texts()).toEqual(['Deleted'])
    vi.advanceTimersByTime(4_000)
    expect(texts()).toEqual([])
  })

  it('keeps the newest two in sight', () => {
    for (const text of ['one', 'two', 'three']) toast(text)
    expect(texts()).toEqual(['two', 'three'])
  })

  it('stays where somebody waits for an answer, whatever comes', () => {
    const id = toast('Bob asks', { label: 'Grant', run: () => undefined, stays: true })
    for (const text of ['one', 'two']) toast(text)
    vi.advanceTimersByTime(60_000)
    expect(texts()).toEqual(['Bob asks'])
    dismiss(id)
    expect(texts()).toEqual([])
  })

  it('stays while it is held, and its whole time afterwards', () => {
    toast('Saved')
    vi.advanceTimersByTime(3_000)
    holdToasts(true)
    vi.advanceTimersByTime(60_000)
    expect(texts()).toEqual(['Saved'])
    holdToasts(false)
    vi.advanceTimersByTime(3_999)
    expect(texts()).toEqual(['Saved'])
    vi.advanceTimersByTime(1)
    expect(texts()).toEqual([])
  })
})
