// Markdown of a model becomes trees of a few known elements, whatever it holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, render, safe, textOf } from '../../templates/web-chat/markdown.mjs';

/** A document that takes what the renderer makes, and writes it down. */
const doc = {
  createTextNode: (text) => ({ text }),
  createElement: (tag) => {
    const made = { tag, attributes: {}, children: [] };
    return Object.assign(made, { setAttribute: (name, value) => (made.attributes[name] = value), append: (child) => made.children.push(child) });
  },
};
const written = (node) => {
  if (node.text !== undefined) return node.text.replaceAll('<', '&lt;');
  const attributes = Object.entries(node.attributes).filter(([name]) => ['href', 'start', 'data-language'].includes(name));
  return `<${node.tag}${attributes.map(([name, value]) => ` ${name}=${value}`).join('')}>${node.children.map(written).join('')}</${node.tag}>`;
};
const shown = (text) => parse(text).map((block) => written(render(block, doc))).join('');

for (const [what, text, html] of [
  ['paragraphs and line ends', 'one\ntwo\r\n\n\nthree', '<p>one<br></br>two</p><p>three</p>'],
  ['headings below those of the page', '# One\n### Three ##\n#no', '<h3>One</h3><h4>Three</h4><p>#no</p>'],
  ['emphasis', '*a* **b** ***c*** ~~d~~ _e_ __f__', '<p><em>a</em> <strong>b</strong> <strong><em>c</em></strong> <del>d</del> <em>e</em> <strong>f</strong></p>'],
  ['emphasis that is none', 'a * b * c, snake_case_name, 2**3, \\*x\\*', '<p>a * b * c, snake_case_name, 2**3, *x*</p>'],
  ['emphasis within emphasis', '**a *b* c** *a **b** c*', '<p><strong>a <em>b</em> c</strong> <em>a <strong>b</strong> c</em></p>'],
  ['code', 'use `a*b*` and `` ` ``', '<p>use <code>a*b*</code> and <code>`</code></p>'],
  ['fences', '```js\nlet a = "<b>";\n\n# no heading\n```\nafter', '<pre data-language=js><code>let a = "&lt;b>";\n\n# no heading</code></pre><p>after</p>'],
  ['a fence that is still open', 'so:\n~~~\nhalf', '<p>so:</p><pre><code>half</code></pre>'],
  ['lists', '- a\n- b\n  - c\n\n  more\n1. d', '<ul><li>a</li><li>b<ul><li>c</li></ul><p>more</p></li></ul><ol><li>d</li></ol>'],
  ['numbered lists that begin later', '3. a\n\n4. b\n   ```\n   x\n   ```', '<ol start=3><li>a</li><li>b<pre><code>x</code></pre></li></ol>'],
  ['quotes and rules', '> a\n> > b\n\n***', '<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><hr></hr>'],
  ['tables', '| a | b |\n|---|:-:|\n| 1 | `x\\|y` |\n| 2 |', '<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><code>x|y</code></td></tr><tr><td>2</td><td></td></tr></tbody></table></div>'],
  ['links', '[a **b**](https://a.test/x_(y) "t") <https://b.test/?q=1>.', '<p><a href=https://a.test/x_(y)>a **b**</a> &lt;<a href=https://b.test/?q=1>https://b.test/?q=1</a>>.</p>'],
  ['addresses at the end of a sentence', 'See https://a.test/b. (https://c.test/)', '<p>See <a href=https://a.test/b>https://a.test/b</a>. (<a href=https://c.test/>https://c.test/</a>)</p>'],
  ['mail', '[write](mailto:ada@a.test)', '<p><a href=mailto:ada@a.test>write</a></p>'],
  ['images as links', '![chart](https://a.test/c.png)', '<p><a href=https://a.test/c.png>chart</a></p>'],
  ['HTML as text', '<script>x()</script>\n<img src=x onerror=x()>', '<p>&lt;script>x()&lt;/script><br></br>&lt;img src=x onerror=x()></p>'],
  ['HTML in every other place', '# <b>\n- <b>\n\n> <b>\n\n|<b>|\n|-|\n|<b>|', '<h3>&lt;b></h3><ul><li>&lt;b></li></ul><blockquote><p>&lt;b></p></blockquote><div><table><thead><tr><th>&lt;b></th></tr></thead><tbody><tr><td>&lt;b></td></tr></tbody></table></div>'],
]) {
  test(what, () => assert.equal(shown(text), html));
}

test('links lead to the web and to mail alone', () => {
  for (const address of ['javascript:x()', 'JavaScript:x()', 'java\tscript:x()', ' javascript:x()', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://a.test/1', '/relative', '//a.test', '']) {
    assert.equal(safe(address), undefined, address);
    assert.ok(!shown(`[x](${address})`).includes('<a'), address);
  }
  const attributes = render(parse('[x](https://a.test/"onclick="x)')[0], doc).children[0].attributes;
  assert.deepEqual(attributes, { href: 'https://a.test/%22onclick=%22x', rel: 'noopener noreferrer nofollow', target: '_blank', title: 'https://a.test/%22onclick=%22x' });
});

test('nothing of a text is lost', () => {
  for (const text of ['**', '[](', '`a', '*a', '![', '[a](b', '~~', '| a', '1.x', '\\', 'a\\']) assert.equal(parse(text).map(textOf).join('').trim(), text, text);
});

test('hostile texts take no time worth noticing', () => {
  const n = 20_000;
  const texts = ['*', '**a ', '*a ', '_a_b', '[', '![a](', '`', '``a`', '~~a', '> ', '- ', '#', '# #', '|', '|-', '\\', 'http://', 'https://(', ' ', '\n', '- a\n', '> a\n', '```', '1. ', '|a|\n|-|\n', '<a ', '(('].map((part) => part.repeat(n / part.length));
  for (const text of [...texts, `${'- '.repeat(500)}\n`.repeat(20), `|${' '.repeat(n)}x\n-|${' '.repeat(n)}x`, `\`\`\`${'a'.repeat(n)}\``]) {
    const began = performance.now();
    parse(text);
    const took = performance.now() - began;
    assert.ok(took < 2000, `${text.slice(0, 12)}…: ${took} ms`);
  }
});

test('what is read out is the words alone', () => {
  assert.equal(parse('## A **b**\n\n- [c](https://a.test)\n- d\n\n|e|f|\n|-|-|\n|1|2|').map(textOf).join(''), 'A b\nc\nd\ne, f\n1, 2\n');
});
