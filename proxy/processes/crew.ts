/** The workers as the primary knows them: what each has been sent, has acknowledged, and finds wrong. */
import { finding, type Finding } from "../../istio/findings";
import { NOTHING_TAKEN, type TakenTables } from "./served";
import type { WorkerSlot } from "./worker-slot";

export interface WorkerReport {
    readonly number: number;
    readonly pid: number | undefined;
    readonly restarts: number;
    /** Version of the tables it serves; 0: none yet. */
    readonly version: number;
    readonly inSync: boolean;
    /** Since when there is something that it has not taken; 0: it has all. */
    readonly staleSeconds: number;
}

export interface WorkerState {
    /** Has been sent everything. */
    filled: boolean;
    /** Sequence of the last change it acknowledged; 0: none, so that it serves nobody. */
    acked: number;
    /** When what it lacks was sent, on the clock of `performance.now()`; undefined: it lacks nothing. */
    behindSince: number | undefined;
    taken: TakenTables;
    findings: readonly Finding[];
}

export class Crew {
    /** Each holds one worker after the other. */
    readonly slots: WorkerSlot[] = [];
    readonly #states = new Map<WorkerSlot, WorkerState>();
    /** Slots whose last worker was gone before it served, and why. */
    readonly #failing = new Map<WorkerSlot, string>();

    /** A worker was started. */
    enter(slot: WorkerSlot): WorkerState {
        const state = { filled: false, acked: 0, behindSince: performance.now(), taken: NOTHING_TAKEN, findings: [] };
        this.#states.set(slot, state);
        return state;
    }

    /** A worker is gone. Whether it had served. */
    leave(slot: WorkerSlot): boolean {
        const served = (this.#states.get(slot)?.acked ?? 0) > 0;
        this.#states.delete(slot);
        return served;
    }

    failed(slot: WorkerSlot, reason: string): void {
        this.#failing.set(slot, reason);
    }

    recovered(slot: WorkerSlot): void {
        this.#failing.delete(slot);
    }

    stateOf(slot: WorkerSlot): WorkerState | undefined {
        return this.#states.get(slot);
    }

    get states(): Iterable<readonly [WorkerSlot, WorkerState]> {
        return this.#states;
    }

    /** What all but one of them have taken. */
    takenBesides(worker: WorkerState): TakenTables[] {
        return [...this.#states.values()].filter((one) => one !== worker).map((one) => one.taken);
    }

    get someServe(): boolean {
        return [...this.#states.values()].some((worker) => worker.acked > 0);
    }

    get allServe(): boolean {
        return this.#states.size >= this.slots.length && [...this.#states.values()].every((worker) => worker.acked > 0);
    }

    get findings(): Finding[] {
        const failing = [...this.#failing].map(([slot, reason]) =>
            finding(
                "GH0486",
                {},
                `Worker ${slot.number} fails before it serves: ${reason}.`,
                "It is started again; undo the last change if there was one.",
            ),
        );
        return [...[...this.#states.values()].flatMap((worker) => worker.findings), ...failing];
    }

    /** `sequence`: of the last change that was sent. */
    report(sequence: number): WorkerReport[] {
        return this.slots.map((slot) => {
            const state = this.#states.get(slot);
            return {
                number: slot.number,
                pid: slot.pid,
                restarts: slot.restarts,
                version: state?.taken.version ?? 0,
                inSync: state?.acked === sequence && state.acked > 0,
                staleSeconds: state?.behindSince === undefined ? 0 : Math.round((performance.now() - state.behindSince) / 1000),
            };
        });
    }
}
