/**
 * Experiment of seed 001: one client, written against the ioctls that were merged in 2008 and against the shmem drivers that the thread
 * proposed, with 4 KiB and with 2 MiB pages behind them.
 *
 * Client      shmem_driver_client.ts; questions: shmem_driver_questions.ts
 */
import type { Cell, Experiment, ExperimentResult, ExperimentSetup } from './experiment.ts';
import {
  type ClientFigures,
  type ClientInterface,
  ClientRun,
  INTERFACES,
  OBJECTS,
  PAGES,
} from './shmem_driver_client.ts';
import { expressions } from './shmem_driver_questions.ts';

const MACHINE = 'i915-2008';

function problemsOf(clients: readonly ClientFigures[]): string[] {
  const problems: string[] = [];
  for (const { client, wrong, violations } of clients) {
    if (wrong > 0) problems.push(`${client}: ${wrong} reads were wrong.`);
    for (const says of violations) problems.push(`${client}: ${says}`);
  }
  const [ioctls, driver, huge] = clients as [ClientFigures, ClientFigures, ClientFigures];
  if (driver.ioctls >= ioctls.ioctls) problems.push('The shmem driver needs no fewer ioctls.');
  if (huge.faults >= driver.faults) problems.push('2 MiB pages save no fault.');
  return problems;
}

const COLUMNS = [
  'system calls',
  'ioctls',
  'set_domain calls',
  'functions of the core',
  'faults',
  'pages flushed',
  'domain changes',
  'model time, ns',
];
const rowOf = (figures: ClientFigures): Cell[] => [
  figures.client,
  figures.systemCalls,
  figures.ioctls,
  figures.setDomainCalls,
  figures.coreFunctions.length,
  figures.faults,
  figures.flushedPages,
  figures.domainChanges,
  figures.modelNs,
];

export const SHMEM_DRIVERS: Experiment = {
  name: 'shmem-drivers',
  title: 'GEM by ioctls and as a shmem driver',
  question:
    'What does the same client take with ioctls and with drivers that hook into shmem, and what can each express?',
  timed: false,
  async run(setup: ExperimentSetup): Promise<ExperimentResult> {
    const description = setup.description(MACHINE);
    const withRun = async <T>(client: ClientInterface, use: (run: ClientRun) => Promise<T>): Promise<T> => {
      const machine = await setup.newMachine(description);
      try {
        return await use(new ClientRun(machine, client));
      } finally {
        await machine.dispose();
      }
    };
    const clients: ClientFigures[] = [];
    for (const client of INTERFACES) clients.push(await withRun(client, run => run.clientFigures()));
    const questions = await withRun('ioctls', ioctl =>
      withRun('shmem driver', async file => {
        await ioctl.start();
        await file.start();
        const found = await expressions(ioctl, file);
        await ioctl.end();
        await file.end();
        return found;
      }),
    );
    const [ioctls, driver, huge] = clients as [ClientFigures, ClientFigures, ClientFigures];
    return {
      findings: [
        `${OBJECTS} objects of ${PAGES} pages: ${ioctls.systemCalls} system calls with ioctls (${ioctls.ioctls} of them ioctls, ${ioctls.setDomainCalls} to say a domain), ${driver.systemCalls} with the shmem driver (${driver.ioctls} ioctls).`,
        `The price is faults, which find the domain out: ${ioctls.faults} with ioctls, ${driver.faults} with the shmem driver, ${huge.faults} with 2 MiB pages behind it.`,
        `Functions of the core behind the calls: ${ioctls.coreFunctions.length} against ${driver.coreFunctions.length}.`,
        `A client that forgets set_domain: ${questions[0]!.answers[0]} with ioctls, ${questions[0]!.answers[1]} with the shmem driver. This alternative is not Linux: it was discussed and not merged.`,
      ],
      tables: [
        {
          title: `The same client (${OBJECTS} objects of 2 MiB)`,
          columns: ['interface', ...COLUMNS],
          rows: clients.map(rowOf),
        },
        {
          title: 'What each can express (the answer when it was tried)',
          columns: ['question', 'ioctls', 'shmem driver'],
          rows: questions.map(({ question, answers }) => [question, ...answers]),
        },
        {
          title: 'Functions of the core behind the calls',
          columns: ['interface', 'functions'],
          rows: clients.map(({ client, coreFunctions }) => [client, coreFunctions.join(', ')]),
        },
      ],
      charts: [
        {
          title: 'Calls of the client',
          unit: 'calls',
          categories: clients.map(({ client }) => client),
          series: [
            { name: 'system calls', values: clients.map(({ systemCalls }) => systemCalls) },
            { name: 'ioctls', values: clients.map(client => client.ioctls) },
          ],
        },
        {
          title: 'Faults and flushes',
          unit: 'faults, pages',
          categories: clients.map(({ client }) => client),
          series: [
            { name: 'faults', values: clients.map(({ faults }) => faults) },
            { name: 'pages flushed', values: clients.map(({ flushedPages }) => flushedPages) },
          ],
        },
      ],
      problems: problemsOf(clients),
      figures: { clients, questions },
    };
  },
};
