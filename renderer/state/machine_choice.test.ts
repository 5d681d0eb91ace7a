import { expect, test } from 'vitest';
import { MACHINE_CHOICES, machineChoiceOf, searchWith } from './machine_choice.ts';

test('each choice comes back from the address that it makes', () => {
  for (const choice of MACHINE_CHOICES)
    expect(machineChoiceOf(searchWith('?speed=max', choice, 'thrash'))).toBe(choice);
});

test('the scene that is open and the rest of the address stay', () => {
  expect(searchWith('?speed=max&scene=thrash', MACHINE_CHOICES[3], 'two-sessions')).toBe(
    '?speed=max&scene=two-sessions&machine=host&power=high-performance',
  );
});
