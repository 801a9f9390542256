/**
 * A process that serves: it takes tables and listening handles from the primary, binds them, and swaps them in within
 * one turn of its event loop. It ends when the primary is gone.
 */
import { shownCel } from "../../istio/cel";
import { finding, type Finding } from "../../istio/findings";
import { CODEC_FIGURES, serveHttp } from "../codec";
import { setOwnDoors, type OwnDoor } from "../net/own-doors";
import { onConnectionFault } from "../net/connection-faults";
import { COMPRESSION_FIGURES, createRequestHandler, createRuntime, ownLimiter, reviewTunnels, type ExchangeRuntime } from "../exchange";
import { Buckets } from "../limits";
import { Acceptor, ConnectionLimiter, Connections, Deadlines, Listener } from "../listeners";
import { AccessLog, createProcessLog, formattedTag, LiveTail, ScopedLog, TAG_COMPILERS, type TailWatch } from "../log";
import { Exporters } from "../otlp";
import { bindSnapshot, findingsOf, mayReach, poolsOf, prepareSnapshot, type BindFault, type Snapshot } from "../snapshot";
import { testAdoption } from "../tcp";
import { SpanReporter } from "../tracing";
import { connectTcp, createUpstreamServices, type UpstreamServices } from "../upstream";
import { aboutOrigin, type TablesDelta, type VirtualHostEntry } from "../tables";
import { Figures, IstioMetrics, ProcessFigures, type Observer } from "../telemetry";
import { collectGarbage, MANY_HOSTS } from "./collector";
import { CountsTeller } from "./counts-teller";
import { EndpointNotices } from "./endpoint-notices";
import { inspectionOf } from "./inspection";
import { Notices } from "./notices";
import { OverloadGuard } from "./overload-guard";
import { OutboundNotices } from "./outbound-notices";
import type { FromWorker, HandleUse, ToWorker } from "./protocol";
import { refusedEntries } from "./refusals";
import { growYoungSpace, keepYoungSpace } from "./young-space";

/** Peek and TLS handshake together, as Istio's gateways. */
const HANDSHAKE_MS = 15_000;
/** After a fault of our own, what is open may finish for so long. */
const DYING_DRAIN_MS = 5_000;

/** A primary or a collector that does not listen is not waited for when the process ends. */
const LAST_WORD_MS = 500;

/** Faults of single connections stand in the log so often at most. */
const ENDURED_TOLD_MS = 1_000;

/** The worker's entry. The process lives until the primary ends it. */
export function runWorker(): void {
    if (!process.send) throw new Error("a worker is started by the proxy's primary only");
    keepYoungSpace();
    const worker = new Worker(new ScopedLog(createProcessLog()));
    onConnectionFault((error) => worker.endured(error));
    process.on("message", (message, handle) => worker.take(message as ToWorker, handle));
    process.on("disconnect", () => process.exit(0));
    // A terminal sends signals to the whole group; the primary decides when workers end.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => undefined);
    process.on("uncaughtException", (error) => worker.fail(error));
    process.on("unhandledRejection", (error) => worker.fail(error));
}

