/**
 * The process that serves nobody: it reads resources, compiles them, owns the listening sockets, and keeps its workers
 * up to date. Whatever happens in here, a worker goes on with what it has.
 */
import type { Logger } from "pino";
import type { Finding } from "../../istio/findings";
import { workloadOfPodName } from "../../istio/semantics";
import type { Compilation, CompileInput } from "../compiler";
import { DRAINING, NOT_IN_SYNC, READY, SharedStatus, type AdminView, type ChangesReport, type WorkerInspection } from "../admin";
import type { UnderscorePolicy } from "../exchange";
import type { RunningSource, SourceState } from "../source";
import type { Tables, TablesDelta } from "../tables";
import { KeySets } from "../keys";
import { randomSeed, Pools } from "../limits";
import { ScopedLog } from "../log";
import { metricsSource, type Counts, type LedgerFamily } from "../telemetry";
import { TicketKeys } from "../tls";
import { CertificateNotices } from "./certificate-notices";
import { ChangeHistory } from "./change-history";
import { collectGarbage, MANY_HOSTS } from "./collector";
import { Counting } from "./counting";
import { Crew, type WorkerReport, type WorkerState } from "./crew";
import { Ending, endingTimes, type EndingTimes } from "./ending";
import { Listening, type OpenPort } from "./listening";
import { LogLevelControl } from "./log-control";
import type { BoundListener, ProxyOptions } from "./options";
import type { FromWorker } from "./protocol";
import type { Refused } from "./refusals";
import { Round } from "./round";
import { NOTHING_TAKEN, Served, type TakenTables } from "./served";
import { TailHub } from "./tail-hub";
import { Tallies } from "./tallies";
import { ToldFindings } from "./told-findings";
import { PrimaryFigures } from "./primary-figures";
import { WorkerSlot, type SlotEvents } from "./worker-slot";

/** The rooms beside this one; tests put others in their place. */
export interface PrimaryRooms {
    startSource(options: ProxyOptions, onChange: (state: SourceState) => void, onError: (error: unknown) => void): Promise<RunningSource>;
    compile(input: CompileInput): Compilation;
}

/** Ports that could not be opened are tried again so often. */
const RETRY_PORTS_MS = 1_000;
/** Certificates expire without any change of a resource. */
const RECOMPILE_MS = 10 * 60 * 1000;

/** Who is served waits for nothing that is done then. */
const COLLECT_AFTER_MS = 500;

/** So long issuers may take before a new proxy is ready without their keys. */
const KEYS_GRACE_MS = 1_000;

