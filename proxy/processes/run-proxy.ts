/** Starts a proxy in this process: the primary, its workers, and the servers that people and probes ask. */
import { exposureFault, exposureWarning, startAdminServer, startMetricsServer, startStatusServer, type SideServer } from "../admin";
import { Compiler } from "../compiler";
import { originalDestinationFault } from "../listeners";
import { createProcessLog } from "../log";
import { startDirectorySource, startKubernetesSource, type RunningSource, type SourceState } from "../source";
import { endingTimes, type EndingTimes } from "./ending";
import type { ProxyOptions, ReadyReport, RunningProxy } from "./options";
import { Primary, type PrimaryRooms } from "./primary";

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
    { source, namespace, rootNamespace, mode }: ProxyOptions,
    onChange: (state: SourceState) => void,
    onError: (error: unknown) => void,
): Promise<RunningSource> {
    switch (source.kind) {
        case "directory":
            return startDirectorySource(source.dir, { ...source, onError }, onChange);
        case "kubernetes":
            return startKubernetesSource(
                {
                    ...source,
                    namespace,
                    ...(rootNamespace === undefined ? {} : { rootNamespace }),
                    ...(mode === undefined ? {} : { mode }),
                    onError,
                },
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
    if (options.transparent) {
        const fault = originalDestinationFault();
        if (fault !== "") throw new Error(`--transparent: whom a connection was meant for can't be asked here: ${fault}`);
    }
    const exposed = options.admin === "" ? undefined : exposureFault(options.admin);
    if (exposed !== undefined && options.isAdminExposed !== true) throw new Error(exposed);
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
    let metricsAddress: string;
    const { metrics = "", isMetricsGuessed = false } = options;
    let unmeasured: Error | undefined;
    try {
        statusAddress = await open(options.status, () => startStatusServer(options.status, primary.status));
        adminAddress = await open(options.admin, () => startAdminServer(options.admin, primary));
        if (exposed !== undefined) log.warn(exposureWarning(adminAddress));
        metricsAddress = await open(metrics, () => startMetricsServer(metrics, primary)).catch((error: Error) => {
            if (!isMetricsGuessed) throw error;
            unmeasured = error;
            return "";
        });
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
        const report = { admin: adminAddress, status: statusAddress, metrics: metricsAddress, listeners: primary.bound };
        log.info(report, "ready");
        if (unmeasured) log.warn({ reason: unmeasured.message }, "no metrics are served; --metrics says where they are to be");
        primary.logFindings();
        return report;
    });
    await primary.start();
    return {
        ready,
        finished,
        adminAddress,
        statusAddress,
        metricsAddress,
        listeners: () => primary.bound,
        findings: () => primary.findings,
        drain: async (own = {}) => {
            await primary.drain({ ...times, ...own });
            return finished;
        },
    };
}

function onSignals(primary: Primary, times: EndingTimes): () => void {
    const onTerm = (): void => void primary.drain(times);
    const onInt = (): void => void primary.drain({ delayMs: 0, drainMs: Math.min(INTERACTIVE_DRAIN_MS, times.drainMs) });
    const onHup = (): void => primary.reload();
    // Without a listener Node opens its inspector on this signal.
    const onUsr1 = (): void => primary.reopenLogs();
    const listeners = [
        ["SIGTERM", onTerm],
        ["SIGINT", onInt],
        ["SIGHUP", onHup],
        ["SIGUSR1", onUsr1],
    ] as const;
    for (const [signal, listener] of listeners) process.on(signal, listener);
    return () => {
        for (const [signal, listener] of listeners) process.off(signal, listener);
    };
}
