/**
 * `profile`: measures the GPU and the lab on it, compares reports, and answers since when something is slower.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatNumber } from '../../lab/experiments/svg_chart.ts';
import {
  type BaselineAnswer,
  compareProfiles,
  type ProfileComparison,
  regressionsSince,
} from '../../lab/profile/compare_profiles.ts';
import { type ChartLibrary, PROFILE_DATA_ID, profileHtml } from '../../lab/profile/profile_html.ts';
import {
  type Figure,
  type ProfileReport,
  ProfileReportError,
  parseProfileReport,
  SECTION_IDS,
  type SectionId,
} from '../../lab/profile/profile_report.ts';
import { CancelToken } from '../../lab/profile/profile_setup.ts';
import { runProfile } from '../../lab/profile/run_profile.ts';
import { versionOf } from '../app_version.ts';
import { loadMachine, packageRoot } from '../assets.ts';
import { nodeClock } from '../clock_node.ts';
import { createNodeGpuProvider } from '../gpu_provider_node.ts';
import { bufinfoSource } from '../kernel_sources/bufinfo_source.ts';
import { fdinfoSource } from '../kernel_sources/fdinfo_source.ts';
import { adapterOption } from '../machine_options.ts';
import type { AdapterKind } from '../make_machine.ts';
import { wholeNumber, writeWhole } from '../option_values.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';
import { type ProgressBar, startProgress } from '../progress_bar.ts';

const MACHINE = 'lab-64m';
const GIB = 1024 ** 3;
/** Without it Dawn rounds GPU timestamps to 65,536 ns. */
const DAWN_FLAGS = ['disable-dawn-features=timestamp_quantization'];
/** The backend that Dawn takes when nobody names one. */
const BACKENDS: Readonly<Record<string, string>> = { linux: 'Vulkan', darwin: 'Metal', win32: 'Direct3D 12' };
/** A second interrupt within this time is the same one, passed on by the launcher. */
const SAME_INTERRUPT_MS = 1000;

interface ProfileFlags {
  readonly quick?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly driverCliff?: boolean;
  readonly gpuLimit?: string;
  readonly compare?: readonly string[];
  readonly baseline?: readonly string[];
  readonly only?: string;
  readonly adapter: AdapterKind;
  readonly kernelPid?: string;
}

