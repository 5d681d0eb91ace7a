/**
 * Reads dumps of /sys/kernel/debug/dma_buf/bufinfo, one or several after each other, object by object.
 *
 * Events   dma_buf:bufinfo_object, dma_buf:bufinfo_fence, dma_buf:bufinfo_device; `object` counts the objects of the capture
 * Times    none: a dump does not say when it was made
 */
import type { CaptureReader, ImportContext } from './capture_parser.ts';
import { parseBufinfo } from './dma_buf_bufinfo.ts';
import { emitRecord, late, n, s, w } from './emit_record.ts';

const OBJECT = /^\d{8,20}\t[0-9a-f]{8,}\t[0-9a-f]{8,}\t/;
/** Lines of one object. */
const MAX_LINES = 10_000;

export class BufinfoReader implements CaptureReader {
  private lines = 0;
  /** Where the first line of the group stands. */
  private groupLine = 0;
  private heading = '';
  private group: string[] = [];
  private objects = 0;
  private dumpObjects = 0;
  private dumpBytes = 0;

  constructor(private readonly context: ImportContext) {}

  line(text: string): void {
    this.lines++;
    if (text === 'Dma-buf Objects:') {
      this.flush();
      this.dumpObjects = 0;
      this.dumpBytes = 0;
    } else if (/^size\s/.test(text)) {
      this.flush();
      this.heading = text;
    } else if (OBJECT.test(text)) {
      this.flush();
      this.keep(text);
    } else if (/^Total \d+ objects, \d+ bytes$/.test(text)) {
      this.flush();
      this.total(text);
    } else if (this.group.length >= MAX_LINES) this.context.notUnderstood(text);
    else this.keep(text);
  }

  private keep(text: string): void {
    if (this.group.length === 0) this.groupLine = this.lines;
    this.group.push(text);
  }

  end(): void {
    this.flush();
  }

  private total(text: string): void {
    const { total } = parseBufinfo(text);
    if (!total || (total.objects === this.dumpObjects && total.bytes === this.dumpBytes)) return;
    this.context.remark(
      `A dump announces ${total.objects} objects with ${total.bytes} bytes; ${this.dumpObjects} with ${this.dumpBytes} bytes were found.`,
    );
  }

  private flush(): void {
    const { group } = this;
    if (group.length === 0) return;
    this.group = [];
    const { sink } = this.context;
    const { objects, unread } = parseBufinfo([this.heading, ...group].join('\n'));
    for (const line of unread)
      this.context.notUnderstood(line, this.groupLine + Math.max(0, group.indexOf(line)));
    for (const each of objects) {
      const object = this.objects++;
      this.dumpObjects++;
      this.dumpBytes += each.size;
      const emit = (name: string, ...fields: Parameters<typeof emitRecord>[4]) =>
        emitRecord(sink, `dma_buf:bufinfo_${name}`, 0, null, [n('object', object), ...fields]);
      emit(
        'object',
        w('size', each.size),
        late(n('flags', each.flags)),
        late(n('mode', each.mode)),
        late(n('count', each.count)),
        late(s('exp_name', each.exporter || null)),
        n('ino', each.ino),
        late(s('name', each.name || null)),
      );
      for (const { usage, source, seqno, signalled } of each.fences)
        emit(
          'fence',
          s('usage', usage),
          s('source', source),
          n('seqno', seqno),
          n('signalled', signalled ? 1 : 0),
        );
      for (const device of each.devices) emit('device', s('device', device));
    }
  }
}
