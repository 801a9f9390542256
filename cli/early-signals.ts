/**
 * Process 1 of a container gets no signal that it has no handler for: the kernel drops it, and whoever stops the
 * container waits its whole grace period for a kill. So importing this, before anything else, ends the process on a
 * signal for as long as nobody else listens for it.
 */
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
        if (process.listenerCount(signal) === 1) process.exit(0);
    });
}