class Worker {
    readonly #log: ScopedLog;
    readonly #connections = new Connections();
    readonly #tickets = { keys: Buffer.alloc(48) };
    readonly #accessLog = new AccessLog(
        () => this.#tellFindings(),
        undefined,
        (collectors) => this.#exporters.use("logs", collectors),
    );
    readonly #figures = new Figures({
        openConnections: () => this.#connections.active,
        droppedLogLines: () => this.#accessLog.dropped,
        codecs: [...CODEC_FIGURES, ...COMPRESSION_FIGURES],
    });
    readonly #tail = new LiveTail((batch, sent) => this.#say({ type: "watched", batch }, sent));
    readonly #exporters = new Exporters({
        cluster: (key) => this.#snapshot.clusters.get(key),
        sent: (signal, destination, count) => this.#figures.exports.sent.of(signal, destination).add(count),
        dropped: (signal, destination, reason, count) => this.#figures.exports.dropped.of(signal, destination, reason).add(count),
        changed: () => this.#tellFindings(),
    });
    readonly #counts = new CountsTeller(this.#figures.registry, (counted) => this.#say({ type: "counted", counted }));
    readonly #metrics = new IstioMetrics(this.#figures.registry, TAG_COMPILERS);
    /** Once it is known which worker it is. */
    #process: ProcessFigures | undefined;
    readonly #spans = new SpanReporter(formattedTag);
    readonly #upstream: UpstreamServices;
    readonly #runtime: ExchangeRuntime;
    readonly #notices: Notices;
    readonly #acceptor: Acceptor;
    readonly #guard: OverloadGuard;
    readonly #admission = new ConnectionLimiter();
    /** Arrived and not in use yet. */
    readonly #handles = new Map<number, unknown>();
    readonly #open = new Map<number, { listener: Listener; key: string }>();
    #snapshot: Snapshot;
    #filled = false;
    #drainMs = 0;
    /** Something was refused, and what came after it applies to nothing: the primary sends what does. */
    #refused = false;
    #dying = false;
    #endured = 0;
    #enduredTold = 0;
    #proxies: (Pick<Snapshot["entries"], "chains" | "routeTables"> & { readonly listeners: ReadonlySet<string> }) | undefined;
    /** Of hosts that were bound when they were asked for. */
    #late: { readonly entry: VirtualHostEntry; readonly fault: BindFault }[] = [];
    /** Syncs are done one after the other: opening a listener takes a turn of the loop. */
    #work: Promise<void>;

    constructor(log: ScopedLog) {
        this.#log = log;
        this.#upstream = createUpstreamServices({ events: new EndpointNotices(log.of("upstream"), this.#figures.endpoints) });
        const observers: readonly Observer[] = [
            this.#figures,
            this.#metrics,
            this.#accessLog,
            this.#spans,
            new OutboundNotices(log.of("outbound"), this.#figures),
            {
                handshakeRefused: (listener, serverName, reason) =>
                    log.of("listeners").debug({ listener, serverName, reason }, "handshake refused"),
            },
        ];
        this.#snapshot = bindSnapshot(undefined, { version: 0, full: true, set: {}, remove: {} }, this.#upstream);
        this.#runtime = createRuntime(this.#snapshot, observers, {
            limits: {
                ...ownLimiter(),
                rateLimited: (limit, isShadow) => this.#figures.rates.rateLimited(limit, isShadow),
                concurrencyLimited: (limit) => this.#figures.rates.concurrencyLimited(limit),
            },
            onHeaderDropped: (name, connection) => this.#notices.headerDropped(name, connection),
        });
        this.#notices = new Notices(log.of("requests"), this.#figures);
        this.#guard = new OverloadGuard({
            connections: this.#connections,
            overload: this.#runtime.overload,
            figures: this.#figures.limits,
            log: log.of("workers"),
            random: Math.random,
            renew: (reason) => this.fail(new Error(reason)),
        });
        this.#guard.start();
        this.#acceptor = new Acceptor({
            turnsAway: this.#guard.turnsAway,
            admission: this.#admission,
            onHandshakesFull: () => this.#figures.limits.reached.of("handshakes_waiting").add(),
            snapshot: () => this.#snapshot,
            connections: this.#connections,
            deadlines: new Deadlines(HANDSHAKE_MS),
            drainMs: () => this.#drainMs,
            connectTcp: (cluster, options, done) => {
                if (mayReach(this.#snapshot, cluster, options.clientAddress ?? ""))
                    return connectTcp(this.#snapshot.clusters, cluster, options, done);
                const detail = `${options.clientAddress ?? "the client"} is none of the workloads that may`;
                done({ kind: "failed", flag: "UH", endpoint: "", detail, refusal: "source_not_allowed" });
                return () => {};
            },
            serveHttp: serveHttp({
                handler: createRequestHandler(this.#runtime),
                onLimit: (name) => this.#figures.limits.reached.of(name).add(),
                onRefused: (refused, info, recorded) =>
                    this.#notices.refused(refused, info, recorded ? undefined : this.#runtime.observers),
            }),
            observers,
            onUnusableChain: (chain, reason) =>
                log.of("listeners").error({ chain, reason }, "no handshake is accepted: the certificates can't be used"),
        });
        this.#work = testAdoption().then((usable) => {
            if (!usable) log.of("listeners").warn("accepted sockets can't be read into own buffers on this Node; TCP uploads cost more");
        });
    }

    take(message: ToWorker, handle: unknown): void {
        switch (message.type) {
            case "start":
                this.#tickets.keys = Buffer.from(message.ticketKeys);
                this.#runtime.underscores = message.underscores;
                this.#process = new ProcessFigures(this.#figures.registry, `worker-${message.worker}`);
                if (message.source) this.#metrics.source = message.source;
                this.#drainMs = message.drainMs;
                if (message.limits.workers > 1) this.#admission.counts.tell = (own) => this.#say({ type: "tally", own });
                this.#log.set(message.logLevels);
                this.#shareLimits(message.worker, message.limits);
                break;
            case "pools":
                this.#runtime.limits.buckets.hear(message.orders);
                break;
            case "handle":
                this.#handles.set(message.id, handle);
                break;
            case "sync":
                this.#work = this.#work.then(() => this.#sync(message)).catch((error: unknown) => this.fail(error));
                break;
            case "reopen-logs":
                this.#accessLog.reopen();
                break;
            case "tickets":
                this.#tickets.keys = Buffer.from(message.keys);
                for (const { tls } of this.#snapshot.chains.values()) tls?.made?.renewTickets();
                break;
            case "stats":
                this.#counts.tell(() => this.#say({ type: "stats", id: message.id }));
                break;
            case "inspect":
                this.#say({ type: "inspected", id: message.id, inspection: inspectionOf(this.#snapshot) });
                break;
            case "watch":
                this.#watch(message.watches);
                break;
            case "log-levels":
                this.#log.set(message.levels);
                break;
            case "tally":
                this.#admission.counts.hear(message.others);
                break;
            case "retire":
                this.#connections.retire();
                break;
            case "drain":
                void this.#leave(message.withinMs, 0);
                break;
            case "ping":
                this.#say({ type: "pong" });
                this.#process?.look();
                this.#figures.endpoints.look(this.#snapshot.clusters);
                this.#figures.lookAtLogs(this.#accessLog.droppedBySink());
                this.#counts.tell();
                break;
            default:
                message satisfies never;
        }
    }

    #shareLimits(worker: number, { workers, seed }: Extract<ToWorker, { type: "start" }>["limits"]): void {
        this.#runtime.limits.seed = seed;
        this.#runtime.limits.buckets = new Buckets({ worker, workers, send: (news) => this.#say({ type: "pools", news }) });
    }

    /** Hears of what finishes only while somebody watches. */
    #watch(watches: readonly TailWatch[]): void {
        const was = this.#tail.isWatched;
        this.#tail.watch(watches);
        if (this.#tail.isWatched === was) return;
        for (const observers of [this.#runtime.observers, this.#acceptor.observers])
            if (was) observers.leave(this.#tail);
            else observers.join(this.#tail);
    }

    async #sync(message: Extract<ToWorker, { type: "sync" }>): Promise<void> {
        const { delta } = message;
        if (delta && !delta.full && (!this.#filled || (delta.base ?? delta.version - 1) !== this.#snapshot.version)) {
            if (!this.#refused) this.#say({ type: "resync" });
            return;
        }
        await this.#closeUnused(message.handles);
        if (delta && !this.#take(delta)) return;
        const failed = await this.#useHandles(message.handles);
        this.#say({ type: "ack", sequence: message.sequence, version: this.#snapshot.version, findings: this.#findings(), failed });
    }

    /** False: it can't be bound, and the primary knows why. What is served goes on. */
    #take(delta: TablesDelta): boolean {
        try {
            this.#swap(delta);
        } catch (error) {
            const refused = refusedEntries(delta, (alone) => this.#prepare(undefined, alone));
            // Without an entry to leave out, nothing would be different the next time.
            if (refused.length === 0) throw error;
            this.#say({ type: "nack", refusedVersion: delta.version, refused });
            this.#refused = true;
            return false;
        }
        this.#refused = false;
        return true;
    }

    /** Throws where a chain can't be bound: refused, it is served as it last was by those workers too that come later. */
    #prepare(previous: Snapshot | undefined, delta: TablesDelta): ReturnType<typeof prepareSnapshot> {
        const tls = { tickets: this.#tickets, events: this.#acceptor };
        const prepared = prepareSnapshot(previous, delta, this.#upstream, tls, (entry, faults) => {
            this.#late.push(...faults.map((fault) => ({ entry, fault })));
            this.#tellFindings();
        });
        const fault = prepared.snapshot.faults.find(({ table }) => table === "chains");
        if (fault) throw new Error(fault.message);
        return prepared;
    }

    /** All is built before anything is replaced. */
    #swap(delta: TablesDelta): void {
        const { snapshot, commit } = this.#prepare(this.#filled ? this.#snapshot : undefined, delta);
        commit();
        const { chains, listeners } = this.#snapshot.entries;
        const hasOtherFronts = snapshot.entries.chains !== chains || snapshot.entries.listeners !== listeners;
        this.#accessLog.configure(snapshot.entries.accessLogs);
        this.#metrics.configure(snapshot.entries.metrics.get("default"));
        const tracing = snapshot.entries.tracing.get("default");
        this.#spans.configure(tracing, this.#exporters.use("traces", tracing === undefined ? [] : [tracing.collector])[0]);
        this.#snapshot = snapshot;
        this.#runtime.snapshot = snapshot;
        this.#runtime.limits.buckets.keep(poolsOf(snapshot));
        this.#runtime.tracing = tracing;
        if (hasOtherFronts) this.#connections.review(snapshot, this.#drainMs);
        reviewTunnels(this.#runtime, this.#drainMs);
        if (!this.#filled) {
            // Before anybody is served by it.
            if (snapshot.entries.virtualHosts.size > MANY_HOSTS) collectGarbage(true);
            growYoungSpace();
        }
        this.#filled = true;
    }

    /** Before the tables change: who waits on a port that goes is still served by what the port was for. */
    async #closeUnused(uses: readonly HandleUse[]): Promise<void> {
        const wanted = new Set(uses.map((use) => use.id));
        const unused = [...this.#open].filter(([id]) => !wanted.has(id));
        await Promise.all(
            unused.map(async ([id, { listener }]) => {
                await listener.finish();
                listener.close();
                this.#open.delete(id);
            }),
        );
    }

    async #useHandles(uses: readonly HandleUse[]): Promise<{ id: number; code: string }[]> {
        const wanted = new Set(uses.map((use) => use.id));
        const failed: { id: number; code: string }[] = [];
        await Promise.all(
            uses.map(async ({ id, listener: key }) => {
                const open = this.#open.get(id);
                if (open) {
                    open.key = key;
                    return;
                }
                const handle = this.#handles.get(id);
                if (handle === undefined || this.#dying) return;
                this.#handles.delete(id);
                const place = { key, listener: new Listener(handle, (socket) => this.#acceptor.accept(place.key, socket)) };
                const code = await place.listener.open();
                if (code === "") this.#open.set(id, place);
                else failed.push({ id, code });
            }),
        );
        setOwnDoors(this.#doors());
        for (const [id, handle] of this.#handles) {
            if (wanted.has(id)) continue;
            (handle as { close(): void }).close();
            this.#handles.delete(id);
        }
        return failed;
    }

    /** Where what was meant for others is taken, and bytes of which nobody could tell that they were here before. */
    #doors(): OwnDoor[] {
        const { entries } = this.#snapshot;
        const proxies = this.#proxiesOf(entries);
        return [...this.#open.values()].flatMap(({ key, listener }) => {
            const open = entries.listeners.get(key);
            const isDoor = open?.capture !== undefined || open?.kind === "tcp" || proxies.has(key);
            return (isDoor && listener.address) || [];
        });
    }

    /** Listeners of forward proxies: of ten thousand chains asked again only when there are others. */
    #proxiesOf({ chains, routeTables }: Snapshot["entries"]): ReadonlySet<string> {
        const known = this.#proxies;
        if (known?.chains === chains && known.routeTables === routeTables) return known.listeners;
        const listeners = new Set(
            [...chains.values()].flatMap(({ listener, target }) =>
                target.kind === "http" && routeTables.get(target.routeTable)?.proxy ? listener : [],
            ),
        );
        this.#proxies = { chains, routeTables, listeners };
        return listeners;
    }

    #findings(): Finding[] {
        const tags = this.#metrics.problems.map(({ tag: { name, expression = "", origin }, why }) =>
            finding(
                "GH0469",
                aboutOrigin(origin),
                `The tag ${name} is left out: its value ${shownCel(expression)} can't be read (${why}).`,
            ),
        );
        const logs = this.#accessLog.problems.map(({ kind, origin, text }) =>
            finding(kind === "sink" ? "GH0489" : "GH0485", aboutOrigin(origin), text),
        );
        this.#late = this.#late.filter(({ entry }) => this.#snapshot.entries.virtualHosts.get(entry.key) === entry);
        const { unserved, faults } = this.#snapshot;
        const bound = findingsOf({ unserved, faults: [...faults, ...this.#late.map(({ fault }) => fault)] });
        return [...bound, ...logs, ...tags, ...this.#exporters.findings()];
    }

    #tellFindings(): void {
        this.#say({ type: "findings", findings: this.#findings() });
    }

    /** `then` is called once it is said, or nobody is there to hear it: the primary went away, and `disconnect` follows. */
    #say(message: FromWorker, then: () => void = () => undefined): void {
        if (process.connected) process.send?.(message, undefined, {}, then);
        else then();
    }

    /** All that was not told yet, at once. */
    #tellLastCounts(then?: () => void): void {
        this.#say({ type: "counted", counted: this.#figures.registry.changes() }, then);
    }

    /** A fault of our own that cost the one connection it came from. Who can cause one can cause many: told once a second. */
    endured(error: unknown): void {
        this.#endured++;
        const now = Date.now();
        if (now - this.#enduredTold < ENDURED_TOLD_MS) return;
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#log.of("workers").error({ reason, connections: this.#endured }, "fault in the handling of a connection, which was closed");
        this.#endured = 0;
        this.#enduredTold = now;
    }

    /** A fault of our own: nobody knows what state it left behind. What is open may finish; nothing new begins. */
    fail(error: unknown): void {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#log.of("workers").fatal({ reason }, "fault in a worker");
        if (this.#dying) return;
        this.#say({ type: "dying", reason: error instanceof Error ? error.message : String(error) });
        void this.#leave(DYING_DRAIN_MS, 1);
    }

    async #leave(withinMs: number, code: number): Promise<void> {
        if (this.#dying) return;
        this.#dying = true;
        const listeners = [...this.#open.values()].map((open) => open.listener);
        // After a fault nothing new begins here: who waits is taken by a sibling or by the replacement.
        if (code === 0) await Promise.all(listeners.map((listener) => listener.finish()));
        for (const listener of listeners) listener.close();
        // Nor on a connection that is open: the idle ones go at once.
        await this.#connections.drain(withinMs, ...(code === 0 ? [] : [0]));
        this.#accessLog.flush();
        await this.#exporters.finish(LAST_WORD_MS);
        await new Promise<void>((resolve) => {
            setTimeout(resolve, LAST_WORD_MS).unref();
            this.#tellLastCounts(resolve);
        });
        process.exit(code);
    }
}
