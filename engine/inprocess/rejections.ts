/**
 * Collects what a program throws where nobody waits: an apply that fails rejects promises without an owner. While it
 * runs, these events are the program's; a test runner that listens for them would blame the test.
 */
const EVENTS = ["unhandledRejection", "uncaughtException"] as const;

export interface Rejections {
    readonly errors: ReadonlySet<unknown>;
    /** Settles with the first error. */
    readonly first: Promise<void>;
    stop(): void;
}

/** `isForeign`: of an error that is no fault of the program that runs. */
export function collectRejections(isForeign: (error: unknown) => boolean): Rejections {
    const errors = new Set<unknown>();
    let announce: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
        announce = resolve;
    });
    const collect = (error: unknown): void => {
        if (isForeign(error)) return;
        errors.add(error);
        announce();
    };
    const others = EVENTS.map((event) => ({ event, listeners: process.rawListeners(event) as ((...args: unknown[]) => void)[] }));
    for (const { event } of others) {
        process.removeAllListeners(event);
        process.on(event, collect);
    }
    return {
        errors,
        first,
        stop() {
            for (const { event, listeners } of others) {
                process.off(event, collect);
                for (const listener of listeners) process.on(event, listener);
            }
        },
    };
}
