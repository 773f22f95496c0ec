// The guides show the code that the tests run: every block of them stands in one of these files. No node is needed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const HERE = new URL('.', import.meta.url);

/** Lines as they are compared: without indentation and without empty ones. */
const lines = (text) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

const GUIDES = ['polkadot-js.md', 'polkadot-js-teaching.md'];
const guide = GUIDES.map((name) => readFileSync(new URL(`../../docs/${name}`, HERE), 'utf8')).join('\n');
const blocks = [...guide.matchAll(/^```(js|sh)\n([^]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));
const sources = readdirSync(HERE).filter((name) => /\.(js|sh)$/.test(name))
  .map((name) => ({ name, text: `\n${lines(readFileSync(new URL(name, HERE), 'utf8')).join('\n')}\n` }));

/** Names of the files in which a block stands. */
const found = (text, kind) => sources
  .filter((source) => kind.test(source.name) && source.text.includes(`\n${lines(text).join('\n')}\n`))
  .map(({ name }) => name);

test('every block of JavaScript in the guides should stand in a script', () => {
  const scripts = blocks.filter(({ language }) => language === 'js');
  assert.ok(scripts.length > 10);
  for (const { text } of scripts) assert.notDeepEqual(found(text, /\.js$/), [], text);
});

test('every command of polkadot-js-api and read.js in the guides should stand in cli.sh', () => {
  const commands = blocks.filter(({ language, text }) => language === 'sh' && /polkadot-js-api --|read\.js/.test(text));
  assert.ok(commands.length > 4);
  for (const { text } of commands) assert.deepEqual(found(text, /^cli\.sh$/), ['cli.sh'], text);
});

test('the guides should name scripts that exist', () => {
  const named = [...guide.matchAll(/tests\/polkadot-js\/([a-z.]+\.(?:js|sh))/g)].map(([, name]) => name);
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(sources.some((source) => source.name === name), name);
});
