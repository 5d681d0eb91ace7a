/** A figure as people read it: four digits that count, thousands in groups, no noise behind the point. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const [whole = '0', part = ''] = String(Number(value.toPrecision(4))).split('.');
  if (whole.includes('e') || part.includes('e')) return value.toExponential(2);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return part === '' ? grouped : `${grouped}.${part}`;
}
