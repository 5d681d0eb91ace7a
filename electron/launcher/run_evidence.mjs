/** What the numbers of a run say to a person: what happened at least once, and the counts with their units. */

function bytes(count) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let value = count;
  let unit = 0;
  for (; value >= 1024 && unit < 3; unit++) value /= 1024;
  return unit === 0 ? `${count} bytes` : `${Number(value.toFixed(2))} ${units[unit]} (${count} bytes)`;
}

function times(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @returns {{shown: boolean, text: string}[]} */
export function evidenceOf(numbers) {
  const { evictions, refaultsInPlace, validatesBack, ptesCleared, tasksHit, contentsVerified, objects } =
    numbers;
  const { liveBytes, liveBytesAfterShutdown } = numbers.gpu;
  const { expectedBytes } = numbers.model;
  return [
    {
      shown: evictions > 0 && ptesCleared > 0 && tasksHit >= 2,
      text: `${times(evictions, 'eviction', 'evictions')}; shoot-downs cleared ${times(ptesCleared, 'PTE', 'PTEs')}, one eviction those of ${times(tasksHit, 'process', 'processes')}`,
    },
    {
      shown: refaultsInPlace > 0,
      text: `${times(refaultsInPlace, 'refault', 'refaults')} in place: the page came back where the object lay, nothing moved`,
    },
    {
      shown: validatesBack > 0,
      text: `${times(validatesBack, 'validate', 'validates')} moved an object back to VRAM`,
    },
    {
      shown: contentsVerified === objects && objects > 0,
      text: `contents verified: ${contentsVerified} of ${objects} objects`,
    },
    {
      shown: liveBytes === expectedBytes && liveBytesAfterShutdown === 0,
      text: `${numbers.machine === 'host' ? 'bytes of the host machine' : 'GPU bytes'} live at the end: ${liveBytes}, expected by the model: ${expectedBytes}; after shutdown: ${liveBytesAfterShutdown}`,
    },
  ];
}

/** The numbers as rows of a table. */
export function countRows(numbers) {
  const { gpu, model } = numbers;
  return [
    ['Evictions', numbers.evictions],
    ['Refaults in place / after a move', `${numbers.refaultsInPlace} / ${numbers.refaultsMoved}`],
    ['Validates that moved an object back', numbers.validatesBack],
    ['PTEs cleared by shoot-downs', numbers.ptesCleared],
    ['Most processes hit by the shoot-down of one eviction', numbers.tasksHit],
    ['Bytes moved', bytes(numbers.bytesMoved)],
    ['Objects, contents verified', `${numbers.contentsVerified} of ${numbers.objects}`],
    ['GPU buffers created / destroyed', `${gpu.buffersCreated} / ${gpu.buffersDestroyed}`],
    ['Submits / maps', `${gpu.submits} / ${gpu.maps}`],
    ['Live bytes / expected by the model', `${gpu.liveBytes} / ${model.expectedBytes}`],
    ['Resident bytes in the model', bytes(model.residentBytes)],
    ['Inputs / events', `${numbers.inputs} / ${numbers.events}`],
    ['Event digest', numbers.eventDigest],
    ['Content digest', numbers.contentDigest],
  ];
}
