import { describe, expect, it } from 'vitest'
import { parseHtml } from './telegram/formatting/html.ts'
import { parseMarkdownV2 } from './telegram/formatting/markdown.ts'

describe('HTML', () => {
  it('reads nested tags, references and attributes', () => {
    const source = '<b>uno <i>due</i></b> &lt;&amp;&#39; <a href="https://e.org/?a=1&amp;b=2">qui</a>'
    expect(parseHtml(source)).toEqual({
      text: "uno due <&' qui",
      entities: [
        { type: 'italic', offset: 4, length: 3 },
        { type: 'bold', offset: 0, length: 7 },
        { type: 'text_link', offset: 12, length: 3, url: 'https://e.org/?a=1&b=2' },
      ],
    })
  })

  it('counts offsets in UTF-16 units', () => {
    expect(parseHtml('🛂🛂<s>x</s>').entities).toEqual([{ type: 'strikethrough', offset: 4, length: 1 }])
  })

  it('reads a code block with its language, and a quote that unfolds', () => {
    expect(
      parseHtml('<pre><code class="language-ts">x</code></pre><blockquote expandable>y</blockquote>')
        .entities,
    ).toEqual([
      { type: 'pre', offset: 0, length: 1, language: 'ts' },
      { type: 'expandable_blockquote', offset: 1, length: 1 },
    ])
  })

  it.each([
    ['a<br>b', 'Unsupported start tag "br" at byte offset 1'],
    ['à <3', 'Unclosed start tag at byte offset 3'],
    ['5 < 6 e 7 > 6', 'Unsupported start tag "" at byte offset 2'],
    ['<b>aperto', 'Can\'t find end tag corresponding to start tag "b"'],
    ['chiuso</b>', 'Unexpected end tag at byte offset 6'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a href>x</a>', 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'],
    ['<b', 'Unclosed start tag at byte offset 0'],
  ])('refuses %s', (source, reason) => {
    expect(() => parseHtml(source)).toThrow(`Bad Request: can't parse entities: ${reason}`)
  })
})

describe('MarkdownV2', () => {
  it('reads every mark, escapes and links', () => {
    const source = '*b* _i_ __u__ ~s~ ||p|| `c` [l](https://e.org/\\)) 1\\.5'
    expect(parseMarkdownV2(source)).toEqual({
      text: 'b i u s p c l 1.5',
      entities: [
        { type: 'bold', offset: 0, length: 1 },
        { type: 'italic', offset: 2, length: 1 },
        { type: 'underline', offset: 4, length: 1 },
        { type: 'strikethrough', offset: 6, length: 1 },
        { type: 'spoiler', offset: 8, length: 1 },
        { type: 'code', offset: 10, length: 1 },
        { type: 'text_link', offset: 12, length: 1, url: 'https://e.org/)' },
      ],
    })
  })

  it('reads quotes and code blocks', () => {
    expect(parseMarkdownV2('>uno\n>due\ntre\n```ts\nx\n```').entities).toEqual([
      { type: 'blockquote', offset: 0, length: 8 },
      { type: 'pre', offset: 12, length: 2, language: 'ts' },
    ])
  })

  it.each([
    ['ore 8.30', "Character '.' is reserved and must be escaped with the preceding '\\'"],
    ['è *aperto', "Can't find end of Bold entity at byte offset 3"],
    ['`x', "Can't find end of Code entity at byte offset 0"],
    ['[x](http://e.org', "Can't find end of a URL at byte offset 3"],
  ])('refuses %s', (source, reason) => {
    expect(() => parseMarkdownV2(source)).toThrow(`Bad Request: can't parse entities: ${reason}`)
  })
})
