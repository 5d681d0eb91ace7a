/** Calls about the inodes of shared buffers: their design, and holding a buffer's directory entry without its file. */
import { DMA_BUF_INODE_DESIGNS } from '../../dma_buf/dma_buf_inodes.ts';
import { sysOpenPath } from '../../kernel/sys_open_path.ts';
import { registerCalls, textArg } from '../call_table.ts';
import { BadArgument, callingTask, fdArg, nameFd } from './arguments.ts';

registerCalls({
  /** {of?: task, fd}: /proc/<pid of the task>/fd/<fd>, opened with O_PATH. */
  openPath(context, args) {
    const pid = context.names.tasks.get(textArg(args, 'of', context.task));
    if (pid === undefined) throw new BadArgument(`There is no task ${textArg(args, 'of')}.`);
    const of = context.kernel.task(pid);
    return nameFd(context, sysOpenPath(context.kernel, callingTask(context), of, fdArg(context, args)));
  },

  /** {design}: how the next shared buffers get their inodes; EBUSY while one is alive. Another kernel, not a call of Linux. */
  'dmabuf.inodes'({ kernel }, args) {
    const name = textArg(args, 'design');
    const design = DMA_BUF_INODE_DESIGNS.find(known => known === name);
    if (!design)
      throw new BadArgument(`${name} is no design; known are ${DMA_BUF_INODE_DESIGNS.join(', ')}.`);
    kernel.dmaBufs.useInodes(design);
    return 0;
  },
});
