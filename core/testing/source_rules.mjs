/**
 * The rules for one source file, given its text and the table of data. Used by check_imports.mjs and tested with planted
 * violations in check_imports.test.ts.
 */
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { boundNames, namePositions, specifiersOf, walk } from './syntax_tree.mjs';
import { FILLED_IN, lintWgsl, looksLikeWgsl } from './wgsl_lint.mjs';

const NODE_BUILTINS = new Set(builtinModules);

/** Kinds of problem; `exceptions` in the table name them. */
export const RULES = [
  'syntax',
  'import-order',
  'import-extension',
  'package',
  'node',
  'public',
  'testing',
  'barrel',
  'global',
  'math',
  'sort',
  'locale',
  'async',
  'module-let',
  'emit',
  'wgsl',
  'length',
  'unfinished',
];

function isTest(path) {
  return (
    /\.(test|bench)\.(tsx?|mjs)$/.test(path) || path.startsWith('core/testing/') || path.startsWith('e2e/')
  );
}

/** Where a file lives: { top: 'core', room: 'mm' }, { top: 'renderer' }, ... */
function placeOf(path) {
  const parts = path.split('/');
  return { top: parts[0], room: parts[0] === 'core' ? parts[1] : undefined };
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isNodeModule(specifier) {
  return specifier.startsWith('node:') || NODE_BUILTINS.has(specifier);
}

class FileCheck {
  constructor(path, text, table) {
    Object.assign(this, { path, text, table, problems: [], test: isTest(path), ...placeOf(path) });
  }

  report(rule, start, message) {
    const line = typeof start === 'number' ? this.text.slice(0, start).split('\n').length : 1;
    this.problems.push({ rule, path: this.path, line, message });
  }

  run() {
    this.checkText();
    if (!/\.(ts|tsx|mts|mjs)$/.test(this.path)) return this.problems;
    const { program, errors } = parseSync(this.path, this.text);
    if (errors.length > 0) {
      this.report('syntax', 0, errors[0].message);
      return this.problems;
    }
    for (const { specifier, start } of specifiersOf(program)) this.checkImport(specifier, start);
    if (this.top === 'core') this.checkCore(program);
    this.checkWgsl(program);
    return this.problems;
  }

  checkText() {
    const lines = this.text.split('\n').length - (this.text.endsWith('\n') ? 1 : 0);
    if (lines > this.table.maxLines && !this.path.endsWith('.css')) {
      this.report('length', 0, `${lines} lines; a file has at most ${this.table.maxLines}`);
    }
    const marks = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|');
    for (const match of this.text.matchAll(new RegExp(`\\b(${marks})\\b`, 'g'))) {
      this.report('unfinished', match.index, `${match[1]}: finish it or describe the limit`);
    }
    if (this.top === 'core' && this.path.endsWith('/index.ts'))
      this.report('barrel', 0, 'no index.ts in core: import the owner');
  }

  checkImport(specifier, start) {
    if (isNodeModule(specifier)) return this.checkNode(specifier, start);
    if (!specifier.startsWith('.')) return this.checkPackage(specifier, start);
    if (!/\.(ts|tsx|mts|mjs|json|css)(\?.*)?$/.test(specifier)) {
      this.report('import-extension', start, `${specifier}: write the file's extension`);
    }
    const target = posix.normalize(
      posix.join(dirname(this.path).replaceAll('\\', '/'), specifier.split('?')[0]),
    );
    if (target.startsWith('../')) {
      this.report('import-order', start, `${specifier} leaves the repository`);
      return;
    }
    this.checkRoom(specifier, placeOf(target), start);
  }

  checkRoom(specifier, to, start) {
    if (to.top === 'core' && to.room === 'testing' && !this.test) {
      this.report('testing', start, `${specifier}: only tests import core/testing`);
      return;
    }
    if (this.test) return;
    if (this.top === 'core') {
      if (to.top === 'assets' && /\.json$/.test(specifier)) return;
      if (to.top !== 'core')
        this.report('import-order', start, `core imports ${to.top} (${specifier}); nothing above core`);
      else if (to.room !== this.room && !this.table.rooms[this.room]?.uses.includes(to.room)) {
        this.report(
          'import-order',
          start,
          `core/${this.room} imports core/${to.room} (${specifier}); it may use: ${this.table.rooms[this.room]?.uses.join(', ') || 'nothing'}`,
        );
      }
      return;
    }
    const outside = this.table.outside[this.top];
    if (outside && to.top === 'core' && !outside.core.includes(to.room)) {
      this.report(
        'public',
        start,
        `${this.top} imports core/${to.room} (${specifier}); it may use core/${outside.core.join(', core/')} only`,
      );
    } else if (outside && to.top !== 'core' && to.top !== this.top && to.top !== 'assets') {
      this.report('import-order', start, `${this.top} imports ${to.top} (${specifier})`);
    }
  }

  checkNode(specifier, start) {
    const owner = this.table.rooms[this.room] ?? this.table.outside[this.top];
    if (this.test || owner?.node || !(this.top in { core: 1, renderer: 1 })) return;
    this.report('node', start, `${specifier}: Node built-ins only in cli`);
  }

  checkPackage(specifier, start) {
    const name = packageName(specifier);
    if (this.path.startsWith('electron/launcher/') && !this.test) {
      if (!this.isDynamic(start)) {
        this.report(
          'package',
          start,
          `${name}: the launcher runs before packages are installed; import it when needed, with await import()`,
        );
      }
      return;
    }
    if (this.test || !(this.top === 'core' || this.table.outside[this.top])) return;
    const allowed = (this.table.rooms[this.room] ?? this.table.outside[this.top])?.packages ?? [];
    if (!allowed.includes(name)) {
      this.report('package', start, `${name}; allowed here: ${allowed.join(', ') || 'none'}`);
    }
  }

  isDynamic(start) {
    return this.text.slice(start).startsWith('import(');
  }

  checkCore(program) {
    const free = this.test || this.table.freeOfDeterminismRules.includes(this.room);
    if (!free) {
      this.checkGlobals(program);
      this.checkCalls(program);
      for (const node of program.body) {
        const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
        if (declared?.type === 'VariableDeclaration' && declared.kind !== 'const' && !declared.declare) {
          this.report(
            'module-let',
            declared.start,
            'module-level mutable state: put it into the instance that owns it',
          );
        }
      }
    }
    for (const node of walk(program)) {
      const emits = node.type === 'TSEnumDeclaration';
      const namespace = node.type === 'TSModuleDeclaration' && !node.declare && node.kind !== 'global';
      if (emits || namespace)
        this.report('emit', node.start, 'no enums or namespaces: types only, or a const object');
    }
    if (!this.test && this.table.synchronousRooms.includes(this.room)) this.checkSynchronous(program);
  }

  checkGlobals(program) {
    const { determinism, environment } = this.table.forbiddenGlobals;
    const forbidden = new Map([
      ...determinism.map(name => [name, 'not deterministic']),
      ...environment.map(name => [name, 'belongs to a host (browser, Node), which core does not know']),
    ]);
    const names = namePositions(program);
    const bound = boundNames(program);
    for (const node of walk(program)) {
      if (node.type !== 'Identifier' || names.has(node) || bound.has(node.name)) continue;
      const why = forbidden.get(node.name);
      if (why) this.report('global', node.start, `${node.name}: ${why}; use a port`);
    }
  }

  checkCalls(program) {
    for (const node of walk(program)) {
      const isPower =
        node.type === 'BinaryExpression' || node.type === 'AssignmentExpression'
          ? node.operator.startsWith('**')
          : false;
      if (isPower && !(Number.isInteger(node.left.value) && Number.isInteger(node.right.value))) {
        this.report(
          'math',
          node.start,
          '** on values that are not integer literals may differ between machines',
        );
      }
      if (node.type === 'MemberExpression' && node.object.name === 'Math') {
        const name = node.computed ? node.property.value : node.property.name;
        if (this.table.forbiddenMath.includes(name))
          this.report('math', node.start, `Math.${name} may differ between machines`);
      }
      if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') continue;
      const method = node.callee.property.name ?? '';
      if (/^(sort|toSorted)$/.test(method) && node.arguments.length === 0) {
        this.report('sort', node.callee.property.start, `.${method}() without a comparator`);
      }
      if (/^toLocale/.test(method) || method === 'localeCompare') {
        this.report('locale', node.callee.property.start, `.${method}() depends on the host's language`);
      }
    }
  }

  checkSynchronous(program) {
    const bound = boundNames(program);
    for (const node of walk(program)) {
      if (node.async === true)
        this.report('async', node.start, 'async function: the control plane is synchronous');
      if (node.type === 'Identifier' && node.name === 'Promise' && !bound.has('Promise')) {
        this.report('async', node.start, 'Promise: the control plane is synchronous');
      }
    }
  }

  checkWgsl(program) {
    if (this.test) return;
    const texts = [];
    for (const node of walk(program)) {
      if (node.type === 'TemplateLiteral') {
        const text = node.quasis.map(quasi => quasi.value.cooked ?? quasi.value.raw).join(FILLED_IN);
        if (looksLikeWgsl(text)) texts.push({ text, start: node.start });
      } else if (node.type === 'Literal' && typeof node.value === 'string' && looksLikeWgsl(node.value)) {
        texts.push({ text: node.value, start: node.start });
      }
    }
    const shared = new Set();
    for (const { text } of texts)
      for (const match of text.matchAll(/\b(?:const|override)\s+(\w+)/g)) shared.add(match[1]);
    for (const { text, start } of texts) {
      const first = this.text.slice(0, start).split('\n').length;
      for (const problem of lintWgsl(text, shared)) {
        this.problems.push({
          rule: 'wgsl',
          path: this.path,
          line: first + problem.line - 1,
          message: problem.message,
        });
      }
    }
  }
}

/** Problems of one file. @param path relative to the repository, with slashes */
export function checkFile(path, text, table) {
  return new FileCheck(join(path).replaceAll('\\', '/'), text, table).run();
}

/** Problems of the table itself: an order that is not one, or an unknown room. */
export function checkTable(table) {
  const problems = [];
  const seen = new Set();
  for (const [room, entry] of Object.entries(table.rooms)) {
    for (const used of entry.uses) {
      if (!(used in table.rooms)) problems.push(`the table lets ${room} use ${used}, which is no room`);
      else if (!seen.has(used) && used !== 'public')
        problems.push(`the table lets ${room} use ${used}, which stands above it`);
    }
    seen.add(room);
  }
  for (const exception of table.exceptions) {
    if (!RULES.includes(exception.rule))
      problems.push(`an exception names the unknown rule ${exception.rule}`);
    if (!exception.reason) problems.push(`the exception for ${exception.path} gives no reason`);
  }
  return problems;
}

/**
 * Apply the exceptions: each allows exactly `count` problems of a rule in a file. More is a new violation; fewer means
 * that the exception must be lowered, so that the number can only fall.
 * @returns {{open: object[], ratchet: string[]}}
 */
export function applyExceptions(problems, exceptions) {
  const open = [...problems];
  const ratchet = [];
  for (const { rule, path, count } of exceptions) {
    const matching = open.filter(problem => problem.rule === rule && problem.path === path);
    if (matching.length > count) continue;
    if (matching.length < count) {
      ratchet.push(
        `${path}: the exception for ${rule} allows ${count}, there are only ${matching.length}; lower it`,
      );
    }
    for (const problem of matching) open.splice(open.indexOf(problem), 1);
  }
  return { open, ratchet };
}
