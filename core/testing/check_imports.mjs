/**
 * Checks the order of the rooms, the determinism rules, WGSL loops and file lengths over the whole repository, from the
 * table of data in import_table.json.
 *
 *   npm run check:imports              prints problems, exit code 1 if there are any
 *   npm run check:imports -- --json    {"checks": n, "problems": [...]}
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyExceptions, checkFile, checkTable } from './source_rules.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const TOPS = ['core', 'renderer', 'electron', 'e2e'];

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (/\.(ts|tsx|mts|mjs|css|wgsl)$/.test(entry.name)) yield path;
  }
}

const table = JSON.parse(readFileSync(join(ROOT, 'core', 'testing', 'import_table.json'), 'utf8'));
const problems = [];
let files = 0;
for (const top of TOPS) {
  for (const path of sourceFiles(join(ROOT, top))) {
    files++;
    problems.push(
      ...checkFile(relative(ROOT, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'), table),
    );
  }
}
const { open, ratchet } = applyExceptions(problems, table.exceptions);
const general = [...checkTable(table), ...ratchet].map(message => ({
  rule: 'table',
  path: 'core/testing/import_table.json',
  line: 1,
  message,
}));
const all = [...open, ...general];

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ checks: files, problems: all }));
} else {
  for (const { path, line, rule, message } of all) console.log(`${path}:${line}: ${rule}: ${message}`);
  console.log(`${files} files checked, ${all.length} problems, ${table.exceptions.length} exceptions.`);
}
process.exitCode = all.length > 0 ? 1 : 0;
