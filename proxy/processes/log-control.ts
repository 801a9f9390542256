/** The levels of the process log: changed in the primary, and told to the workers, those too that come later. */
import type { LogControl } from "../admin";
import { parseLevels, type LogLevels, type ScopedLog } from "../log";
import type { WorkerSlot } from "./worker-slot";

export class LogLevelControl implements LogControl {
    readonly #log: ScopedLog;
    readonly #slots: readonly WorkerSlot[];

    constructor(log: ScopedLog, slots: readonly WorkerSlot[]) {
        this.#log = log;
        this.#slots = slots;
    }

    get levels(): LogLevels {
        return this.#log.levels;
    }

    change(text: string): string {
        const changes = parseLevels(text);
        if (typeof changes === "string") return changes;
        this.#set({ ...this.levels, ...changes });
        return "";
    }

    reset(): void {
        this.#set(this.#log.first);
    }

    #set(levels: LogLevels): void {
        this.#log.set(levels);
        for (const slot of this.#slots) slot.send({ type: "log-levels", levels });
    }
}