export class Primary implements SlotEvents, AdminView {
    /** What probes are told. */
    readonly status = new SharedStatus();
    readonly ready: Promise<void>;
    readonly finished: Promise<number>;
    readonly #options: ProxyOptions;
    readonly #rooms: PrimaryRooms;
    readonly logging: LogLevelControl;
    readonly #log: ScopedLog;
    readonly #told: ToldFindings;
    readonly #certificates: CertificateNotices;
    readonly #listening: Listening;
    readonly #crew = new Crew();
    /** Who watches records as they happen. */
    readonly tail = new TailHub(this.#crew.slots);
    readonly #history = new ChangeHistory();
    /** What workers share of limits. */
    readonly #pools: Pools;
    readonly #seed = randomSeed();
    readonly #tickets: TicketKeys;
    /** Of issuers. Workers verify tokens by what is fetched here. */
    readonly #keys: KeySets;
    #keysGrace: NodeJS.Timeout | undefined;
    #keysAwaited = true;
    #source: RunningSource | undefined;
    #state: SourceState | undefined;
    #compiled: Compilation | undefined;
    readonly #served = new Served();
    #sequence = 0;
    #retry: NodeJS.Timeout | undefined;
    #recompile: NodeJS.Timeout | undefined;
    /** Workers that do not answer. */
    readonly #stuck = new Set<WorkerSlot>();
    #everReady = false;
    readonly #ending: Ending;
    readonly #figures: PrimaryFigures;
    readonly #counting: Counting;
    /** Of what all workers together have a limit for. */
    readonly #tallies = new Tallies<WorkerSlot>((slot, others) => void slot.send({ type: "tally", others }));
    readonly #inspections = new Round<WorkerInspection>((id) => ({ type: "inspect", id }));
    #onReady!: () => void;
    #onFinished!: (code: number) => void;

    constructor(options: ProxyOptions, rooms: PrimaryRooms, log: Logger) {
        this.#options = options;
        this.#rooms = rooms;
        this.#log = new ScopedLog(log);
        this.logging = new LogLevelControl(this.#log, this.#crew.slots);
        this.#told = new ToldFindings(this.#log.of("config"));
        this.#certificates = new CertificateNotices(this.#log.of("config"));
        this.#figures = new PrimaryFigures(this, options.version ?? "0.0.0");
        this.#counting = new Counting(this.#crew.slots, async () => this.#figures.look());
        this.#listening = new Listening({ bind: options.bind, portOffset: options.portOffset });
        this.#ending = new Ending(this.#crew.slots, () => this.#listening.close());
        this.#pools = new Pools({
            workers: this.#workerCount,
            send: (worker, orders) => this.#crew.slots[worker - 1]?.send({ type: "pools", orders }) ?? false,
        });
        this.#tickets = new TicketKeys((keys) => {
            for (const slot of this.#crew.slots) slot.send({ type: "tickets", keys });
        });
        this.#keys = new KeySets({
            onChange: () => {
                this.#update();
                this.#checkReady();
            },
        });
        this.ready = new Promise((resolve) => {
            this.#onReady = resolve;
        });
        this.finished = new Promise((resolve) => {
            this.#onFinished = resolve;
        });
    }

    /** Resolves when the source has been read once, or when all is over before that. */
    async start(): Promise<void> {
        for (let number = 1; number <= this.#workerCount; number++) {
            const slot = new WorkerSlot(number, this.#options.worker, this.#log.of("workers"), this);
            this.#crew.slots.push(slot);
            slot.start();
        }
        this.#recompile = setInterval(() => this.#update(), RECOMPILE_MS).unref();
        const onChange = (state: SourceState): void => {
            this.#state = state;
            if (state.isPartial) this.#refreshFindings();
            else this.#update();
        };
        const starting = this.#rooms
            .startSource(this.#options, onChange, (error) => this.#fault("source failed", error))
            .then((source) => {
                if (this.draining) source.stop();
                else this.#source = source;
            });
        // A source that does not answer keeps nobody from ending.
        await Promise.race([starting, this.finished]);
    }

    // --- what others may ask ---------------------------------------------------------------------------------------

    readonly beginDrain = (): void => void this.drain(endingTimes(this.#options));

    /** What has begun to end slowly ends now. */
    readonly quit = (): void => void this.drain({ delayMs: 0, drainMs: 0 });

    get isReady(): boolean {
        return this.#everReady && !this.draining && this.#crew.someServe;
    }

    get draining(): boolean {
        return this.#ending.begun;
    }

    get findings(): readonly Finding[] {
        return this.#told.all;
    }

    get bound(): readonly BoundListener[] {
        return this.#listening.bound;
    }

    /** How it stands with the source, for people. */
    get source(): unknown {
        return this.#source?.report?.();
    }

    get #workerCount(): number {
        return Math.max(1, this.#options.concurrency);
    }

    get underscores(): UnderscorePolicy {
        return this.#options.underscoresInHeaders ?? "forward";
    }

    get tables(): Tables | undefined {
        return this.#served.tables;
    }

    get version(): number {
        return this.#served.version;
    }

    get changes(): ChangesReport {
        return this.#history.report;
    }

    get workers(): readonly WorkerReport[] {
        return this.#crew.report(this.#sequence);
    }

    /** What was counted by all workers that there ever were, and by each that answers in time. */
    async stats(): Promise<{ readonly total: Counts; readonly workers: ReadonlyMap<number, Counts> }> {
        return this.#counting.stats();
    }

    async scrape(): Promise<readonly LedgerFamily[]> {
        return this.#counting.scrape();
    }

    async inspect(): Promise<ReadonlyMap<number, WorkerInspection>> {
        return this.#inspections.collect(this.#crew.slots);
    }

    /** Reads the source now instead of at its next change, as SIGHUP asks of servers. */
    reload(): void {
        this.#log.of("config").info("reading everything again");
        this.#source?.refresh().catch((error: unknown) => this.#fault("source failed", error));
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
                ...(this.#options.mode ? { mode: this.#options.mode } : {}),
                ...(this.#options.httpProxy ? { httpProxy: this.#options.httpProxy } : {}),
                ...(this.#options.transparent ? { transparent: this.#options.transparent } : {}),
                isNamespaceGuessed: this.#options.isNamespaceGuessed ?? false,
                ignoreSecurityPolicies: this.#options.ignoreSecurityPolicies ?? false,
                now: Date.now(),
                ...(this.#options.rootNamespace === undefined ? {} : { rootNamespace: this.#options.rootNamespace }),
                ...(this.#options.trustedProxies === undefined ? {} : { trustedProxies: this.#options.trustedProxies }),
                ...(this.#options.proxyConfig === undefined ? {} : { proxyConfig: this.#options.proxyConfig }),
                ...(this.#options.locality === undefined ? {} : { locality: this.#options.locality }),
                ...(this.#options.node === undefined ? {} : { node: this.#options.node }),
                ...(this.#options.labels ? { labels: this.#options.labels } : {}),
                keySets: this.#keys.states,
                ...(this.#compiled ? { previousSecrets: this.#compiled.tables.secrets } : {}),
            });
        } catch (error) {
            this.#figures.failed();
            this.#fault("compilation failed; what is in force stays", error);
            return;
        }
        this.#compiled = next;
        this.#keys.want(next.keySources);
        const delta = this.#served.update(next.tables);
        this.#figures.compiled(delta !== undefined);
        this.#serve(delta);
    }

    #serve(delta: TablesDelta | undefined): void {
        const { tables } = this.#served;
        if (delta && tables) this.#history.applied(delta, tables);
        if (delta) this.#certificates.changed(delta);
        const opened = this.#listening.apply(tables?.listeners.values() ?? []);
        if (delta || opened.length > 0) this.#broadcast(delta, opened);
        this.#refreshFindings();
        this.#scheduleRetry();
    }

    #broadcast(delta: TablesDelta | undefined, opened: readonly OpenPort[]): void {
        const sequence = ++this.#sequence;
        const handles = this.#listening.uses;
        for (const [slot, worker] of this.#crew.states) {
            worker.behindSince ??= performance.now();
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
        if (!this.#served.tables) return;
        worker.filled = true;
        for (const port of this.#listening.ports) slot.send({ type: "handle", id: port.id }, port.handle.native);
        this.#sendFrom(NOTHING_TAKEN, slot);
    }

    #sendFrom(taken: TakenTables, slot: WorkerSlot): void {
        const delta = this.#served.deltaFrom(taken);
        if (delta) slot.send({ type: "sync", sequence: this.#sequence, delta, handles: this.#listening.uses });
    }

    /** Others get on without what was refused; who refused it gets what leads there from what it has. */
    #takeBack(slot: WorkerSlot, worker: WorkerState, version: number, refused: readonly Refused[]): void {
        const delta = this.#served.refuse(version, refused);
        if (delta) {
            this.#log.of("config").error({ worker: slot.number, refused }, "worker refused a change");
            this.#serve(delta);
        }
        this.#sendFrom(worker.taken, slot);
    }

    #scheduleRetry(): void {
        if (this.#listening.findings.length === 0 || this.#retry || this.draining) return;
        this.#retry = setTimeout(() => {
            this.#retry = undefined;
            const { tables } = this.#served;
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
            ...this.#served.findings,
            ...this.#crew.findings,
        ];
        this.#told.hear(all);
        this.#figures.found(this.#told.all);
        this.#history.found(this.#told.all);
        // The line that says `ready` is the first one of a start that goes well.
        if (this.#everReady) this.#told.log();
    }

    /** After the `ready` line, or when it takes long: says what is wrong. */
    logFindings(): void {
        this.#told.log();
    }

    // --- workers ---------------------------------------------------------------------------------------------------

    started(slot: WorkerSlot): void {
        const worker = this.#crew.enter(slot);
        slot.send({
            type: "start",
            worker: slot.number,
            ticketKeys: this.#tickets.current,
            underscores: this.underscores,
            source: metricsSource(this.#options.labels ?? {}, this.#options.namespace, workloadOfPodName(this.#options.pod ?? "")),
            drainMs: this.#options.drainSeconds * 1000,
            logLevels: this.logging.levels,
            limits: { workers: this.#workerCount, seed: this.#seed },
        });
        this.#pools.entered(slot.number);
        this.#tallies.enter(slot);
        this.#ending.enter(slot);
        this.tail.enter(slot);
        this.#fill(slot, worker);
    }

    gone(slot: WorkerSlot, reason: string): void {
        this.#pools.left(slot.number);
        this.#tallies.leave(slot);
        const served = this.#crew.leave(slot);
        this.#tellStatus();
        if (served || this.draining) return;
        this.#crew.failed(slot, reason);
        this.#refreshFindings();
    }

    /** Files of access logs were moved away. */
    reopenLogs(): void {
        for (const slot of this.#crew.slots) slot.send({ type: "reopen-logs" });
    }

    stuck(slot: WorkerSlot, isStuck: boolean): void {
        if (isStuck) this.#stuck.add(slot);
        else this.#stuck.delete(slot);
        this.status.setSilent(this.#stuck.size);
    }

    ended(worker: object): void {
        this.#counting.ended(worker);
    }

    message(slot: WorkerSlot, message: FromWorker, process: object): void {
        this.#counting.message(message, process);
        const worker = this.#crew.stateOf(slot);
        if (!worker) return;
        switch (message.type) {
            case "ack":
                worker.acked = message.sequence;
                if (message.sequence === this.#sequence) worker.behindSince = undefined;
                worker.taken = this.#served.taken(message.version, worker.taken, this.#crew.takenBesides(worker));
                worker.findings = message.findings;
                this.#crew.recovered(slot);
                for (const { id, code } of message.failed) this.#listening.drop(id, code);
                this.#scheduleRetry();
                this.#checkReady();
                this.#tellStatus();
                this.#refreshFindings();
                break;
            case "findings":
                worker.findings = message.findings;
                this.#refreshFindings();
                break;
            case "nack":
                this.#takeBack(slot, worker, message.refusedVersion, message.refused);
                break;
            case "resync":
                this.#log.of("workers").warn({ worker: slot.number }, "worker asks for everything again");
                this.#sendFrom(NOTHING_TAKEN, slot);
                break;
            case "inspected":
                this.#inspections.answer(message.id, message.inspection);
                break;
            case "pools":
                this.#pools.hear(slot.number, message.news);
                break;
            case "tally":
                this.#tallies.heard(slot, message.own);
                break;
            case "watched":
                this.tail.heard(message.batch);
                break;
            case "stats":
            case "counted":
            case "dying":
            case "pong":
                break;
            default:
                message satisfies never;
        }
    }

    #checkReady(): void {
        if (this.#everReady || this.draining || !this.#crew.allServe || this.#awaitsKeys()) return;
        this.#everReady = true;
        this.#onReady();
        if ((this.#served.tables?.virtualHosts.size ?? 0) > MANY_HOSTS) setTimeout(collectGarbage, COLLECT_AFTER_MS, true).unref();
    }

    /** A moment, at the start: whose token is good shall not be refused because the proxy is younger than the issuer's answer. */
    #awaitsKeys(): boolean {
        if (!this.#keysAwaited || this.#keys.settled) return false;
        this.#keysGrace ??= setTimeout(() => {
            this.#keysAwaited = false;
            this.#checkReady();
            this.#tellStatus();
        }, KEYS_GRACE_MS).unref();
        return true;
    }

    #tellStatus(): void {
        this.status.set(this.draining ? DRAINING : this.isReady ? READY : NOT_IN_SYNC);
    }

    #fault(text: string, error: unknown): void {
        this.#history.failed(text, error);
        this.#log
            .of("config")
            .error(
                { reason: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack : undefined },
                text,
            );
    }

    // --- the end ---------------------------------------------------------------------------------------------------

    /** Not ready at once; then as `Ending` says. Who was never ready has no clients to wait for. Again: now. */
    async drain({ delayMs, drainMs }: EndingTimes): Promise<number> {
        if (this.draining) {
            this.#ending.hurry();
            return this.finished;
        }
        this.#log.of("proxy").info({ delayMs, drainMs }, "draining");
        clearTimeout(this.#retry);
        clearInterval(this.#recompile);
        clearTimeout(this.#keysGrace);
        this.#keys.stop();
        this.#tickets.stop();
        const ended = this.#ending.run({ delayMs: this.#everReady ? delayMs : 0, drainMs });
        this.#tellStatus();
        this.#source?.stop();
        await ended;
        this.status.stop();
        this.#figures.stop();
        this.#pools.stop();
        this.#log.of("proxy").info("stopped");
        this.#onFinished(0);
        return 0;
    }
}
