/**
 * Looks four times a second what a worker runs out of, and has done what is to be done then; where little is left, twenty times, as
 * a hundred megabytes come in a second. Each worker looks by itself: whoever is busy may be anybody, the primary among them.
 */
import type { ActionValues, Pressures } from "./actions";
import { heapReader } from "./heap";
import { LoopLag } from "./loop-lag";
import { OverloadMachine } from "./machine";
import { Memory, memoryPressure } from "./memory";

const LOOK_MS = 250;
const CLOSE_LOOK_MS = 50;
/** Of memory, and of the heap. */
const LITTLE_LEFT = 0.6;

export interface OverloadEffects {
    /** What is done has changed. */
    changed(values: ActionValues, pressures: Pressures): void;
    /** At each look. */
    looked(values: ActionValues, pressures: Pressures): void;
}

/** Where pressures come from; tests put others in its place. */
export interface PressureSource {
    readonly memory: () => number;
    readonly heap: () => number;
}

export class OverloadMonitor {
    readonly #effects: OverloadEffects;
    readonly #source: PressureSource;
    readonly #lag = new LoopLag();
    readonly #machine = new OverloadMachine(performance.now());
    #looked = performance.now();
    #cpu = process.cpuUsage();
    #timer: NodeJS.Timeout | undefined;
    #interval = LOOK_MS;

    constructor(effects: OverloadEffects, source: PressureSource = systemPressures()) {
        this.#effects = effects;
        this.#source = source;
    }

    get values(): ActionValues {
        return this.#machine.values;
    }

    start(): void {
        this.#timer ??= setInterval(() => this.look(), this.#interval).unref();
    }

    stop(): void {
        clearInterval(this.#timer);
        this.#timer = undefined;
    }

    look(now: number = performance.now()): void {
        const cpu = process.cpuUsage();
        this.#lag.look(now - this.#looked - this.#interval, (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000);
        this.#looked = now;
        this.#cpu = cpu;
        const pressures: Pressures = { memory: this.#source.memory(), heap: this.#source.heap(), loop: this.#lag.pressure };
        if (this.#machine.observe(pressures, now)) this.#effects.changed(this.#machine.values, pressures);
        this.#effects.looked(this.#machine.values, pressures);
        this.#pace(Math.max(pressures.memory, pressures.heap) >= LITTLE_LEFT ? CLOSE_LOOK_MS : LOOK_MS);
    }

    #pace(interval: number): void {
        if (interval === this.#interval) return;
        this.#interval = interval;
        if (this.#timer === undefined) return;
        this.stop();
        this.start();
    }
}

function systemPressures(): PressureSource {
    const memory = new Memory();
    const heap = heapReader();
    return {
        memory: () => memoryPressure(memory.reading()),
        heap: () => {
            const { used, limit } = heap();
            return limit > 0 ? used / limit : 0;
        },
    };
}
