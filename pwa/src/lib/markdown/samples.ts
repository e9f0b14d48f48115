/** Texts for the tests: one of everything an answer may hold, and attempts to break out of it. */

export const EVERYTHING = `# A title

Some *prose* with **bold**, \`code\`, ~~gone~~ and [a link](https://example.org/a "title").
A second line, with https://example.org and a [late one][late]. README.md is a file.

Setext
------

- one
- two
  - nested **deep**

    with a paragraph
- [x] done
- [ ] to do

3. three
4. four

> quoted
> > twice
lazy

| left | right | mid |
|------|------:|:---:|
| a | 1 | **x** |
| b \\| c | 22 | y |

\`\`\`python title=x
def f(x):
    return x  # \`\`\`

print(f(1))
\`\`\`

    indented code

    goes on

***

![a picture](https://example.org/p.png) &eacute; &#x41; 1 < 2 & 3
hard\u0020\u0020
break
paragraph
| h |
|---|
| cell |

#### deep

[early]: https://example.org/early
[early] text

[late]: https://example.org/late 'The late
one'

~~~
open to the end
`

export const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](java&NewLine;script:alert(1))',
  '[x](JAVASCRIPT&colon;alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '![x](data:image/svg+xml;base64,PHN2Zz4=)',
  '![x](https://example.org/track.gif)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[x]: javascript:alert(1)\n\n[x]',
  '[a](https://example.org" onclick="alert(1))',
  '[a](/api/v1/auth/logout)',
  '```"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
  '| a |\n|:-:|\n| <style>*{display:none}</style> |',
  '`<b onmouseover=alert(1)>`',
  '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<a href="javascript&#58;alert(1)">x</a>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<math><mtext><table><mglyph><style><img src onerror=alert(1)>',
  '# <iframe srcdoc="<script>parent.alert(1)</script>">',
]
