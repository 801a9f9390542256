/** The result of `up`: one structure, written as a table for people or as one JSON document. */
import { addTo, refText, type Finding } from "../../istio";
import { jsonText } from "../documents";
import { columns, type Terminal } from "../terminal";
import type { CheckResult } from "./check";
import { commandLine, type LineOptions } from "./curl";
import type { ServedServer, Trial } from "./trial";
import type { NotRun } from "./workloads";

export interface GatewayReport {
    readonly name: string;
    readonly namespace: string;
    /** `outbound`: the proxy beside an application. */
    readonly kind: "gateway" | "outbound";
    readonly labels: Readonly<Record<string, string>>;
    readonly pid: number;
    /** URLs. */
    readonly admin: string;
    readonly status: string;
    readonly logFile: string;
    readonly servers: readonly ServedServer[];
}
export interface BackendReport {
    readonly name: string;
    readonly namespace: string;
    readonly sample: string;
    readonly pid: number;
    readonly address: string;
    readonly port: number;
}
export interface UpReport {
    readonly stacks: readonly { readonly project: string; readonly env: string; readonly dir: string }[];
    readonly gateways: readonly GatewayReport[];
    readonly backends: readonly BackendReport[];
    readonly notRun: readonly NotRun[];
    readonly findings: readonly Finding[];
    /** Absent without `--check`. */
    readonly check?: readonly CheckResult[];
    readonly state: string;
    /** The folder that the proxies read. */
    readonly objects: string;
    /** PEM bundle for clients; empty where nothing has a certificate. */
    readonly ca: string;
    /** Milliseconds from the start of the command. */
    readonly timings: Readonly<Record<string, number>>;
}

const serverJson = (server: ServedServer, options: LineOptions): object => {
    const { trials, ...rest } = server;
    return { ...rest, commands: trials.map((trial) => commandLine(trial, options)) };
};

/** One document; every name in it is stable. */
export function jsonReport(report: UpReport, options: LineOptions): string {
    const { gateways, notRun, ...rest } = report;
    return jsonText({
        ...rest,
        gateways: gateways.map(({ servers, ...gateway }) => ({
            ...gateway,
            servers: servers.map((server) => serverJson(server, options)),
        })),
        notRun: notRun.map(({ ref, reason }) => ({ ...ref, reason })),
    });
}

function serverRow({ url, address, port, hosts, protocol, declaredPort, tls, access }: ServedServer): string[] {
    const listener = `${declaredPort} ${protocol}${tls === "" || tls === "SIMPLE" ? "" : ` ${tls}`}`;
    return [url, `${address}:${port}`, listener, hosts.join(", "), accessText(access)];
}

/** Hosts that are asked about alike are named together; all of them not at all. */
function accessText(access: ServedServer["access"]): string {
    const hosts = new Map<string, string[]>();
    for (const { host, policies } of access) addTo(hosts, policies.join(", "), host);
    const [only] = hosts.keys();
    if (only !== undefined && hosts.size === 1) return only;
    return [...hosts].map(([policies, names]) => `${names.join(", ")}: ${policies}`).join("; ");
}

function gatewayLines(gateway: GatewayReport, terminal: Terminal): string[] {
    const head = `${terminal.style("bold", `${gateway.kind === "outbound" ? "Outbound proxy of" : "Gateway"} ${gateway.namespace}/${gateway.name}`)}  pid ${gateway.pid}  admin ${gateway.admin}  status ${gateway.status}`;
    if (gateway.servers.length === 0) return [head, "  nothing: no Gateway and no Ingress is for it"];
    const hasAccess = gateway.servers.some(({ access }) => access.length > 0);
    const header = ["URL", "ADDRESS", "PORT", "HOSTS", ...(hasAccess ? ["ACCESS"] : [])].map((title) => terminal.style("dim", title));
    return [head, ...columns([header, ...gateway.servers.map(serverRow)]).map((line) => `  ${line}`)];
}

function tryLines({ gateways }: UpReport, options: LineOptions): string[] {
    const trials = gateways.flatMap(({ servers }) => servers.flatMap((server) => server.trials));
    const lines = (trial: Trial, said = ""): string => `${said === "" ? "" : `  # ${said}\n`}  ${commandLine(trial, options)}`;
    const open = trials.filter(({ untried }) => untried === "").map((trial) => lines(trial, trial.note));
    const closed = trials.filter(({ untried }) => untried !== "").map((trial) => lines(trial, trial.untried));
    return [...new Set([...open, ...closed])];
}

function checkLines(check: readonly CheckResult[], terminal: Terminal): string[] {
    const word = {
        passed: terminal.style("green", "ok"),
        failed: terminal.style("red", "failed"),
        untried: terminal.style("yellow", "not tried"),
    } as const;
    return columns(check.map(({ url, outcome, detail }) => [`  ${word[outcome]}`, url, detail]));
}

function section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The table. */
export function tableReport(report: UpReport, options: LineOptions, terminal: Terminal): string {
    const stacks = report.stacks.map(({ project, env }) => `${project} (${env})`).join(", ");
    const backends = report.backends.map((one) => [
        `  ${one.namespace}/${one.name}`,
        one.sample,
        `${one.address}:${one.port}`,
        `pid ${one.pid}`,
    ]);
    return [
        `${terminal.style("bold", stacks)} is served, ready in ${seconds(report.timings["ready"] ?? 0)}`,
        ...report.gateways.flatMap((gateway) => ["", ...gatewayLines(gateway, terminal)]),
        ...section("Try", tryLines(report, options)),
        ...section("Backends", columns(backends)),
        ...section(
            "Not run here",
            report.notRun.map(({ ref, reason }) => `  ${refText(ref)}: ${reason}`),
        ),
        ...(report.check ? section("Checked", checkLines(report.check, terminal)) : []),
        "",
        `Objects, keys and logs: ${report.state}`,
    ].join("\n");
}
