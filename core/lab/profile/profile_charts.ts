/** Charts of a report, made from its figures: lines over size, mappings or budget, and bars for the cases of section 3. */
import type { Chart } from '../experiments/experiment.ts';
import type { Figure, ProfileChart, ProfileReport, SectionReport } from './profile_report.ts';

/** What one chart of lines shows. */
interface LineRule {
  readonly title: string;
  readonly section: SectionReport['id'];
  /** Figures whose id matches; the groups name the line. */
  readonly id: RegExp;
  readonly x: string;
  /** Which of the figure's circumstances is the axis. */
  readonly axis: string;
  readonly y: string;
  readonly logY?: boolean;
}

const RULES: readonly LineRule[] = [
  ...(['create', 'destroy', 'map'] as const).map(
    (what): LineRule => ({
      title: { create: 'Create a buffer', destroy: 'Destroy a buffer', map: 'mapAsync' }[what],
      section: 'buffers',
      id: new RegExp(`^buffers/${what}/\\d+/(x\\d+)$`),
      x: 'bytes',
      axis: 'size',
      y: 'µs',
      logY: true,
    }),
  ),
  ...(['write', 'read-back', 'copy', 'copy-gpu'] as const).map(
    (what): LineRule => ({
      title: {
        write: 'writeBuffer, awaited',
        'read-back': 'Read-back',
        copy: 'Copy, awaited',
        'copy-gpu': 'Copy, by GPU timestamps',
      }[what],
      section: 'buffers',
      id: new RegExp(`^buffers/${what}/\\d+/(x\\d+)$`),
      x: 'bytes',
      axis: 'size',
      y: 'GB/s',
    }),
  ),
  ...(['evict', 'refault'] as const).flatMap((what): LineRule[] => [
    {
      title: what === 'evict' ? 'Eviction through the lab' : 'Re-fault through the lab',
      section: 'moves',
      id: new RegExp(`^moves/${what}/(paged|dedicated)/(pipelined|serial)/\\d+/lab$`),
      x: 'bytes of an object',
      axis: 'size',
      y: 'GB/s',
    },
    {
      title: what === 'evict' ? 'Eviction, lab to raw' : 'Re-fault, lab to raw',
      section: 'moves',
      id: new RegExp(`^moves/${what}/(paged|dedicated)/(pipelined|serial)/\\d+/ratio$`),
      x: 'bytes of an object',
      axis: 'size',
      y: 'ratio',
    },
  ]),
  {
    title: 'One shoot-down',
    section: 'shoot-down',
    id: /^shoot-down\/(\d+)\/\d+$/,
    x: 'mappings',
    axis: 'mappings',
    y: 'µs',
    logY: true,
  },
];

function linesOf(rule: LineRule, figures: readonly Figure[]): ProfileChart | undefined {
  const lines = new Map<string, [number, number | null][]>();
  for (const figure of figures) {
    const match = rule.id.exec(figure.id);
    const x = figure.of[rule.axis];
    if (!match || typeof x !== 'number') continue;
    const words = match.slice(1).join(' ');
    const name =
      rule.section === 'shoot-down' ? `${words} ${words === '1' ? 'process' : 'processes'}` : words;
    lines.set(name, [...(lines.get(name) ?? []), [x, figure.value]]);
  }
  if (lines.size === 0) return undefined;
  const series = [...lines].map(([name, points]) => ({ name, points: points.sort((a, b) => a[0] - b[0]) }));
  return { title: rule.title, x: rule.x, y: rule.y, logX: true, logY: rule.logY ?? false, series };
}

/** Lines of a section: those it brought itself, and those made from its figures. */
export function chartsOfSection(section: SectionReport): ProfileChart[] {
  const made = RULES.filter(rule => rule.section === section.id).flatMap(rule => {
    const chart = linesOf(rule, section.figures);
    return chart ? [chart] : [];
  });
  return [...section.charts, ...made];
}

/** Section 3 as bars: one chart per pattern, a group per number of heaps and fault log. */
export function gartBars({ sections }: ProfileReport): Chart[] {
  const figures = sections.find(({ id }) => id === 'gart')?.figures ?? [];
  const ratios = figures.filter(({ id, value }) => id.endsWith('/ratio') && value !== null);
  const valuesOf = (key: string, from: readonly Figure[]) => [
    ...new Set(from.map(({ of }) => String(of[key]))),
  ];
  return valuesOf('pattern', ratios).map(pattern => {
    const here = ratios.filter(({ of }) => of.pattern === pattern);
    const group = ({ of }: Figure) => `${of.heaps} ${of.heaps === 1 ? 'heap' : 'heaps'}, log ${of.faultLog}`;
    const categories = [...new Set(here.map(group))];
    return {
      title: `Speed through the GART, ${pattern}`,
      unit: 'part of direct speed',
      categories,
      series: valuesOf('operation', here).map(operation => ({
        name: operation,
        values: categories.map(
          category =>
            here.find(figure => figure.of.operation === operation && group(figure) === category)?.value ?? 0,
        ),
      })),
    };
  });
}
