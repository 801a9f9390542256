/** What the primary knows that no worker counts: the configuration, its certificates, and its workers. Looked at when somebody asks. */
import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Finding } from "../../istio/findings";
import type { SecretEntry, Tables } from "../tables";
import { MAX_NAMED, MetricRegistry, ProcessFigures, type News } from "../telemetry";
import type { WorkerReport } from "./crew";

const LEVELS = ["Error", "Warning", "Info"] as const;

const CERTIFICATES = "gatehouse_certificate_not_after_timestamp_seconds";
const REMAINING = "gatehouse_certificate_expires_in_seconds";
const ENDPOINTS = "gatehouse_endpoints";

/** What it is asked. */
export interface FiguresView {
    readonly version: number;
    readonly tables: Tables | undefined;
    readonly findings: readonly Finding[];
    readonly workers: readonly WorkerReport[];
}

export class PrimaryFigures {
    readonly registry = new MetricRegistry();
    readonly #view: FiguresView;
    readonly #process = new ProcessFigures(this.registry, "primary");
    readonly #changes = this.registry.counter("gatehouse_config_changes_total", "changes of what is served");
    readonly #rejects = this.registry.counters(
        "gatehouse_config_rejects_total",
        "what was rejected of the configuration, by the code of the finding, or `failed` where nothing of it could be compiled",
        ["reason"],
    );
    readonly #findings = this.registry.gauges("gatehouse_findings", "what is wrong with the configuration now, by level", ["level"]);
    readonly #fds = this.registry.gauge("process_open_fds", "open file descriptors of the proxy's processes; on Linux");
    readonly #mostFds = this.registry.gauge("process_max_fds", "how many these processes may open together; on Linux");
    readonly #since = Date.now();
    #lastSuccess = 0;
    #known: ReadonlySet<string> = new Set();
    /** What is named of them is that of these tables. */
    #tables: Tables | undefined;
    readonly #expiries = new Map<string, number>();

    constructor(view: FiguresView, version: string) {
        const { registry } = this;
        this.#view = view;
        registry.gauges("gatehouse_build_info", "1, with the version of the proxy", ["version"]).of(version).set(1);
        registry.observed("gauge", "process_start_time_seconds", "when the proxy was started, in seconds since 1970", () =>
            Math.round(this.#since / 1000),
        );
        registry.observed("gauge", "gatehouse_config_version", "version of what is served", () => view.version);
        registry.observed(
            "gauge",
            "gatehouse_config_last_success_timestamp_seconds",
            "when the configuration was compiled last, in seconds since 1970",
            () => this.#lastSuccess / 1000,
        );
        registry.observed("gauge", "gatehouse_config_age_seconds", "how long ago that was", () =>
            this.#lastSuccess === 0 ? 0 : (Date.now() - this.#lastSuccess) / 1000,
        );
        registry.observed("gauge", "gatehouse_workers", "worker processes", () => view.workers.length);
        registry.observed(
            "gauge",
            "gatehouse_workers_in_sync",
            "of these, those that serve the newest version",
            () => view.workers.filter(({ inSync }) => inSync).length,
        );
        registry.observed("counter", "gatehouse_worker_restarts_total", "how often a worker was replaced", () =>
            view.workers.reduce((sum, { restarts }) => sum + restarts, 0),
        );
        for (const level of LEVELS) this.#findings.of(level);
        this.#define();
    }

    compiled(isChange: boolean): void {
        this.#lastSuccess = Date.now();
        if (isChange) this.#changes.add();
    }

    failed(): void {
        this.#rejects.of("failed").add();
    }

    /** `findings`: all that hold now. */
    found(findings: readonly Finding[]): void {
        const errors = findings.filter(({ level }) => level === "Error");
        const now = new Set(errors.map(identity));
        for (const one of errors) if (!this.#known.has(identity(one))) this.#rejects.of(one.code).add();
        this.#known = now;
    }

    /** What has changed since it was asked last. */
    async look(): Promise<News> {
        this.#process.look();
        for (const level of LEVELS) this.#findings.of(level).set(this.#view.findings.filter((one) => one.level === level).length);
        const fds = await descriptors(this.#view.workers);
        this.#fds.set(fds.open);
        this.#mostFds.set(fds.most);
        const { tables } = this.#view;
        if (tables && (tables.secrets !== this.#tables?.secrets || tables.endpoints !== this.#tables.endpoints)) {
            this.registry.forget(CERTIFICATES);
            this.registry.forget(REMAINING);
            this.registry.forget(ENDPOINTS);
            this.#tables = tables;
            this.#define();
        }
        return this.registry.changes();
    }

    stop(): void {
        this.#process.stop();
    }

    /** What is named after the objects that are served: of another configuration others. */
    #define(): void {
        const endpoints = this.registry.gauges(
            ENDPOINTS,
            "endpoints that a cluster has, whether they are well or not",
            ["cluster"],
            MAX_NAMED,
        );
        const expiries = this.registry.gauges(
            CERTIFICATES,
            "when a certificate that is served expires, in seconds since 1970, by its Secret or file",
            ["secret"],
            MAX_NAMED,
        );
        const series: (readonly [readonly string[], () => number])[] = [];
        for (const { key, endpoints: list } of this.#tables?.endpoints.values() ?? []) endpoints.of(key).set(list.length);
        const secrets = [...(this.#tables?.secrets.values() ?? [])];
        for (const secret of secrets) {
            const notAfter = this.#expiryOf(secret);
            if (notAfter === undefined) continue;
            expiries.of(secret.key).set(notAfter);
            if (series.length < MAX_NAMED) series.push([[secret.key], () => notAfter - Math.round(Date.now() / 1000)]);
        }
        const fingerprints = new Set(secrets.map(({ fingerprint }) => fingerprint));
        for (const known of this.#expiries.keys()) if (!fingerprints.has(known)) this.#expiries.delete(known);
        const help = "how long a certificate that is served is valid still, by its Secret or file; below 0 it has expired";
        this.registry.observedSeries({ kind: "gauge", name: REMAINING, help, labels: ["secret"], series });
    }

    /** Each certificate is read once. */
    #expiryOf({ certificate, fingerprint }: SecretEntry): number | undefined {
        if (certificate === "") return undefined;
        const known = this.#expiries.get(fingerprint);
        if (known !== undefined) return known;
        try {
            const notAfter = new X509Certificate(certificate).validToDate.getTime() / 1000;
            this.#expiries.set(fingerprint, notAfter);
            return notAfter;
        } catch {
            return undefined;
        }
    }
}

function identity({ code, object, field = "" }: Finding): string {
    return `${code} ${object?.kind ?? ""} ${object?.namespace ?? ""}/${object?.name ?? ""} ${field}`;
}

/** Of all processes; 0 where the system does not say. */
async function descriptors(workers: readonly WorkerReport[]): Promise<{ readonly open: number; readonly most: number }> {
    const pids = ["self", ...workers.flatMap(({ pid }) => (pid === undefined ? [] : [String(pid)]))];
    const none = (): undefined => undefined;
    const all = await Promise.all(
        pids.map(async (pid) => ({
            open: (await readdir(`/proc/${pid}/fd`).catch(none))?.length ?? 0,
            most: softLimit((await readFile(`/proc/${pid}/limits`, "utf8").catch(none)) ?? ""),
        })),
    );
    return { open: all.reduce((sum, { open }) => sum + open, 0), most: all.reduce((sum, { most }) => sum + most, 0) };
}

function softLimit(limits: string): number {
    return Number(/^Max open files +(\d+) /m.exec(limits)?.[1] ?? 0);
}
