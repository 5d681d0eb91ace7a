/** A panel that asks the lab for what it shows, at every new view, while it is in sight; a running scene is asked no faster than a person reads. */
import { effect } from '@preact/signals';
import { useContext, useEffect } from 'preact/hooks';
import { PanelPlace } from '../dock/panel_place.tsx';
import { addBusyPart } from '../state/idle.ts';
import { scene, view } from '../state/lab_store.ts';
import { oneAtATime } from '../state/one_at_a_time.ts';

/**
 * Call `read` for every view that the panel sees; views that come while one is being read are one more reading.
 *
 * @param depends read in an effect: signals other than the view that make a new reading necessary
 */
export function useFollowing(read: () => Promise<void>, everyMs: number, depends?: () => void): void {
  const place = useContext(PanelPlace);
  useEffect(() => {
    // A question that the lab refused belongs to a state that is gone; the next view asks anew.
    const reading = oneAtATime(read, () => {}, everyMs);
    const stop = effect(() => {
      void view.value.status.number;
      depends?.();
      if ((place?.visible.value ?? true) && scene.value) reading.again();
    });
    const stopBusy = addBusyPart(() => reading.busy);
    return () => {
      reading.stop();
      stop();
      stopBusy();
    };
  }, [place]);
}
