/** How patient a reflector is; tests are less so. */

export interface ReflectorTimes {
    /** A watch on which nothing comes for so long is dead. */
    readonly silenceMs: number;
    /** The first wait after a failure; it doubles with each. */
    readonly retryMs: number;
    /** No wait is longer. */
    readonly maxRetryMs: number;
    /** A kind that had objects is absent once it was nothing else for so long: API servers that start up know no kinds at first. */
    readonly absentMs: number;
}

export const REFLECTOR_TIMES: ReflectorTimes = { silenceMs: 100_000, retryMs: 500, maxRetryMs: 30_000, absentMs: 15_000 };
