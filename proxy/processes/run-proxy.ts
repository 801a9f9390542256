/** Starts a proxy in this process: the primary, its workers, and the servers that people and probes ask. */
import { findingText } from "../../istio/findings";
import { configDump, startAdminServer, startStatusServer, type Routes, type SideServer } from "../admin";
import { Compiler } from "../compiler";
import { explain, parseQuestion } from "../explain";
import { createProcessLog } from "../log";
import { startDirectorySource, startKubernetesSource, type RunningSource, type SourceState } from "../source";
import type { EndingTimes } from "./ending";
import type { UnderscorePolicy } from "../exchange";
import type { ProxyOptions, ReadyReport, RunningProxy } from "./options";
import { Primary, type PrimaryRooms } from "./primary";

/** How long new connections are still taken after SIGTERM, unless told: load balancers learn late that we are not ready. Istio's. */
const ACCEPT_DELAY_MS = 5_000;
/** Somebody waits at the terminal. */
const INTERACTIVE_DRAIN_MS = 1_000;
/** While nobody is ready, what is wrong is said this often. */
const QUIET_START_MS = 5_000;

/** For each proxy its own: a compiler remembers what it compiled last. */
function ownRooms(): PrimaryRooms {
    const compiler = new Compiler();
    return { startSource, compile: (input) => compiler.compile(input) };
}

async function startSource(
    { source, namespace, rootNamespace }: ProxyOptions,
    onChange: (state: SourceState) => void,
    onError: (error: unknown) => void,
): Promise<RunningSource> {
    switch (source.kind) {
        case "directory":
            return startDirectorySource(source.dir, { ...source, onError }, onChange);
        case "kubernetes":
            return startKubernetesSource(
                { ...source, namespace, ...(rootNamespace === undefined ? {} : { rootNamespace }), onError },
                onChange,
            );
        default:
            return source satisfies never;
    }
}

/** Rejects when an address of its own can't be opened; everything that comes from resources is a finding instead. */
export async function runProxy(options: ProxyOptions, rooms: PrimaryRooms = ownRooms()): Promise<RunningProxy> {
    const log = options.log ?? createProcessLog();
    if (options.ignoreSecurityPolicies) {
        log.warn(
            "--ignore-security-policies: AuthorizationPolicies, RequestAuthentications and plugins that authenticate or authorize are NOT enforced; whoever they keep out is let in",
        );
    }
    const primary = new Primary(options, rooms, log);
    const servers: SideServer[] = [];
    const open = async (address: string, start: () => Promise<SideServer>): Promise<string> => {
        if (address === "") return "";
        const server = await start();
        servers.push(server);
        return server.address;
    };
    const closeServers = (): void => {
        for (const server of servers) server.close();
    };
    let adminAddress: string;
    let statusAddress: string;
    try {
        statusAddress = await open(options.status, () => startStatusServer(options.status, primary.status));
        adminAddress = await open(options.admin, () =>
            startAdminServer(options.admin, adminRoutes(primary, options.underscoresInHeaders ?? "forward")),
        );
    } catch (error) {
        closeServers();
        throw error;
    }
    const times = endingTimes(options);
    const stopListening = options.signals === false ? () => {} : onSignals(primary, times);
    const finished = primary.finished.then((code) => {
        stopListening();
        closeServers();
        return code;
    });
    const quiet = setInterval(() => primary.logFindings(), QUIET_START_MS).unref();
    const ready = primary.ready.then((): ReadyReport => {
        clearInterval(quiet);
        const report = { admin: adminAddress, status: statusAddress, listeners: primary.bound };
        log.info(report, "ready");
        primary.logFindings();
        return report;
    });
    await primary.start();
    return {
        ready,
        finished,
        adminAddress,
        statusAddress,
        listeners: () => primary.bound,
        findings: () => primary.findings,
        drain: async (own = {}) => {
            await primary.drain({ ...times, ...own });
            return finished;
        },
    };
}

/** Who gives little time to finish does not mean to wait longer for load balancers, unless they say so. */
function endingTimes({ drainSeconds, drainDelaySeconds }: ProxyOptions): EndingTimes {
    const drainMs = drainSeconds * 1000;
    return { delayMs: drainDelaySeconds === undefined ? Math.min(ACCEPT_DELAY_MS, drainMs) : drainDelaySeconds * 1000, drainMs };
}

function onSignals(primary: Primary, times: EndingTimes): () => void {
    const onTerm = (): void => void primary.drain(times);
    const onInt = (): void => void primary.drain({ delayMs: 0, drainMs: Math.min(INTERACTIVE_DRAIN_MS, times.drainMs) });
    const onHup = (): void => primary.reload();
    const listeners = [
        ["SIGTERM", onTerm],
        ["SIGINT", onInt],
        ["SIGHUP", onHup],
        ["SIGUSR1", keepInspectorShut],
    ] as const;
    for (const [signal, listener] of listeners) process.on(signal, listener);
    return () => {
        for (const [signal, listener] of listeners) process.off(signal, listener);
    };
}

/** Without a listener Node opens its inspector on this signal, on which servers reopen their logs. Ours are stdout and stderr. */
function keepInspectorShut(): void {}

function readiness(primary: Primary): { status: number; body: string } {
    if (primary.isReady) return { status: 200, body: "ready\n" };
    return { status: 503, body: primary.draining ? "draining\n" : "not in sync\n" };
}

/** What would happen to one request: `url`, `method`, `header` (repeated) and `sni`. */
function explained(query: URLSearchParams, primary: Primary, underscores: UnderscorePolicy): { status: number; body: unknown } {
    if (!primary.tables) return { status: 503, body: "not in sync\n" };
    try {
        const serverName = query.get("sni");
        const question = parseQuestion(query.get("url") ?? "", {
            method: query.get("method") ?? "GET",
            headers: query.getAll("header"),
            ...(serverName === null ? {} : { serverName }),
        });
        return {
            status: 200,
            body: explain(question, primary.tables, { open: new Map(primary.bound.map(({ port, key }) => [port, key])), underscores }),
        };
    } catch (error) {
        return { status: 400, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
}

function adminRoutes(primary: Primary, underscores: UnderscorePolicy): Routes {
    return {
        "/ready": () => readiness(primary),
        "/config_dump": () => ({
            status: 200,
            body: primary.tables ? { version: primary.version, ...configDump(primary.tables) } : { version: 0 },
        }),
        "/findings": () => ({ status: 200, body: primary.findings.map((f) => ({ ...f, text: findingText(f) })) }),
        "/explain": (query) => explained(query, primary, underscores),
        "/source": () => ({ status: 200, body: primary.source ?? null }),
        "/listeners": () => ({ status: 200, body: primary.bound }),
        "/workers": () => ({ status: 200, body: primary.workers }),
        "/stats": async () => {
            const workers = await primary.stats();
            const total: Record<string, number> = {};
            for (const counters of workers.values())
                for (const [name, value] of Object.entries(counters)) total[name] = (total[name] ?? 0) + value;
            return { status: 200, body: { total, workers: Object.fromEntries(workers) } };
        },
    };
}
