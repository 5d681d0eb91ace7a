/** Reading a parsed program (ESTree with TypeScript nodes): its nodes, what it imports, which names it binds. */

/** Every module specifier of a program: static, re-exported, dynamic and in `import('...')` types. */
export function* specifiersOf(program) {
  for (const node of walk(program)) {
    const source =
      node.source ?? (node.type === 'TSImportType' ? (node.argument?.literal ?? node.argument) : undefined);
    if (source?.type === 'Literal' && typeof source.value === 'string')
      yield { specifier: source.value, start: node.start };
  }
}

export function* walk(node) {
  if (Array.isArray(node)) {
    for (const child of node) yield* walk(child);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  if (typeof node.type === 'string') yield node;
  for (const key in node) {
    const child = node[key];
    if (child !== null && typeof child === 'object') yield* walk(child);
  }
}

/** Positions of identifiers that are names of properties, labels or keys, not references. */
export function namePositions(program) {
  const names = new Set();
  for (const node of walk(program)) {
    if (node.type === 'MemberExpression' && !node.computed) names.add(node.property);
    if (node.type === 'TSQualifiedName') names.add(node.right);
    if ('key' in node && !node.computed && !(node.type === 'Property' && node.shorthand)) names.add(node.key);
    if (node.type === 'LabeledStatement') names.add(node.label);
    if (node.type.startsWith('Import') && node.imported) names.add(node.imported);
    if (node.type === 'ExportSpecifier') names.add(node.exported);
    if (node.type === 'TSTypePredicate' || node.type === 'TSNamedTupleMember')
      names.add(node.parameterName ?? node.label);
    if (node.type === 'TSFunctionType' || node.type === 'TSMethodSignature')
      for (const p of node.params ?? []) names.add(p);
  }
  return names;
}

/** Names that a binding pattern binds; types and default values in it are not bindings. */
function* namesOf(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      yield pattern.name;
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) yield* namesOf(property.value ?? property.argument);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) yield* namesOf(element);
      break;
    case 'AssignmentPattern':
      yield* namesOf(pattern.left);
      break;
    case 'RestElement':
      yield* namesOf(pattern.argument);
      break;
    case 'TSParameterProperty':
      yield* namesOf(pattern.parameter);
      break;
  }
}

/** Names bound anywhere in the file: imports, declarations, parameters. A file that binds `window` means its own. */
export function boundNames(program) {
  const patterns = [];
  for (const node of walk(program)) {
    const declares = /^(Function|Class)(Declaration|Expression)$|^TS(TypeAlias|Interface)Declaration$/.test(
      node.type,
    );
    if (node.type === 'VariableDeclarator' || declares) patterns.push(node.id);
    if (node.type.startsWith('Import') && node.local) patterns.push(node.local);
    if (node.type === 'CatchClause') patterns.push(node.param);
    if (Array.isArray(node.params)) patterns.push(...node.params);
  }
  return new Set(patterns.flatMap(pattern => [...namesOf(pattern)]));
}
