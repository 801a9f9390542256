/**
 * The process that serves nobody: it reads resources, compiles them, owns the listening sockets, and keeps its workers
 * up to date. Whatever happens in here, a worker goes on with what it has.
 */
import type { Logger } from "pino";
import { finding, findingText, type Finding } from "../../istio/findings";
import type { Compilation, CompileInput } from "../compiler";
import { FindingLog } from "../log";
import type { RunningSource, SourceState } from "../source";
import { diffTables, isEmptyDelta, type Tables, type TablesDelta } from "../tables";
import { TicketKeys } from "../tls";
import { Ending, type EndingTimes } from "./ending";
import { Listening, type OpenPort } from "./listening";
import type { BoundListener, ProxyOptions } from "./options";
import type { FromWorker, HandleUse } from "./protocol";
import { Refusals, type Refused } from "./refusals";
import { StatsRound, type Counters } from "./stats-round";
import { WorkerSlot, type SlotEvents } from "./worker-slot";

/** The rooms beside this one; tests put others in their place. */
export interface PrimaryRooms {
    startSource(options: ProxyOptions, onChange: (state: SourceState) => void, onError: (error: unknown) => void): Promise<RunningSource>;
    compile(input: CompileInput): Compilation;
}

export interface WorkerReport {
    readonly number: number;
    readonly pid: number | undefined;
    readonly restarts: number;
    /** Version of the tables it serves; 0: none yet. */
    readonly version: number;
    readonly inSync: boolean;
}

interface WorkerState {
    /** Has been sent everything. */
    filled: boolean;
    acked: number;
    version: number;
    /** What it serves, as far as it is known. */
    tables: Tables | undefined;
    findings: readonly Finding[];
}

/** Ports that could not be opened are tried again so often. */
const RETRY_PORTS_MS = 1_000;
/** Certificates expire without any change of a resource. */
const RECOMPILE_MS = 10 * 60 * 1000;

export class Primary implements SlotEvents {
    readonly ready: Promise<void>;
    readonly finished: Promise<number>;
    readonly #options: ProxyOptions;
    readonly #rooms: PrimaryRooms;
    readonly #log: Logger;
    readonly #findingLog: FindingLog;
    readonly #listening: Listening;
    readonly #slots: WorkerSlot[] = [];
    readonly #workers = new Map<WorkerSlot, WorkerState>();
    /** Slots whose last worker was gone before it served, and why. */
    readonly #failing = new Map<WorkerSlot, string>();
    readonly #tickets: TicketKeys;
    #source: RunningSource | undefined;
    #state: SourceState | undefined;
    #compiled: Compilation | undefined;
    /** What workers are sent: what was compiled, but for what they refused. */
    #served: Tables | undefined;
    /** By version, those that a worker may still acknowledge. */
    readonly #sent = new Map<number, Tables>();
    /** What was acknowledged last. */
    #good: Tables | undefined;
    readonly #refusals = new Refusals();
    #version = 0;
    #sequence = 0;
    #findings: readonly Finding[] = [];
    /** What they were made of. */
    #heard: readonly Finding[] = [];
    #retry: NodeJS.Timeout | undefined;
    #recompile: NodeJS.Timeout | undefined;
    #everReady = false;
    readonly #ending: Ending;
    readonly #stats = new StatsRound();
    #onReady!: () => void;
    #onFinished!: (code: number) => void;

