/** The figures of the shmem-drivers experiment. */
import { expect, test } from 'vitest';
import { HOST_EXPERIMENT_SETUP } from '../../testing/experiment_setup.ts';
import type { ClientFigures } from './shmem_driver_client.ts';
import type { Expression } from './shmem_driver_questions.ts';
import { SHMEM_DRIVERS } from './shmem_drivers.ts';

test('what the same client takes with ioctls and with a shmem driver', async () => {
  const result = await SHMEM_DRIVERS.run(HOST_EXPERIMENT_SETUP);
  expect(result.problems).toEqual([]);
  const { clients, questions } = result.figures as { clients: ClientFigures[]; questions: Expression[] };
  expect(
    clients.map(({ client, systemCalls, ioctls, setDomainCalls, coreFunctions, faults }) => [
      client,
      systemCalls,
      ioctls,
      setDomainCalls,
      coreFunctions.length,
      faults,
    ]),
  ).toEqual([
    ['ioctls', 45, 33, 6, 11, 3168],
    ['shmem driver', 36, 6, 0, 6, 6144],
    ['shmem driver, 2 MiB', 36, 6, 0, 6, 1545],
  ]);
  expect(questions.map(({ answers }) => answers)).toEqual([
    ['16 of 16 pages stale', '0 of 16 pages stale'],
    ['0 bytes', '65536 bytes'],
    ['EINVAL', 'yes'],
    ['ENOSYS', 'yes'],
    ['yes', 'ENOENT'],
    ['yes', 'yes'],
    ['512 faults', '1 faults'],
    ['EBADF', 'yes'],
  ]);
});
