// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { locale } from '@/lib/i18n'
import ChatComposer from './ChatComposer.vue'

function composer(props: { running?: boolean; blocked?: string; text?: string; touch?: boolean } = {}) {
  const { text = 'Why?', touch = false, ...rest } = props
  locale.value = 'en'
  vi.stubGlobal('matchMedia', () => ({ matches: touch }))
  return mount(ChatComposer, { props: { modelValue: text, ...rest } })
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('ChatComposer', () => {
  it('sends with Enter where there is a keyboard, and makes a line with Shift', async () => {
    const wrapper = composer()
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter', shiftKey: true })
    expect(wrapper.emitted('send')).toBeUndefined()
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('send')).toHaveLength(1)
  })

  it('makes a line with Enter on a touch screen; Ctrl with Enter sends', async () => {
    const wrapper = composer({ touch: true })
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('send')).toBeUndefined()
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter', ctrlKey: true })
    expect(wrapper.emitted('send')).toHaveLength(1)
  })

  it('leaves the Enter that ends a word being composed', async () => {
    const wrapper = composer()
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter', isComposing: true })
    expect(wrapper.emitted('send')).toBeUndefined()
  })

  it('offers Stop in the place of Send while an answer comes, and sends nothing', async () => {
    const wrapper = composer({ running: true })
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    await wrapper.find('button').trigger('click')
    expect(wrapper.find('button').attributes('aria-label')).toBe('Stop the answer')
    expect(wrapper.emitted('send')).toBeUndefined()
    expect(wrapper.emitted('stop')).toHaveLength(1)
  })

  it('says why nothing can be sent, and still takes text', async () => {
    const wrapper = composer({ blocked: 'The budget of today is spent.' })
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    await wrapper.find('textarea').setValue('Why not?')
    expect(wrapper.text()).toContain('The budget of today is spent.')
    expect(wrapper.find('button').attributes('disabled')).toBeDefined()
    expect(wrapper.emitted('send')).toBeUndefined()
    expect(wrapper.emitted('update:modelValue')).toEqual([['Why not?']])
  })

  it('does not send blanks', async () => {
    const wrapper = composer({ text: ' \n ' })
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('send')).toBeUndefined()
  })
})
