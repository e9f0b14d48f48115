// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { useFollow } from './follow'

/** A box of 100 pixels with a content of `height`; what the browser would do is done by hand. */
let height = 500
let grow: () => void = () => undefined

class FakeObserver {
  constructor(onResize: () => void) {
    grow = () => {
      height += 50
      onResize()
    }
  }
  observe(): void { /* told by hand */ }
  disconnect(): void { /* nothing to end */ }
}

function open() {
  let follow: ReturnType<typeof useFollow> | undefined
  const box = ref<HTMLElement | null>(null)
  const content = ref<HTMLElement | null>(null)
  const wrapper = mount(
    defineComponent(() => {
      follow = useFollow(box, content)
      return () => h('div', { ref: box }, [h('p', { ref: content })])
    }),
  )
  const element = wrapper.element as HTMLElement
  Object.defineProperties(element, {
    scrollHeight: { get: () => height },
    clientHeight: { value: 100 },
  })
  element.scrollTo = ((to: ScrollToOptions) => {
    element.scrollTop = Math.min(to.top ?? 0, height - 100)
  }) as typeof element.scrollTo
  if (!follow) throw new Error('not mounted')
  const reader = (top: number): void => {
    element.scrollTop = top
    follow?.onScroll()
  }
  return { ...follow, element, reader }
}

beforeEach(() => {
  height = 500
  vi.stubGlobal('ResizeObserver', FakeObserver)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('useFollow', () => {
  it('stays at the beginning of what is read from there', () => {
    const { element, atEnd, toEnd, toStart } = open()
    toEnd('instant')
    toStart()
    grow()
    expect(element.scrollTop).toBe(0)
    expect(atEnd.value).toBe(false)
  })

  it('stays with the end of a text that grows', () => {
    const { element, atEnd } = open()
    grow()
    expect(element.scrollTop).toBe(450)
    expect(atEnd.value).toBe(true)
  })

  it('leaves a reader who went up where they are', () => {
    const { element, atEnd, toEnd, reader } = open()
    toEnd('instant')
    reader(200)
    expect(atEnd.value).toBe(false)
    grow()
    expect(element.scrollTop).toBe(200)
  })

  it('follows again once the reader is back near the end', () => {
    const { element, toEnd, reader } = open()
    toEnd('instant')
    reader(200)
    reader(370)
    grow()
    expect(element.scrollTop).toBe(450)
  })

  it('does not take growing for the reader leaving', () => {
    const { atEnd, toEnd, onScroll } = open()
    toEnd('instant')
    height += 200
    onScroll()
    expect(atEnd.value).toBe(true)
  })

  it('holds what is on the screen while older messages come above', async () => {
    const { element, holdWhile, reader } = open()
    reader(40)
    await holdWhile(() => {
      height += 300
      return Promise.resolve()
    })
    expect(element.scrollTop).toBe(340)
  })
})
