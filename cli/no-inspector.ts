/**
 * On SIGUSR1 Node opens its inspector, by which anybody who reaches a port of this machine runs code in the process that
 * holds the keys. A listener takes its place; importing this, before anything else, is what sets it. It is the signal on
 * which servers reopen their logs; ours go to stdout and stderr, of which there is nothing to reopen.
 */
process.on("SIGUSR1", () => undefined);
