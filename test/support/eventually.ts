/** For what happens on the proxy's own time: a file that is picked up, a socket that is seen closed. */

/** Asks again until the answer fits or `timeoutMs` are over; the proxy picks files up on its own time. */
export async function eventually(ask: () => Promise<void> | void, timeoutMs = 20_000, everyMs = 20): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            if (Date.now() > deadline) throw error;
            await new Promise((resolve) => setTimeout(resolve, everyMs));
        }
    }
}
