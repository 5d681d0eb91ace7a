/**
 * Writes core/public/call_reference.json from the comments above the calls in core/session/calls/*.ts.
 *
 *   npm run docs:calls             writes it
 *   npm run docs:calls -- --check  exit code 1 when the file does not say what the comments say
 *
 * A comment is `{fd, size, domain?: vram, tt, system}: what it does and answers.`; a name with ? may be missing.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CALLS = join(ROOT, 'core', 'session', 'calls');
const TARGET = join(ROOT, 'core', 'public', 'call_reference.json');

/** What `range` stands for (session/calls/arguments.ts). */
const RANGE = ['map', 'first', 'count', 'at', 'length'];

/** Names that readers of arguments ask for: `numberArg(args, 'size')`, `fdArg(context, args, 'other')`, `args.at`. */
function argumentNames(source) {
  const names = new Set(['fd', 'map', 'bo', 'at', 'to', 'as']);
  for (const [, name] of source.matchAll(/Arg\((?:context|args|fill)[^'")]*'([a-zA-Z]+)'/g)) names.add(name);
  for (const [, name] of source.matchAll(/\bargs\.([a-zA-Z]+)/g)) names.add(name);
  return names;
}

/** Text of a block comment without its stars, on one line. */
function plain(comment) {
  return comment
    .split('\n')
    .map(line => line.replace(/^\s*\*+ ?/, '').trim())
    .join(' ')
    .trim();
}

/** Index behind the bracket that closes the one at 0. */
function closing(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if ('{[('.includes(text[i])) depth++;
    else if ('}])'.includes(text[i]) && --depth === 0) return i + 1;
  }
  return 0;
}

function splitAtCommas(text) {
  const parts = [];
  let depth = 0;
  let part = '';
  for (const letter of text) {
    if ('{[('.includes(letter)) depth++;
    if ('}])'.includes(letter)) depth--;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

/** `{fd, domain?: vram, tt, name?}` as arguments; words that no call asks for are values of the argument before. */
function argumentsOf(braces, known) {
  const args = [];
  for (const part of splitAtCommas(braces)) {
    const match = /^([a-zA-Z]+)(\?)?(?::\s*(.*))?$/s.exec(part);
    const last = args.at(-1);
    if (part === 'range') {
      for (const name of RANGE) args.push({ name, optional: true });
    } else if (match && (match[2] || match[3] || known.has(match[1]) || !last)) {
      args.push({ name: match[1], ...(match[2] && { optional: true }), ...(match[3] && { says: match[3] }) });
    } else if (/^[a-zA-Z]+\??( [|+] [a-zA-Z]+\??)+$/.test(part)) {
      for (const name of part.split(/ [|+] /)) args.push({ name: name.replace('?', ''), optional: true });
    } else if (last) last.says = last.says ? `${last.says}, ${part}` : part;
  }
  return args;
}

function entryOf(name, family, comment, known) {
  const text = plain(comment);
  const end = text.startsWith('{') ? closing(text) : 0;
  const args = end > 0 ? argumentsOf(text.slice(1, end - 1), known) : [];
  const about = text
    .slice(end)
    .replace(/^[\s:;.]+/, '')
    .trim();
  return { name, family, args, about };
}

function* callsOf(source, family, known) {
  const { program, comments, errors } = parseSync(`${family}.ts`, source);
  if (errors.length > 0) throw new Error(`${family}.ts: ${errors[0].message}`);
  for (const statement of program.body) {
    const call = statement.type === 'ExpressionStatement' ? statement.expression : null;
    if (call?.type !== 'CallExpression' || call.callee.name !== 'registerCalls') continue;
    const [table] = call.arguments;
    let from = table.start;
    for (const property of table.properties) {
      if (property.type === 'SpreadElement') {
        from = property.end;
        continue;
      }
      const comment = comments.findLast(
        each =>
          each.type === 'Block' &&
          each.value.startsWith('*') &&
          each.start >= from &&
          each.end <= property.start,
      );
      from = property.end;
      const name = property.key.name ?? property.key.value;
      yield entryOf(name, family, comment ? comment.value.slice(1) : '', known);
    }
  }
}

/** The reference as it follows from the sources. */
export function readCallReference() {
  const files = readdirSync(CALLS).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const sources = files
    .sort()
    .map(name => [name.replace(/\.ts$/, ''), readFileSync(join(CALLS, name), 'utf8')]);
  const known = new Set(sources.flatMap(([, source]) => [...argumentNames(source)]));
  const calls = sources.flatMap(([family, source]) => [...callsOf(source, family, known)]);
  return calls.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = JSON.stringify(readCallReference());
  if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
  else if (JSON.stringify(JSON.parse(readFileSync(TARGET, 'utf8'))) !== text) {
    console.error('core/public/call_reference.json is out of date: npm run docs:calls');
    process.exitCode = 1;
  }
}