    constructor(options: ProxyOptions, rooms: PrimaryRooms, log: Logger) {
        this.#options = options;
        this.#rooms = rooms;
        this.#log = log;
        this.#findingLog = new FindingLog(log);
        this.#listening = new Listening({ bind: options.bind, portOffset: options.portOffset });
        this.#ending = new Ending(this.#slots, () => this.#listening.close());
        this.#tickets = new TicketKeys((keys) => { for (const slot of this.#slots) slot.send({ type: "tickets", keys }); });
        this.ready = new Promise((resolve) => { this.#onReady = resolve; });
        this.finished = new Promise((resolve) => { this.#onFinished = resolve; });
    }

    /** Resolves when the source has been read once, or when all is over before that. */
    async start(): Promise<void> {
        for (let number = 1; number <= Math.max(1, this.#options.concurrency); number++) {
            const slot = new WorkerSlot(number, this.#options.worker, this.#log, this);
            this.#slots.push(slot);
            slot.start();
        }
        this.#recompile = setInterval(() => this.#update(), RECOMPILE_MS).unref();
        const onChange = (state: SourceState): void => {
            this.#state = state;
            if (state.isPartial) this.#refreshFindings();
            else this.#update();
        };
        const starting = this.#rooms.startSource(this.#options, onChange, (error) => this.#fault("source failed", error)).then((source) => {
            if (this.draining) source.stop();
            else this.#source = source;
        });
        // A source that does not answer keeps nobody from ending.
        await Promise.race([starting, this.finished]);
    }

    // --- what others may ask ---------------------------------------------------------------------------------------

    get isReady(): boolean {
        return this.#everReady && !this.draining && [...this.#workers.values()].some((worker) => worker.acked > 0);
    }

    get draining(): boolean {
        return this.#ending.begun;
    }

    get findings(): readonly Finding[] {
        return this.#findings;
    }

    get bound(): readonly BoundListener[] {
        return this.#listening.bound;
    }

    /** How it stands with the source, for people. */
    get source(): unknown {
        return this.#source?.report?.();
    }

    get tables(): Tables | undefined {
        return this.#served;
    }

    get version(): number {
        return this.#version;
    }

    get workers(): readonly WorkerReport[] {
        return this.#slots.map((slot) => {
            const state = this.#workers.get(slot);
            return { number: slot.number, pid: slot.pid, restarts: slot.restarts, version: state?.version ?? 0, inSync: state?.acked === this.#sequence && state.acked > 0 };
        });
    }

    /** Counters of each worker that answers in time. */
    async stats(): Promise<ReadonlyMap<number, Counters>> {
        return this.#stats.collect(this.#slots);
    }

    // --- changes ---------------------------------------------------------------------------------------------------

    #update(): void {
        if (!this.#state || this.#state.isPartial || this.draining) return;
        let next: Compilation;
        try {
            next = this.#rooms.compile({
                objects: this.#state.objects,
                files: this.#state.files,
                namespace: this.#options.namespace,
                now: Date.now(),
                ...(this.#options.labels ? { labels: this.#options.labels } : {}),
                ...(this.#compiled ? { previousSecrets: this.#compiled.tables.secrets } : {}),
            });
        } catch (error) {
            this.#fault("compilation failed; what is in force stays", error);
            return;
        }
        this.#compiled = next;
        this.#serve(next.tables);
    }

    #serve(compiled: Tables): void {
        const tables = this.#refusals.applied(compiled);
        const delta = diffTables(this.#served, tables, this.#version + 1);
        this.#served = tables;
        const changed = !isEmptyDelta(delta);
        if (changed) this.#version++;
        this.#sent.set(this.#version, tables);
        const opened = this.#listening.apply(tables.listeners.values());
        if (changed || opened.length > 0) this.#broadcast(changed ? delta : undefined, opened);
        this.#refreshFindings();
        this.#scheduleRetry();
    }

    #broadcast(delta: TablesDelta | undefined, opened: readonly OpenPort[]): void {
        const sequence = ++this.#sequence;
        const handles = this.#listening.uses;
        for (const [slot, worker] of this.#workers) {
            if (!worker.filled) {
                this.#fill(slot, worker);
                continue;
            }
            for (const port of opened) slot.send({ type: "handle", id: port.id }, port.handle.native);
            slot.send({ type: "sync", sequence, handles, ...(delta ? { delta } : {}) });
        }
    }

    /** Everything, for a worker that has nothing. */
    #fill(slot: WorkerSlot, worker: WorkerState): void {
        if (!this.#served) return;
        worker.filled = true;
        for (const port of this.#listening.ports) slot.send({ type: "handle", id: port.id }, port.handle.native);
        this.#sendFull(slot, this.#listening.uses);
    }

    #sendFull(slot: WorkerSlot, handles: readonly HandleUse[]): void {
        if (!this.#served) return;
        slot.send({ type: "sync", sequence: this.#sequence, delta: diffTables(undefined, this.#served, this.#version), handles });
    }

    /** Others get on without what was refused; who refused it gets what leads there from what it has. */
    #takeBack(slot: WorkerSlot, worker: WorkerState, version: number, refused: readonly Refused[]): void {
        if (!this.#served || !this.#compiled) return;
        if (this.#refusals.add(refused, this.#sent.get(version) ?? this.#served, this.#served, this.#good)) {
            this.#log.error({ worker: slot.number, refused }, "worker refused a change");
            this.#serve(this.#compiled.tables);
        }
        if (worker.tables === undefined) this.#sendFull(slot, this.#listening.uses);
        else {
            const delta = { ...diffTables(worker.tables, this.#served, this.#version), base: worker.version };
            slot.send({ type: "sync", sequence: this.#sequence, delta, handles: this.#listening.uses });
        }
    }

    #acknowledged(worker: WorkerState, version: number): void {
        worker.version = version;
        worker.tables = this.#sent.get(version) ?? worker.tables;
        this.#good = worker.tables;
        const oldest = Math.min(...[...this.#workers.values()].map((one) => one.version));
        for (const known of this.#sent.keys()) if (known < oldest) this.#sent.delete(known);
    }

    #scheduleRetry(): void {
        if (this.#listening.findings.length === 0 || this.#retry || this.draining) return;
        this.#retry = setTimeout(() => {
            this.#retry = undefined;
            const tables = this.#served;
            if (!tables || this.draining) return;
            const opened = this.#listening.apply(tables.listeners.values());
            if (opened.length > 0) this.#broadcast(undefined, opened);
            this.#refreshFindings();
            this.#scheduleRetry();
        }, RETRY_PORTS_MS).unref();
    }

    #refreshFindings(): void {
        const all = [
            ...(this.#state?.findings ?? []),
            ...(this.#compiled?.findings ?? []),
            ...this.#listening.findings,
            ...this.#refusals.findings,
            ...[...this.#workers.values()].flatMap((worker) => worker.findings),
            ...[...this.#failing].map(([slot, reason]) =>
                finding("GH0486", {}, `Worker ${slot.number} fails before it serves: ${reason}.`, "It is started again; undo the last change if there was one.")),
        ];
        if (all.length !== this.#heard.length || all.some((one, at) => one !== this.#heard[at])) this.#hear(all);
        // The line that says `ready` is the first one of a start that goes well.
        if (this.#everReady) this.#findingLog.update(this.#findings);
    }

    #hear(all: readonly Finding[]): void {
        this.#heard = all;
        const unique = new Map(all.map((f) => [findingText(f), f]));
        const same = unique.size === this.#findings.length && this.#findings.every((f) => unique.has(findingText(f)));
        if (!same) this.#findings = [...unique.values()];
    }

    /** After the `ready` line, or when it takes long: says what is wrong. */
    logFindings(): void {
        this.#findingLog.update(this.#findings);
    }

    // --- workers ---------------------------------------------------------------------------------------------------

    started(slot: WorkerSlot): void {
        const worker = { filled: false, acked: 0, version: 0, tables: undefined, findings: [] };
        this.#workers.set(slot, worker);
        slot.send({ type: "start", worker: slot.number, ticketKeys: this.#tickets.current });
        this.#ending.enter(slot);
        this.#fill(slot, worker);
    }

    gone(slot: WorkerSlot, reason: string): void {
        const served = (this.#workers.get(slot)?.acked ?? 0) > 0;
        this.#workers.delete(slot);
        if (served || this.draining) return;
        this.#failing.set(slot, reason);
        this.#refreshFindings();
    }

    message(slot: WorkerSlot, message: FromWorker): void {
        const worker = this.#workers.get(slot);
        if (!worker) return;
        switch (message.type) {
            case "ack":
                worker.acked = message.sequence;
                this.#acknowledged(worker, message.version);
                worker.findings = message.findings;
                this.#failing.delete(slot);
                for (const { id, code } of message.failed) this.#listening.drop(id, code);
                this.#scheduleRetry();
                this.#checkReady();
                this.#refreshFindings();
                break;
            case "nack":
                this.#takeBack(slot, worker, message.refusedVersion, message.refused);
                break;
            case "resync":
                this.#log.warn({ worker: slot.number }, "worker asks for everything again");
                this.#sendFull(slot, this.#listening.uses);
                break;
            case "stats":
                this.#stats.answer(message.id, message.counters);
                break;
            case "dying":
            case "pong":
                break;
            default:
                message satisfies never;
        }
    }

    #checkReady(): void {
        if (this.#everReady || this.draining || this.#workers.size < this.#slots.length) return;
        if ([...this.#workers.values()].some((worker) => worker.acked === 0)) return;
        this.#everReady = true;
        this.#onReady();
    }

    #fault(text: string, error: unknown): void {
        this.#log.error({ reason: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack : undefined }, text);
    }

    // --- the end ---------------------------------------------------------------------------------------------------

    /** Not ready at once; then as `Ending` says. Who was never ready has no clients to wait for. Again: now. */
    async drain({ delayMs, drainMs }: EndingTimes): Promise<number> {
        if (this.draining) {
            this.#ending.hurry();
            return this.finished;
        }
        this.#log.info({ delayMs, drainMs }, "draining");
        clearTimeout(this.#retry);
        clearInterval(this.#recompile);
        this.#tickets.stop();
        const ended = this.#ending.run({ delayMs: this.#everReady ? delayMs : 0, drainMs });
        this.#source?.stop();
        await ended;
        this.#log.info("stopped");
        this.#onFinished(0);
        return 0;
    }
}
