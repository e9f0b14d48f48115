// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { locale } from '@/lib/i18n'
import { toasts } from '@/ui/toasts'
import AnswerText from './AnswerText.vue'
import ToolFold from './ToolFold.vue'

afterEach(() => {
  locale.value = 'en'
  vi.unstubAllGlobals()
})

describe('AnswerText', () => {
  it('shows a finished answer at once', () => {
    const wrapper = mount(AnswerText, { props: { text: 'It is **so**.' } })
    expect(wrapper.find('strong').text()).toBe('so')
    expect(wrapper.find('.caret').exists()).toBe(false)
  })

  it('has a caret before the first word, and none after the last', async () => {
    const wrapper = mount(AnswerText, { props: { text: '', streaming: true } })
    await vi.waitFor(() => {
      expect(wrapper.find('.caret').exists()).toBe(true)
    })
    await wrapper.setProps({ text: 'Done.', streaming: false })
    expect(wrapper.find('.caret').exists()).toBe(false)
    expect(wrapper.text()).toBe('Done.')
  })

  it('takes a snapshot that differs from what was shown', async () => {
    const wrapper = mount(AnswerText, { props: { text: 'Half an ans', streaming: true } })
    await wrapper.setProps({ text: 'Another answer.', streaming: false })
    expect(wrapper.text()).toBe('Another answer.')
  })

  it('copies a code block and says so', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    const wrapper = mount(AnswerText, { props: { text: '```\nls\n```' } })
    await wrapper.find('button').trigger('click')
    expect(writeText).toHaveBeenCalledWith('ls\n')
    await vi.waitFor(() => {
      expect(toasts.value.at(-1)?.text).toBe('Code copied')
    })
  })

  it('says when the browser does not let it copy', async () => {
    vi.stubGlobal('navigator', {})
    const wrapper = mount(AnswerText, { props: { text: '```\nls\n```' } })
    await wrapper.find('button').trigger('click')
    await vi.waitFor(() => {
      expect(toasts.value.at(-1)?.text).toContain('does not allow')
    })
  })

  it('follows the language of the screen', async () => {
    const wrapper = mount(AnswerText, { props: { text: '```\nls\n```' } })
    locale.value = 'fr'
    await wrapper.vm.$nextTick()
    expect(wrapper.find('button').text()).toBe('Copier')
  })
})

describe('ToolFold', () => {
  it('shows what went in and came out as words, whatever they hold', () => {
    const result = '<img src=x onerror=alert(1)>'
    const wrapper = mount(ToolFold, { props: { name: 'search', input: { q: '<b>' }, result } })
    expect(wrapper.findAll('pre').map(pre => pre.text())).toEqual(['{\n  "q": "<b>"\n}', result])
    expect(wrapper.find('img, b').exists()).toBe(false)
  })
})
