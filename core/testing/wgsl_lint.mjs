/**
 * Lint of WGSL: every loop has a bound that is constant when the pipeline is made, because nothing can stop a shader
 * that runs away.
 *
 * Allowed: `for (var i = A; i < BOUND; i += S)` and the mirror image counting down from a constant, where BOUND is a
 * number, a WGSL `const` or `override`, a TypeScript constant filled in with ${...}, arithmetic of those, or `min(x, BOUND)`;
 * and the body does not assign to the loop variable. Refused: `while`, `loop`, and every other `for`.
 */

/** A template with its ${...} replaced by this name counts it as a constant. */
export const FILLED_IN = 'FILLED_IN';

function stripComments(source) {
  return source.replace(/\/\/[^\n]*/g, '').replace(/\/\*[\s\S]*?\*\//g, text => text.replace(/[^\n]/g, ' '));
}

/** Index of the bracket that closes the one at `open`. */
function closing(source, open, left, right) {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    if (source[i] === left) depth++;
    else if (source[i] === right && --depth === 0) return i;
  }
  return source.length;
}

function splitTop(text, separator) {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map(part => part.trim());
}

function isConstant(expression, constants) {
  const text = expression.trim();
  const min = /^min\s*\(([\s\S]*)\)$/.exec(text);
  if (min) return splitTop(min[1], ',').some(part => isConstant(part, constants));
  const names = text.match(/[A-Za-z_]\w*/g) ?? [];
  const rest = text.replace(/\b(0x[0-9a-fA-F]+|\d+)[iu]?\b/g, '').replace(/[A-Za-z_]\w*/g, '');
  const words = names.filter(name => !/^(u32|i32|u|i|x[0-9a-fA-F]+[iu]?)$/.test(name));
  return (
    text !== '' &&
    /^[\s+\-*/%()<>]*$/.test(rest) &&
    words.every(name => constants.has(name) || name === FILLED_IN)
  );
}

function forProblem(head, body, constants) {
  const [init = '', condition = '', step = ''] = splitTop(head, ';');
  const variable = /^(?:var\s+)?(\w+)\s*(?::\s*\w+)?\s*=/.exec(init)?.[1];
  if (!variable) return 'its loop variable is not set in the head';
  const compare = /^(.+?)(<=|>=|<|>)(.+)$/s.exec(condition);
  if (!compare || compare[1].trim() !== variable)
    return `its condition is not a comparison of ${variable} with a bound`;
  const up = compare[2].startsWith('<');
  const start = init.slice(init.indexOf('=') + 1);
  if (up && !isConstant(compare[3], constants)) return `its bound "${compare[3].trim()}" is not constant`;
  if (!up && !isConstant(start, constants))
    return `it counts down from "${start.trim()}", which is not constant`;
  const forward = new RegExp(
    `^${variable}\\s*(\\+\\+|\\+=\\s*[^=]+|=\\s*${variable}\\s*\\+\\s*.+|<<=.+|\\*=.+|=\\s*${variable}\\s*<<.+)$`,
  );
  const backward = new RegExp(
    `^${variable}\\s*(--|-=\\s*[^=]+|=\\s*${variable}\\s*-\\s*.+|>>=.+|/=.+|=\\s*${variable}\\s*>>.+)$`,
  );
  if (!(up ? forward : backward).test(step))
    return `its step "${step}" does not move ${variable} towards the bound`;
  if (
    new RegExp(`(^|[^.\\w])${variable}\\s*([-+*/%&|^]|<<|>>)?=[^=]|[^.\\w]${variable}\\s*(\\+\\+|--)`).test(
      body,
    )
  ) {
    return `its body assigns to ${variable}`;
  }
  return '';
}

/**
 * Problems of one WGSL text.
 * @param source      WGSL; ${...} already replaced by FILLED_IN
 * @param shared      names of constants declared in other texts of the same module
 * @returns {{line: number, message: string}[]} line counted from 1 within the text
 */
export function lintWgsl(source, shared = new Set()) {
  const text = stripComments(source);
  const constants = new Set(shared);
  for (const match of text.matchAll(/\b(?:const|override)\s+(\w+)/g)) constants.add(match[1]);
  const problems = [];
  for (const match of text.matchAll(/\b(for|while|loop)\b\s*(?=[({])/g)) {
    const line = text.slice(0, match.index).split('\n').length;
    if (match[1] !== 'for') {
      problems.push({ line, message: `a ${match[1]} has no constant bound: write a for with one` });
      continue;
    }
    const open = text.indexOf('(', match.index);
    const close = closing(text, open, '(', ')');
    const begin = text.indexOf('{', close);
    const problem = forProblem(
      text.slice(open + 1, close),
      text.slice(begin, closing(text, begin, '{', '}') + 1),
      constants,
    );
    if (problem) problems.push({ line, message: `a for whose end is not constant: ${problem}` });
  }
  return problems;
}

/** Whether a string is WGSL with a function in it. */
export function looksLikeWgsl(text) {
  return (
    /\bfn\s+\w+\s*\(/.test(text) &&
    /[{;]/.test(text) &&
    /(@compute|@vertex|@fragment|->|\bvar\b|\blet\b|array<|u32|f32)/.test(text)
  );
}