/** A saved report: JSON, or the page that holds it. @throws UsageError */
function readReport(path: string): ProfileReport {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as Error).message}).`);
  }
  const inPage = new RegExp(
    `<script type="application/json" id="${PROFILE_DATA_ID}">(.*?)</script>`,
    's',
  ).exec(text);
  let document: unknown;
  try {
    document = JSON.parse(inPage?.[1] ?? text);
  } catch {
    throw new UsageError(`${path} is neither JSON nor a page with a report in it.`);
  }
  try {
    return parseProfileReport(document, path);
  } catch (error) {
    if (error instanceof ProfileReportError) throw new UsageError(error.message);
    throw error;
  }
}

/** The chart library as it lies in node_modules; null in a place without it. */
function chartLibrary(): ChartLibrary | null {
  const folder = join(packageRoot(), 'node_modules', 'uplot', 'dist');
  const [script, style] = ['uPlot.iife.min.js', 'uPlot.min.css'].map(name => join(folder, name));
  if (!existsSync(script!) || !existsSync(style!)) return null;
  return { script: readFileSync(script!, 'utf8'), style: readFileSync(style!, 'utf8') };
}

function sectionsOf(only: string | undefined): readonly SectionId[] | undefined {
  if (only === undefined) return undefined;
  return only.split(',').map(name => {
    const id = SECTION_IDS.find(known => known === name);
    if (id) return id;
    throw new UsageError(`There is no section ${JSON.stringify(name)}; there are ${SECTION_IDS.join(', ')}.`);
  });
}

/** Ctrl-C asks the profile to stop; a second one ends the process. */
function cancelOnInterrupt(): { readonly cancel: CancelToken; stop(): void } {
  const cancel = new CancelToken();
  let first = 0;
  const onInterrupt = () => {
    if (cancel.isCancelled) {
      if (nodeClock.nowMs() - first > SAME_INTERRUPT_MS) process.exit(130);
      return;
    }
    first = nodeClock.nowMs();
    cancel.cancel();
    say('Stopping; what was measured is kept. Once more ends at once.');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onInterrupt);
  return {
    cancel,
    stop: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onInterrupt);
    },
  };
}

async function measure(flags: ProfileFlags): Promise<ProfileReport> {
  const gpuLimitBytes = flags.gpuLimit === undefined ? GIB : wholeNumber(flags.gpuLimit, '--gpu-limit', 4096);
  const pid = flags.kernelPid === undefined ? process.pid : wholeNumber(flags.kernelPid, '--kernel-pid', 1);
  const only = sectionsOf(flags.only);
  const prefer = flags.adapter === 'auto' ? {} : { prefer: flags.adapter };
  const provider = createNodeGpuProvider({ ...prefer, flags: DAWN_FLAGS });
  const { cancel, stop } = cancelOnInterrupt();
  let bar: ProgressBar | undefined;
  try {
    return await runProfile(
      {
        clock: nodeClock,
        provider,
        machine: loadMachine(MACHINE),
        date: new Date().toISOString(),
        quick: flags.quick === true,
        driverCliff: flags.driverCliff === true,
        gpuLimitBytes,
        backend: BACKENDS[process.platform] ?? 'unknown',
        flags: DAWN_FLAGS,
        versions: {
          lab: versionOf(),
          node: process.version,
          webgpu: versionOf('node_modules', 'webgpu'),
          platform: `${process.platform} ${process.arch}`,
        },
        load: `${loadavg()[0]!.toFixed(1)} runnable for ${cpus().length} processors`,
        kernelSources: process.platform === 'linux' ? [fdinfoSource(pid), bufinfoSource()] : [],
        cancel,
        onProgress: ({ done, total }) => {
          bar ??= startProgress('profile', total);
          bar.update(done);
        },
      },
      only,
    );
  } finally {
    bar?.stop();
    stop();
    provider.release();
  }
}

function line({ what, value, unit, low, high, kind, samples, note }: Figure): string {
  const number = value === null ? 'unknown' : `${formatNumber(value)} ${unit}`;
  const spread = samples.length > 1 ? ` (${formatNumber(low!)} to ${formatNumber(high!)})` : '';
  return `  ${what}: ${number}${spread}${kind === 'measured' ? '' : `, ${kind}`}${value === null ? `: ${note}` : ''}`;
}

function printReport(report: ProfileReport): void {
  const { environment, clocks, sections, timeline } = report;
  printLine(
    `${environment.adapter}${environment.software ? ' (software)' : ''}, ${environment.backend}, ${report.date}`,
  );
  printLine(`load when it began: ${environment.load}`);
  printLine(
    `clock step ${clocks.clockStepNs} ns, GPU timestamps ${clocks.timestampStepNs === null ? 'none' : `in steps of ${clocks.timestampStepNs} ns`}`,
  );
  for (const { title, state, figures, missing, outcomes } of sections) {
    printLine();
    printLine(`${title} (${state})`);
    for (const figure of figures) printLine(line(figure));
    for (const { of, outcome, sentence } of outcomes) printLine(`  ${of}: ${outcome}. ${sentence}`);
    for (const says of missing) printLine(`  missing: ${says}`);
  }
  for (const says of timeline.absent) printLine(`absent: ${says}`);
}

function printComparison({ a, b, warnings, figures }: ProfileComparison): void {
  printLine(`${a} beside ${b}`);
  for (const warning of warnings) printLine(`warning: ${warning}`);
  for (const { what, a: first, b: second, unit, factor, noise, verdict } of figures) {
    const values = `${first?.value ?? '-'} | ${second?.value ?? '-'} ${unit}`;
    const change = factor === null ? '' : `, x ${factor.toFixed(3)} (noise ± ${Math.round(noise! * 100)} %)`;
    printLine(`${verdict.padEnd(11)} ${what}: ${values}${change}`);
  }
  const count = (verdict: string) => figures.filter(figure => figure.verdict === verdict).length;
  printLine(
    `${count('same')} the same, ${count('better')} better, ${count('worse')} worse, beyond the noise.`,
  );
}

function printBaseline({ dates, warnings, regressions, compared }: BaselineAnswer): void {
  printLine();
  for (const warning of warnings) printLine(`warning: ${warning}`);
  for (const { what, was, now, unit, since, lastGood } of regressions)
    printLine(`regression since ${since}: ${what}: ${was} to ${now} ${unit} (last good ${lastGood})`);
  printLine(`${regressions.length} of ${compared} figures are worse than in ${dates.length} saved reports.`);
}

function compare(paths: readonly string[], flags: ProfileFlags): void {
  if (paths.length !== 2)
    throw new UsageError(
      `--compare takes two reports (${paths.length} ${paths.length === 1 ? 'was' : 'were'} given).`,
    );
  const [a, b] = paths.map(readReport) as [ProfileReport, ProfileReport];
  const comparison = compareProfiles(a, b);
  if (flags.out !== undefined) writeWhole(flags.out, profileHtml(b, chartLibrary(), { comparison }));
  if (flags.json) printJson(comparison);
  else printComparison(comparison);
}

async function profile(flags: ProfileFlags): Promise<void> {
  if (flags.compare !== undefined) {
    compare(flags.compare, flags);
    return;
  }
  const saved = (flags.baseline ?? []).map(readReport);
  const report = parseProfileReport(JSON.parse(JSON.stringify(await measure(flags))), 'the new report');
  const baseline = saved.length > 0 ? regressionsSince(saved, report) : undefined;
  if (flags.out !== undefined) {
    const isJson = flags.out.endsWith('.json');
    const parts = baseline === undefined ? {} : { baseline };
    writeWhole(
      flags.out,
      isJson ? `${JSON.stringify(report)}\n` : profileHtml(report, chartLibrary(), parts),
    );
  }
  if (flags.json) printJson(baseline === undefined ? report : { ...report, baseline });
  else {
    printReport(report);
    if (baseline) printBaseline(baseline);
  }
  if (report.environment.software) say('The adapter is software: the numbers say nothing about a GPU.');
  const isWhole = report.sections.every(
    ({ state, missing }) => state === 'complete' || missing.every(says => says === 'not asked for'),
  );
  if (!isWhole || (baseline?.regressions.length ?? 0) > 0) process.exitCode = 1;
}

export function addProfileCommand(program: Command): void {
  program
    .command('profile')
    .description('measure the GPU, and the lab on it; compare reports')
    .option('--quick', 'fewer sizes and repetitions: under two minutes on a software adapter')
    .option('--out <file>', 'write the report: a page, or JSON when the name ends in .json')
    .option('--json', 'print one JSON text')
    .option('--driver-cliff', 'allocate until the driver reacts, up to --gpu-limit')
    .option('--gpu-limit <bytes>', 'most bytes of plain allocations (default: 1 GiB)')
    .option('--compare <reports...>', 'measure nothing: show two saved reports side by side')
    .option('--baseline <reports...>', 'say what is slower than in saved reports, and since when')
    .option('--only <sections>', `sections, with commas between: ${SECTION_IDS.join(', ')}`)
    .addOption(adapterOption())
    .option('--kernel-pid <pid>', 'process whose DRM clients are sampled (default: this one)')
    .action(profile);
}
