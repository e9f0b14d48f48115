import MarkdownIt from 'markdown-it'
import { expect, it } from 'vitest'
import { P, S } from './spare'

it('takes the same characters for punctuation and symbols as markdown-it', () => {
  const { isPunctChar } = new MarkdownIt().utils
  const differing = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
    char => (P.test(char) || S.test(char)) !== isPunctChar(char),
  )
  expect(differing).toEqual([])
})
