/**
 * Parts of the process log whose levels can be changed while the proxy runs, each by itself. The words for levels are those of
 * Envoy, which istioctl takes; pino's own are taken too.
 */
import type { Logger } from "pino";

/** In the order in which they are shown. */
export const LOG_SCOPES = ["config", "listeners", "outbound", "proxy", "requests", "upstream", "workers"] as const;
export type LogScope = (typeof LOG_SCOPES)[number];

/** pino's words by Envoy's. */
const LEVELS = {
    trace: "trace",
    debug: "debug",
    info: "info",
    warning: "warn",
    error: "error",
    critical: "fatal",
    off: "silent",
} as const;
export type LogLevel = keyof typeof LEVELS;
const ALSO: Readonly<Record<string, LogLevel>> = { warn: "warning", fatal: "critical", silent: "off", none: "off" };

export type LogLevels = Readonly<Record<LogScope, LogLevel>>;
export type LevelChanges = Readonly<Partial<Record<LogScope, LogLevel>>>;

/** `upstream:debug,config:info`, or one level for all; otherwise what is wrong with it. */
export function parseLevels(text: string): LevelChanges | string {
    const changes: Partial<Record<LogScope, LogLevel>> = {};
    for (const part of text.split(",").map((one) => one.trim())) {
        const [first = "", second] = part.split(":");
        const level = levelOf(second ?? first);
        if (level === undefined) return `${JSON.stringify(second ?? first)} is no level; wanted one of ${Object.keys(LEVELS).join(", ")}`;
        const scopes = second === undefined ? LOG_SCOPES : LOG_SCOPES.filter((one) => one === first);
        if (scopes.length === 0 || part.split(":").length > 2)
            return `${JSON.stringify(first)} is no part of the log; wanted one of ${LOG_SCOPES.join(", ")}`;
        for (const scope of scopes) changes[scope] = level;
    }
    return changes;
}

function levelOf(text: string): LogLevel | undefined {
    const word = text.toLowerCase();
    return Object.hasOwn(LEVELS, word) ? (word as LogLevel) : Object.hasOwn(ALSO, word) ? ALSO[word] : undefined;
}

/** One log, by its parts. */
export class ScopedLog {
    readonly #scopes: Readonly<Record<LogScope, Logger>>;
    readonly #first: LogLevels;

    constructor(log: Logger) {
        this.#scopes = Object.fromEntries(LOG_SCOPES.map((scope) => [scope, log.child({ scope })])) as Record<LogScope, Logger>;
        this.#first = this.levels;
    }

    of(scope: LogScope): Logger {
        return this.#scopes[scope];
    }

    get levels(): LogLevels {
        return Object.fromEntries(LOG_SCOPES.map((scope) => [scope, levelOf(this.#scopes[scope].level) ?? "info"])) as Record<
            LogScope,
            LogLevel
        >;
    }

    /** Those that it began with. */
    get first(): LogLevels {
        return this.#first;
    }

    set(changes: LevelChanges): void {
        for (const [scope, level] of Object.entries(changes) as [LogScope, LogLevel][]) this.#scopes[scope].level = LEVELS[level];
    }
}
