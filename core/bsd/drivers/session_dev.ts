/**
 * A driver of the old kind with one session for each open file: it authenticates in d_mmap, and would like to show every
 * session its own window of the device's memory.
 *
 * Models     the drivers that seed 003 is about; drm_mmap of dev/drm2/drm_vm.c (F9.3) for the authentication
 * Memory     WINDOWS windows of WINDOW_PAGES pages; window 0 for callers that it does not know, the others for sessions in turn.
 *            At attach each window is filled with one byte: 16 x (attachments to the slot so far) + window
 */
import type { Errno } from '../../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../../base/snapshot.ts';
import type { Pages } from '../../base/units.ts';
import type { BsdCore, BusSlot } from '../bsd_core.ts';
import type { Cdev, CdevSwitch, DriverAnswer, IoctlData, MmapQuestion } from '../cdev.ts';
import {
  type CdevPrivDestructor,
  devfsClearCdevpriv,
  devfsGetCdevpriv,
  devfsSetCdevpriv,
} from '../cdevpriv.ts';
import { copyin } from '../copyin.ts';
import { devfsIoctl } from '../devfs_fops.ts';

export const WINDOWS = 4;
export const WINDOW_PAGES: Pages = 16;

/** What one open file is to the driver. */
export class SessionData {
  authenticated: boolean;

  constructor(
    readonly number: number,
    authenticated: boolean,
  ) {
    this.authenticated = authenticated;
  }

  /** The window that it should see. */
  get window(): number {
    return 1 + ((this.number - 1) % (WINDOWS - 1));
  }
}
snapshotClass(SessionData, 'bsd.SessionData');

/** How the driver is written. */
export interface SessionOptions {
  /** Sessions begin without rights and get them by the request `auth`. */
  readonly needsAuth: boolean;
  /** What d_mmap makes of EBADF, that is of a call without a file. */
  readonly ebadf: 'allow' | 'refuse';
  /** d_close at every close. */
  readonly trackClose: boolean;
}

export class SessionSoftc {
  sessions = 0;
  closes = 0;
  /** Sessions that ended, in order. */
  readonly ended: number[] = [];
  /** What the next open answers, after it has set its private data. */
  nextOpen: DriverAnswer = 0;

  constructor(readonly options: SessionOptions) {}
}
snapshotClass(SessionSoftc, 'bsd.SessionSoftc');

function softcOf(cdev: Cdev): SessionSoftc {
  return cdev.softc as SessionSoftc;
}

const SESSION_DTOR: CdevPrivDestructor = snapshotConstant('bsd.session_dtor', {
  name: 'session_dtor',
  run(cdev: Cdev, data: object): void {
    softcOf(cdev).ended.push((data as SessionData).number);
  },
});

function setSession(cdev: Cdev): 0 | 'ENOENT' | 'EBUSY' {
  const softc = softcOf(cdev);
  const answer = devfsSetCdevpriv(
    cdev.core,
    new SessionData(softc.sessions + 1, !softc.options.needsAuth),
    SESSION_DTOR,
  );
  if (answer === 0) softc.sessions++;
  return answer;
}

/** Number of the session that the driver finds now, or the error it gets. */
function whoAmI(core: BsdCore): number | Errno {
  const found = devfsGetCdevpriv(core);
  return typeof found === 'string' ? found : (found as SessionData).number;
}

function ioctl(cdev: Cdev, request: string, data: IoctlData): DriverAnswer {
  const { core } = cdev;
  const found = devfsGetCdevpriv(core);
  switch (request) {
    case 'whoami':
      data.out = whoAmI(core);
      return 0;
    case 'set':
      return setSession(cdev);
    case 'clear':
      devfsClearCdevpriv(core);
      return 0;
    case 'auth':
    case 'unauth':
      if (typeof found === 'string') return found;
      (found as SessionData).authenticated = request === 'auth';
      return 0;
    case 'failOpen':
      softcOf(cdev).nextOpen = data.value === 0 ? 'EPERM' : 'ERESTART';
      return 0;
    case 'copyin': {
      // What the other device is asked meanwhile, and whether this call still knows its own file afterwards.
      const answer = data.user === null ? 'EFAULT' : copyin(data.user.mm, data.user.page);
      data.out = whoAmI(core);
      return answer;
    }
    case 'nested':
      // The driver calls ioctl on another file of the task.
      if (data.file === null) return 'EBADF';
      devfsIoctl(data.file, 'whoami', data);
      data.out = `${data.out}, then ${whoAmI(core)}`;
      return 0;
    default:
      return 'ENOTTY';
  }
}

function transfer(cdev: Cdev, offset: number, length: number): number | Errno {
  const found = devfsGetCdevpriv(cdev.core);
  if (typeof found === 'string') return found;
  return Math.max(0, Math.min(length, WINDOW_PAGES * 4096 - offset));
}

function sessionSwitch(name: string, trackClose: boolean): CdevSwitch {
  return {
    name,
    trackClose,

    dOpen(cdev: Cdev): DriverAnswer {
      const softc = softcOf(cdev);
      const refusal = setSession(cdev);
      if (refusal !== 0) return refusal;
      const answer = softc.nextOpen;
      softc.nextOpen = 0;
      return answer;
    },

    dClose(cdev: Cdev): DriverAnswer {
      softcOf(cdev).closes++;
      return 0;
    },

    dRead: transfer,
    dWrite: transfer,
    dIoctl: ioctl,

    dMmap(cdev: Cdev, question: MmapQuestion): DriverAnswer {
      const { core, memory } = cdev;
      const found = devfsGetCdevpriv(core);
      let window = 0;
      if (found === 'ENOENT') return 'EINVAL';
      if (found === 'EBADF') {
        if (softcOf(cdev).options.ebadf === 'refuse') return 'EBADF';
      } else {
        const session = found as SessionData;
        if (!session.authenticated) return 'EACCES';
        window = session.window;
      }
      if (question.page >= WINDOW_PAGES) return 'EINVAL';
      question.pfn = memory.frames[window * WINDOW_PAGES + question.page]!;
      return 0;
    },
  };
}

export const SESSION_SWITCH = snapshotConstant('bsd.session_cdevsw', sessionSwitch('session', false));
export const SESSION_TRACK_SWITCH = snapshotConstant(
  'bsd.session_track_cdevsw',
  sessionSwitch('session_track', true),
);

/** The device's memory as the driver leaves it at attach. */
export function fillWindows(core: BsdCore, slot: BusSlot, attachment: number): void {
  slot.frames.forEach((pfn, i) => {
    core.context.plane.fillPages(pfn, 1, attachment * 16 + Math.floor(i / WINDOW_PAGES));
  });
}
