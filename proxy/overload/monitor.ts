/**
 * Looks four times a second what a worker runs out of, and has done what is to be done then; where little is left, twenty times, as
 * a hundred megabytes come in a second, and whenever as much has come in as might fill what is left: a worker that gets little time
 * finds hundreds of clients waiting within one turn of its loop, before any timer. Each worker looks by itself: whoever is busy may be
 * anybody, the primary among them.
 */
import type { ActionValues, Pressures } from "./actions";
import { heapReader } from "./heap";
import { LoopLag } from "./loop-lag";
import { OverloadMachine } from "./machine";
import { Memory, memoryPressure, roomIn } from "./memory";

const LOOK_MS = 250;
const CLOSE_LOOK_MS = 50;
/** Of memory, and of the heap. */
const LITTLE_LEFT = 0.6;
/** Of what comes in each may bring a head, a piece of a body, and as much again of what is made of them: so much at the most, as a rule. */
const ARRIVAL_BYTES = 512 * 1024;
/** It is looked again before half of what is left is filled; a look costs as much as some requests. */
const LEAST_ARRIVALS = 8;
const MOST_ARRIVALS = 1024;

export interface OverloadEffects {
    /** What is done has changed. */
    changed(values: ActionValues, pressures: Pressures): void;
    /** At each look of the clock. */
    looked(values: ActionValues, pressures: Pressures, now: number): void;
    /** Before anything is done. True: something was given back, so that it is to be measured again. */
    collected(pressures: Pressures, now: number): boolean;
}

/** Where pressures come from; tests put others in its place. */
export interface PressureSource {
    readonly memory: () => number;
    readonly heap: () => number;
    /** Bytes that were left of both when they were asked last. */
    readonly room: () => number;
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
    /** How much may come in until the next look. */
    #arrivals = MOST_ARRIVALS;

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
        const pressures = this.#judge(now);
        this.#pace(Math.max(pressures.memory, pressures.heap) >= LITTLE_LEFT ? CLOSE_LOOK_MS : LOOK_MS);
        this.#effects.looked(this.#machine.values, pressures, now);
    }

    /** Whether what comes in is to be told. Connections always are: they are seldom. */
    get isClose(): boolean {
        return this.#interval === CLOSE_LOOK_MS;
    }

    /** A connection or a request has come in. */
    readonly arrived = (): void => {
        if (--this.#arrivals <= 0) this.#judge(performance.now());
    };

    #judge(now: number): Pressures {
        let pressures = this.#pressures();
        if (this.#effects.collected(pressures, now)) pressures = this.#pressures();
        this.#arrivals = Math.max(LEAST_ARRIVALS, Math.min(MOST_ARRIVALS, Math.floor(this.#source.room() / 2 / ARRIVAL_BYTES)));
        if (this.#machine.observe(pressures, now)) this.#effects.changed(this.#machine.values, pressures);
        return pressures;
    }

    #pressures(): Pressures {
        return { memory: this.#source.memory(), heap: this.#source.heap(), loop: this.#lag.pressure };
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
    let memoryRoom = 0;
    let heapRoom = 0;
    return {
        memory: () => {
            const reading = memory.reading();
            memoryRoom = roomIn(reading);
            return memoryPressure(reading);
        },
        heap: () => {
            const { used, limit } = heap();
            heapRoom = Math.max(0, limit - used);
            return limit > 0 ? used / limit : 0;
        },
        room: () => Math.min(memoryRoom, heapRoom),
    };
}
