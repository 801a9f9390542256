/**
 * From pressures to actions: pure, of a clock that is told. What has begun goes on for a while after the pressure has gone, so that
 * nothing begins and ends by turns; what grows with the pressure falls with it step by step.
 */
import {
    ACTION_NAMES,
    ACTIONS,
    type ActionName,
    type ActionValues,
    type OverloadAction,
    type Pressures,
    type ResourceName,
} from "./actions";

/** So long the pressure must be low before what has begun ends. */
export const HOLD_MS = 5_000;
/** What grows with the pressure falls from the whole to nothing in so long at the least. */
export const FALL_MS = 5_000;

interface Latch {
    isOn: boolean;
    /** When the pressure was seen to be low first; 0: it is not. */
    lowSince: number;
}

export class OverloadMachine {
    readonly #values: Record<ActionName, number>;
    readonly #latches = new Map<string, Latch>();
    #now: number;

    constructor(now: number) {
        this.#now = now;
        this.#values = Object.fromEntries(ACTION_NAMES.map((name) => [name, 0])) as Record<ActionName, number>;
    }

    get values(): ActionValues {
        return this.#values;
    }

    /** Returns whether anything is another than before. */
    observe(pressures: Pressures, now: number): boolean {
        const elapsed = Math.max(0, now - this.#now);
        this.#now = now;
        let changed = false;
        for (const name of ACTION_NAMES) {
            const wanted = this.#wanted(name, pressures, now);
            const before = this.#values[name];
            const value = wanted >= before ? wanted : Math.max(wanted, before - (isScaled(name) ? elapsed / FALL_MS : 1));
            if (value === before) continue;
            this.#values[name] = value;
            changed = true;
        }
        return changed;
    }

    #wanted(name: ActionName, pressures: Pressures, now: number): number {
        const { triggers }: OverloadAction = ACTIONS[name];
        let most = 0;
        for (const [resource, trigger] of Object.entries(triggers)) {
            const pressure = pressures[resource as ResourceName];
            if (trigger.kind === "scaled") most = Math.max(most, Math.min(1, (pressure - trigger.from) / (trigger.to - trigger.from)));
            else if (this.#isOn(`${name} ${resource}`, pressure, trigger.from, trigger.until, now)) most = 1;
        }
        return most;
    }

    #isOn(key: string, pressure: number, from: number, until: number, now: number): boolean {
        let latch = this.#latches.get(key);
        if (latch === undefined) this.#latches.set(key, (latch = { isOn: false, lowSince: 0 }));
        if (pressure >= from) latch.isOn = true;
        if (!latch.isOn || pressure >= until) latch.lowSince = 0;
        else if (latch.lowSince === 0) latch.lowSince = now;
        else if (now - latch.lowSince >= HOLD_MS) latch.isOn = false;
        return latch.isOn;
    }
}

function isScaled(name: ActionName): boolean {
    const { triggers }: OverloadAction = ACTIONS[name];
    return Object.values(triggers).some(({ kind }) => kind === "scaled");
}
