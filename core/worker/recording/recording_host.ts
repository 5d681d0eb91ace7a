/**
 * The recording worker: writes what the lab sends, saves it as whole files, and finds what windows and labs left behind.
 *
 * Names   `<id>.<generation>.gartlab` and `<id>.json` beside it. A ring that is written anew is the next generation; the one before is
 *         whole until it is removed. Files on their way out have ids that begin with `saved-`
 * Owner   a lock of the id says that somebody still writes it
 */
import {
  type FromRecorded,
  type FromRecording,
  fileNameOf,
  type RecoveredView,
  type ToRecorded,
  type ToRecording,
} from '../../public/recording.ts';
import type { NoteView } from '../../public/session_types.ts';
import { BLOCK_KINDS } from '../../session/file/container.ts';
import { RecordingFile, type RecordingRing } from './recording_file.ts';
import { type RandomFile, type RecordingFolder, replaceText, textOf } from './recording_folder.ts';
import { type RecordingAbout, recoverRecording } from './recover_recording.ts';

/** Left behind at most; the oldest go. */
const MOST_RECOVERED = 3;
/** A save waits so long for what is on its way. */
const SAVE_WAITS_MS = 500;
const WAIT_STEP_MS = 20;

/** The lab's end of a port. */
export interface LabPort {
  postMessage(message: ToRecorded): void;
  onmessage: ((event: { data: FromRecorded }) => void) | null;
}

export interface RecordingSurroundings {
  readonly send: (message: FromRecording) => void;
  readonly openFolder: () => Promise<RecordingFolder>;
  /** The sentence for an error of the folder or of a file in it. */
  readonly sentenceOf: (error: unknown) => string;
  readonly newId: () => string;
  /** Own an id as long as this worker lives. @returns false: somebody else does */
  readonly own: (id: string) => Promise<boolean>;
  readonly nowMs: () => number;
  readonly delay: (ms: number) => Promise<void>;
  readonly ring?: RecordingRing;
}

interface Recording {
  readonly id: string;
  readonly file: RecordingFile;
  readonly about: RandomFile;
  title: string;
  notes: readonly NoteView[];
}

const SAVED = 'saved-';
const ENDING = '.gartlab';
const sessionName = (id: string, generation = 0) => `${id}.${generation}${ENDING}`;
const aboutName = (id: string) => `${id}.json`;
const idOf = (name: string) => name.slice(0, name.indexOf('.'));
const generationOf = (name: string) => Number(name.slice(name.indexOf('.') + 1, -ENDING.length));

export class RecordingHost {
  private folder: RecordingFolder | null = null;
  private recording: Recording | null = null;
  private port: LabPort | null = null;
  private keep = false;
  private recovered: readonly RecoveredView[] = [];
  /** Everything the window and the lab want, one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly around: RecordingSurroundings) {}

  /** Take one message of the window. */
  receive(message: ToRecording): void {
    switch (message.type) {
      case 'begin':
        this.enqueue(() => this.begin(message.closed));
        break;
      case 'connect':
        this.connect(message.port as LabPort);
        break;
      case 'labEnded':
        this.enqueue(() => this.leaveBehind());
        break;
      case 'keep':
        this.keep = message.on;
        if (this.recording) this.recording.file.keep = message.on;
        break;
      case 'save':
        // Not in the queue, through which what it waits for comes.
        void this.arrived(message.positions).then(() =>
          this.answer(message.number, () => this.save(message)),
        );
        break;
      case 'take':
        this.answer(message.number, () => this.take(message.name));
        break;
      case 'forget':
        this.enqueue(() => this.forget(message.name));
        break;
    }
  }

  /** Hear the lab from now on. */
  connect(port: LabPort): void {
    this.port = port;
    port.onmessage = ({ data }) => {
      if (port === this.port) this.enqueue(() => this.hear(data));
    };
  }

  private enqueue(act: () => Promise<void>): void {
    this.queue = this.queue.then(act).catch(error => this.stop(error));
  }

  private answer(number: number, act: () => Promise<Blob>): void {
    this.queue = this.queue
      .then(async () => {
        const file = await act();
        this.around.send({ type: 'file', number, file, name: fileNameOf(this.recording?.title ?? '') });
      })
      .catch(error => {
        const sentence = error instanceof Error ? error.message : String(error);
        this.around.send({ type: 'refused', number, sentence });
      });
  }

  private folderOrFail(): RecordingFolder {
    if (!this.folder) throw new Error('There is no recording on the disk.');
    return this.folder;
  }

  private async begin(closed: readonly string[]): Promise<void> {
    const folder = await this.around.openFolder();
    this.folder = folder;
    const names = await folder.names();
    const ids = new Set(names.filter(name => name.endsWith(ENDING)).map(idOf));
    for (const id of [...ids].sort((a, b) => (a < b ? -1 : 1))) {
      if (!(await this.around.own(id))) continue;
      if (closed.includes(id) || id.startsWith(SAVED)) await this.drop(id);
      else await this.recover(id);
    }
    this.tellRecovered();
  }

  /** Files of a recording, the oldest generation first. */
  private async filesOf(id: string): Promise<string[]> {
    const names = (await this.folderOrFail().names()).filter(
      name => name.endsWith(ENDING) && idOf(name) === id,
    );
    return names.sort((a, b) => generationOf(a) - generationOf(b));
  }

