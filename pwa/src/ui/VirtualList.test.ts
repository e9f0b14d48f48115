// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { h, nextTick } from 'vue'
import VirtualList from './VirtualList.vue'

/** The browser's observer, which tells the height once when it begins to look. */
class Observer {
  readonly observe: () => void
  constructor(seen: () => void) {
    this.observe = seen
  }
  disconnect = () => undefined
}

/** 320 px of list in sight, rows of 4 rem, 16 px to the rem. */
async function list(count: number) {
  vi.stubGlobal('ResizeObserver', Observer)
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(320)
  document.documentElement.style.fontSize = '16px'
  const wrapper = mount(VirtualList<string>, {
    attachTo: document.body,
    props: {
      items: Array.from({ length: count }, (_, i) => `row ${String(i)}`),
      keyOf: (item: string) => item,
      heightOf: () => 4,
      label: 'Rows',
    },
    slots: { default: ({ item }: { item: string }) => h('button', item) },
  })
  await nextTick()
  const scroll = async (top: number) => {
    wrapper.element.scrollTop = top
    await wrapper.trigger('scroll')
  }
  const rows = () => wrapper.findAll('li').map(row => row.text())
  return { wrapper, scroll, rows }
}

describe('VirtualList', () => {
  it('has only the rows in sight and a few ahead on the page', async () => {
    const { wrapper, scroll, rows } = await list(10_000)
    expect(rows()[0]).toBe('row 0')
    expect(rows().length).toBeLessThan(15)
    await scroll(64 * 5_000)
    expect(rows()).toContain('row 5000')
    expect(rows().length).toBeLessThan(20)
    expect(wrapper.find('li').attributes('aria-setsize')).toBe('10000')
    wrapper.unmount()
  })

  it('keeps the row that holds the focus, in its place for the keyboard', async () => {
    const { wrapper, scroll, rows } = await list(10_000)
    wrapper.find('button').element.focus()
    await scroll(64 * 5_000)
    expect(rows()[0]).toBe('row 0')
    expect(document.activeElement?.textContent).toBe('row 0')
    wrapper.unmount()
  })

  it('says when its end is near', async () => {
    const { wrapper, scroll } = await list(100)
    expect(wrapper.emitted('end')).toBeUndefined()
    await scroll(64 * 90)
    expect(wrapper.emitted('end')).toHaveLength(1)
    wrapper.unmount()
  })
})
