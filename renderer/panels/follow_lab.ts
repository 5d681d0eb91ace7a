/** A panel that asks the lab for what it shows, at every new view, while it is in sight; a running scene is asked no faster than a person reads. */
import { effect } from '@preact/signals';
import { useContext, useEffect } from 'preact/hooks';
import { PanelPlace } from '../dock/panel_place.tsx';
import { addBusyPart } from '../state/idle.ts';
import { scene, view } from '../state/lab_store.ts';

/**
 * Call `read` for every view that the panel sees; views that come while one is being read are one more reading.
 *
 * @param depends read in an effect: signals other than the view that make a new reading necessary
 */
export function useFollowing(read: () => Promise<void>, everyMs: number, depends?: () => void): void {
  const place = useContext(PanelPlace);
  useEffect(() => {
    let reading = false;
    let again = false;
    let ended = false;
    const go = async () => {
      if (reading) {
        again = true;
        return;
      }
      reading = true;
      do {
        again = false;
        // A question that the lab refused belongs to a state that is gone; the next view asks anew.
        await read().catch(() => {});
        if (again) await new Promise(resolve => setTimeout(resolve, everyMs));
      } while (again && !ended);
      reading = false;
    };
    const stop = effect(() => {
      void view.value.status.number;
      depends?.();
      if ((place?.visible.value ?? true) && scene.value) void go();
    });
    const stopBusy = addBusyPart(() => reading);
    return () => {
      ended = true;
      stop();
      stopBusy();
    };
  }, [place]);
}
