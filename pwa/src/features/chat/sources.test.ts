import { describe, expect, it } from 'vitest'
import { sourcesOf } from './sources'

describe('sourcesOf', () => {
  it('names each source once, whatever kind of citation names it', () => {
    const page = { type: 'web_search_result_location', url: 'https://a.example/x', title: 'A' }
    const document = { type: 'page_location', document_title: 'Guide', start_page_number: 3 }
    const result = { type: 'search_result_location', source: 'https://b.example/', title: null }
    expect(sourcesOf([page, document, page, document, result])).toEqual([
      { name: 'A', url: 'https://a.example/x' },
      { name: 'Guide', url: null },
      { name: 'https://b.example/', url: 'https://b.example/' },
    ])
  })

  it('follows no address but those of the web', () => {
    expect(sourcesOf([{ title: 'Evil', url: 'javascript:alert(1)' }])).toEqual([
      { name: 'Evil', url: null },
    ])
  })

  it('passes over what names nothing', () => {
    expect(sourcesOf([null, 7, 'x', {}, { title: ' ' }])).toEqual([])
  })
})
