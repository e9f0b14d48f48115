import { describe, expect, it } from 'vitest'
import { mendLastLine } from './mend'

describe('mendLastLine', () => {
  it.each([
    ['plain', 'plain'],
    ['an **imp', 'an **imp**'],
    ['an **important*', 'an **important**'],
    ['an **', 'an '],
    ['**look at *', '**look at**'],
    ['**look at *th', '**look at *th***'],
    ['**look at *this*', '**look at *this***'],
    ['**look at *this* now', '**look at *this* now**'],
    ['**done** and', '**done** and'],
    ['an *ital', 'an *ital*'],
    ['an *', 'an '],
    ['*done* and **bo', '*done* and **bo**'],
    ['*one* and *two* are', '*one* and *two* are'],
    ['*one* and *tw', '*one* and *tw*'],
    ['* item', '* item'],
    ['* *one* and', '* *one* and'],
    ['2 * 3', '2 * 3'],
    ['run `np', 'run `np`'],
    ['run `', 'run '],
    ['`a ** b` then **c', '`a ** b` then **c**'],
    ['see [the man](htt', 'see the man'],
    ['see [the man](https://example.org)', 'see [the man](https://example.org)'],
    ['**open above\nbelow', '**open above\nbelow'],
  ])('shows %j as %j', (text, shown) => {
    expect(mendLastLine(text)).toBe(shown)
  })
})