  /** What is left of a recording that nobody writes any more. */
  private async recover(id: string): Promise<void> {
    const folder = this.folderOrFail();
    let view: RecoveredView | null = null;
    try {
      const [name = sessionName(id)] = await this.filesOf(id);
      const file = await folder.open(name);
      try {
        view = await recoverRecording(id, file, await this.readAbout(id));
      } finally {
        file.close();
      }
    } catch {
      // Nothing of it can be opened.
    }
    if (!view) await this.drop(id);
    else {
      this.recovered = [...this.recovered, view];
      for (const old of this.recovered.slice(0, -MOST_RECOVERED)) await this.forget(old.name);
    }
  }

  private async readAbout(id: string): Promise<RecordingAbout> {
    const file = await this.folderOrFail().open(aboutName(id));
    try {
      const { title, notes } = JSON.parse(textOf(file)) as Partial<RecordingAbout>;
      return { title: String(title ?? ''), notes: Array.isArray(notes) ? notes : [] };
    } catch {
      return { title: '', notes: [] };
    } finally {
      file.close();
    }
  }

  private tellRecovered(): void {
    this.around.send({ type: 'recovered', sessions: this.recovered });
  }

  private async forget(name: string): Promise<void> {
    this.recovered = this.recovered.filter(each => each.name !== name);
    await this.drop(name);
    this.tellRecovered();
  }

  private async drop(id: string): Promise<void> {
    const folder = this.folderOrFail();
    for (const name of [...(await this.filesOf(id)), aboutName(id)])
      await folder.remove(name).catch(() => undefined);
  }

  private async hear(message: FromRecorded): Promise<void> {
    const { recording } = this;
    switch (message.type) {
      case 'open':
        return this.open(message.title);
      case 'part':
        recording?.file.begin(message.part, message.position);
        return;
      case 'block': {
        const kind = BLOCK_KINDS.find(each => each === message.kind);
        if (!recording || !kind) return;
        const { length } = message.raw;
        // Not waited for: the next blocks are packed meanwhile.
        recording.file.append(kind, message.raw, message.about).then(
          () => this.port?.postMessage({ type: 'written', bytes: length }),
          error => this.stop(error),
        );
        return;
      }
      case 'cut':
        return recording?.file.cut(message.part);
      case 'notes':
        if (recording) this.writeAbout(recording, message.notes);
        return;
    }
  }

  private async open(title: string): Promise<void> {
    await this.end();
    const { around } = this;
    const folder = this.folder;
    if (!folder) {
      this.port?.postMessage({ type: 'stopped' });
      return;
    }
    const id = around.newId();
    await around.own(id);
    let generation = 0;
    const makeNext = async () => {
      const before = sessionName(id, generation++);
      const file = await folder.open(sessionName(id, generation));
      return { file, replaced: () => void folder.remove(before).catch(() => undefined) };
    };
    const file = new RecordingFile(await folder.open(sessionName(id)), around.nowMs, makeNext, around.ring);
    file.keep = this.keep;
    this.recording = { id, file, about: await folder.open(aboutName(id)), title, notes: [] };
    this.writeAbout(this.recording, []);
    around.send({ type: 'recording', name: id });
  }

  private writeAbout(recording: Recording, notes: readonly NoteView[]): void {
    recording.notes = notes;
    const about: RecordingAbout = { title: recording.title, notes };
    replaceText(recording.about, JSON.stringify(about));
  }

  /** Another scene takes its place: nobody misses it. */
  private async end(): Promise<void> {
    const { recording } = this;
    this.recording = null;
    if (!recording) return;
    await recording.file.close();
    recording.about.close();
    await this.drop(recording.id);
  }

  private async leaveBehind(): Promise<void> {
    const { recording } = this;
    this.recording = null;
    this.around.send({ type: 'recording', name: null });
    if (!recording) return;
    await recording.file.close();
    recording.about.close();
    await this.recover(recording.id);
    this.tellRecovered();
  }

  /** Just so many inputs are in the recording (more are another future, or the lab runs), or nobody waits any longer. */
  private async arrived(positions: number): Promise<void> {
    for (let ms = 0; ms < SAVE_WAITS_MS; ms += WAIT_STEP_MS) {
      if (this.recording?.file.position === positions) return;
      await this.around.delay(WAIT_STEP_MS);
    }
  }

  private async take(name: string): Promise<Blob> {
    const [file] = await this.filesOf(name);
    if (file === undefined) throw new Error('This recording is not there any more.');
    return this.folderOrFail().blob(file);
  }

  private async save(message: Extract<ToRecording, { type: 'save' }>): Promise<Blob> {
    const { recording, around } = this;
    const folder = this.folderOrFail();
    if (!recording) throw new Error('Nothing is being recorded on the disk.');
    const id = `${SAVED}${around.newId()}`;
    await around.own(id);
    const file = await folder.open(sessionName(id));
    try {
      await recording.file.saveInto(file, message.fromPosition, recording.notes);
    } finally {
      file.close();
    }
    return folder.blob(sessionName(id));
  }

  /** Nothing can be written any more. */
  private stop(error: unknown): void {
    this.port?.postMessage({ type: 'stopped' });
    const { recording } = this;
    this.recording = null;
    recording?.about.close();
    void recording?.file.close();
    this.around.send({ type: 'recording', name: null });
    this.around.send({ type: 'memoryOnly', sentence: this.around.sentenceOf(error) });
  }
}
