/** Calls that make and end tasks, and pass descriptors between them. */
import { sysRecvFd, sysSendFd } from '../../kernel/sys_open.ts';
import { spawnTask, sysExitTask, sysFork, sysSetuid } from '../../kernel/sys_task.ts';
import { numberArg, registerCalls, textArg } from '../call_table.ts';
import { BadArgument, callingTask, fdArg, nameFd } from './arguments.ts';

registerCalls({
  /** A fresh process with no files; takes the name of the caller. */
  spawn({ kernel, names, task }) {
    if (names.tasks.has(task)) throw new BadArgument(`There is a task ${task} already.`);
    names.tasks.set(task, spawnTask(kernel, task).pid);
    return 0;
  },

  /** `as` names the child. */
  fork(context) {
    const { kernel, names, as } = context;
    if (as === undefined) throw new BadArgument('fork needs a name for the child (as).');
    if (names.tasks.has(as)) throw new BadArgument(`There is a task ${as} already.`);
    names.tasks.set(as, sysFork(kernel, callingTask(context), as).pid);
    return 0;
  },

  /** {}: the task ends; its mappings and descriptors go. */
  exit(context) {
    sysExitTask(context.kernel, callingTask(context));
    context.names.tasks.delete(context.task);
    return 0;
  },

  /** {uid}: another user; 0 has all rights. */
  setuid(context, args) {
    return sysSetuid(context.kernel, callingTask(context), numberArg(args, 'uid'));
  },

  /** {fd, to: task}; the descriptor in flight is a reference. */
  sendfd(context, args) {
    const pid = context.names.tasks.get(textArg(args, 'to'));
    if (pid === undefined) throw new BadArgument(`There is no task ${textArg(args, 'to')}.`);
    return sysSendFd(context.kernel, callingTask(context), fdArg(context, args), context.kernel.task(pid));
  },

  /** EAGAIN when nothing was sent. */
  recvfd(context) {
    return nameFd(context, sysRecvFd(context.kernel, callingTask(context)));
  },
});
