/** `gatehouse proxy`: the data plane, as it runs in the image and as `up` starts it. */
import { existsSync, statSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import type { Finding } from "../../istio";
import { PROXY_CONFIG_VARIABLE } from "../../istio/semantics/proxy-config";
import type { PortPlace, ProxyOptions, RunningProxy, SourceOptions } from "../../proxy";
import { tellParent, whenParentGoes } from "../child-messages";
import { cpuLimit } from "../cpus";
import { CommandError, EXIT } from "../exit";
import {
    parseAddress,
    parseConcurrency,
    parseIp,
    parseLabels,
    parseLocality,
    parsePlace,
    parsePortOffset,
    parseSeconds,
    parseProxyConfig,
    parseTrustedProxies,
} from "../options";

interface Options {
    readonly config?: string;
    readonly kubernetes?: boolean;
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly labels?: Record<string, string>;
    readonly namespace?: string;
    readonly bind: string;
    readonly portOffset: number;
    readonly concurrency?: number;
    readonly admin: string;
    readonly adminExposed?: boolean;
    readonly status: string;
    readonly metrics?: string;
    readonly mode: "gateway" | "mesh";
    readonly httpProxy?: PortPlace;
    readonly transparent?: PortPlace;
    readonly drainSeconds: number;
    readonly drainDelaySeconds?: number;
    readonly fileRoot?: string;
    readonly rootNamespace?: string;
    readonly trustedProxies?: number;
    readonly proxyConfig?: unknown;
    readonly locality?: string;
    readonly node?: string;
    readonly ignoreSecurityPolicies?: boolean;
    readonly underscoresInHeaders?: "forward" | "drop" | "reject";
}

/** Istio's, of an agent that merges metrics. */
const METRICS = "0.0.0.0:15020";

/** How often a proxy below `up` looks whether its findings changed. */
const FINDINGS_EVERY_MS = 250;

function proxyOptions(options: Options, source: SourceOptions, namespace: string | undefined): ProxyOptions {
    return {
        source: { ...source, ...(options.fileRoot === undefined ? {} : { fileRoot: options.fileRoot }) },
        ...(options.labels === undefined ? {} : { labels: options.labels }),
        namespace: namespace ?? "default",
        ...(options.kubernetes ? { pod: process.env["POD_NAME"] ?? hostname() } : {}),
        version: process.env["GATEHOUSE_VERSION"] ?? "0.0.0",
        mode: options.mode,
        ...(options.httpProxy === undefined ? {} : { httpProxy: options.httpProxy }),
        ...(options.transparent === undefined ? {} : { transparent: options.transparent }),
        isNamespaceGuessed: namespace === undefined,
        ...(options.rootNamespace === undefined ? {} : { rootNamespace: options.rootNamespace }),
        ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
        ...(options.proxyConfig === undefined ? {} : { proxyConfig: options.proxyConfig }),
        ...(options.locality === undefined ? {} : { locality: options.locality }),
        ...(options.node === undefined ? {} : { node: options.node }),
        ignoreSecurityPolicies: options.ignoreSecurityPolicies ?? false,
        bind: options.bind,
        portOffset: options.portOffset,
        concurrency: options.concurrency ?? cpuLimit(),
        admin: options.admin,
        isAdminExposed: options.adminExposed ?? false,
        status: options.status,
        metrics: options.metrics ?? METRICS,
        isMetricsGuessed: options.metrics === undefined,
        drainSeconds: options.drainSeconds,
        ...(options.underscoresInHeaders === undefined ? {} : { underscoresInHeaders: options.underscoresInHeaders }),
        ...(options.drainDelaySeconds === undefined ? {} : { drainDelaySeconds: options.drainDelaySeconds }),
        worker: workerProgram(process.argv[1] ?? __filename),
    };
}

/** The program that lies beside the bundle, which holds what serves and no more; where there is no bundle, the command itself. */
function workerProgram(command: string): ProxyOptions["worker"] {
    const file = path.join(path.dirname(command), "gatehouse-worker.js");
    return existsSync(file) ? { file, args: [], execArgv: [] } : { file: command, args: ["proxy-worker"], execArgv: [] };
}

/** Tells the `up` above when it is ready and whenever what is wrong changes. */
async function report(proxy: RunningProxy): Promise<void> {
    const ready = await proxy.ready;
    let last: readonly Finding[] = proxy.findings();
    tellParent({ type: "proxy-ready", report: ready, findings: last });
    const timer = setInterval(() => {
        const now = proxy.findings();
        if (now === last || JSON.stringify(now) === JSON.stringify(last)) return;
        last = now;
        tellParent({ type: "proxy-findings", findings: now });
    }, FINDINGS_EVERY_MS);
    timer.unref();
}

function directory({ config }: Options): SourceOptions {
    const dir = path.resolve(config ?? ".");
    // Later on a folder that goes away is a finding; at the start it is a name that was mistyped.
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory())
        throw new CommandError(EXIT.unable, `--config ${config}: there is no such folder`);
    return { kind: "directory", dir };
}

/** A cluster that does not answer may do so later; one that nothing names never will. */
function cluster({ kubeconfig, context }: Options, findCluster: typeof import("../../proxy")["findCluster"]): SourceOptions {
    const where = { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
    try {
        findCluster(where);
    } catch (error) {
        throw new CommandError(EXIT.unable, error instanceof Error ? error.message : String(error));
    }
    return { kind: "kubernetes", ...where };
}

async function serve(options: Options): Promise<number> {
    const { findCluster, keepYoungSpace, podNamespace, runProxy } = require("../../proxy") as typeof import("../../proxy"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    keepYoungSpace();
    const source = options.kubernetes ? cluster(options, findCluster) : directory(options);
    const namespace = options.namespace ?? podNamespace();
    const proxy = await runProxy(proxyOptions(options, source, namespace)).catch((error: Error) => {
        throw new CommandError(EXIT.unable, error.message);
    });
    whenParentGoes(() => void proxy.drain({ delayMs: 0, drainMs: 0 }));
    if (process.channel) void report(proxy);
    return proxy.finished;
}

export function proxyCommand(done: (code: number) => void): Command {
    return new Command("proxy")
        .description("serve the Gateways of a cluster, or of a directory of YAML files; or what an application sends out")
        .addOption(
            new Option("--config <dir>", "read objects from the YAML and JSON files below DIR; changes are taken up as they are saved"),
        )
        .addOption(new Option("--kubernetes", "read objects from the cluster, and follow their changes").conflicts("config"))
        .addOption(
            new Option(
                "--kubeconfig <file>",
                "how to reach the cluster (default: $KUBECONFIG, the pod's ServiceAccount, or ~/.kube/config)",
            ).conflicts("config"),
        )
        .addOption(new Option("--context <name>", "the kubeconfig's context (default: its current one)").conflicts("config"))
        .option(
            "--labels <k=v,...>",
            "labels of the gateway's pods, which Gateway and Service selectors are compared with (default: every Gateway is served)",
            parseLabels,
        )
        .option(
            "--namespace <ns>",
            "namespace of the gateway's pods, where credentials are looked up (default: $POD_NAMESPACE, the pod's own, or default)",
        )
        .option(
            "--root-namespace <ns>",
            "namespace of what is for the whole mesh (default: rootNamespace of the ConfigMap istio-system/istio, or istio-system)",
        )
        .option(
            "--trusted-proxies <n>",
            "how many proxies in front are believed about a client's address and scheme (default: numTrustedProxies of the mesh's configuration, or 0)",
            parseTrustedProxies,
        )
        .addOption(
            new Option(
                "--proxy-config <yaml>",
                "ProxyConfig of the proxy's pod, its annotation proxy.istio.io/config: counts before defaultConfig of the mesh's configuration",
            )
                .argParser(parseProxyConfig)
                .env(PROXY_CONFIG_VARIABLE),
        )
        .option(
            "--locality <region/zone/subzone>",
            "where the proxy runs, for load balancing by place (default: as the labels of its pod say, or of its node)",
            parseLocality,
        )
        .addOption(new Option("--node <name>", "the node the proxy runs on, whose labels say where that is").env("NODE_NAME"))
        .option("--bind <address>", "IP address of listeners that name none", parseIp, "0.0.0.0")
        .option("--port-offset <n>", "added to the number of every port that is opened", parsePortOffset, 0)
        .option("--concurrency <n>", "worker processes (default: the CPU limit, at least 1)", parseConcurrency)
        .option("--admin <address:port>", "where the admin server listens; port 0 takes a free one", parseAddress, "127.0.0.1:15000")
        .option("--admin-exposed", "let --admin be an address that other machines reach: they can read all of it, and end the proxy")
        .option(
            "--status <address:port>",
            "where /healthz/ready and /livez are answered; port 0 takes a free one",
            parseAddress,
            "0.0.0.0:15021",
        )
        .option(
            "--metrics <address:port>",
            `where Prometheus reads /stats/prometheus; port 0 takes a free one (default: ${METRICS}, where that is free)`,
            parseAddress,
        )
        .addOption(
            new Option("--mode <mode>", "what the proxy is: a gateway, or an application's outbound side of the mesh")
                .choices(["gateway", "mesh"])
                .default("gateway"),
        )
        .option(
            "--http-proxy <ip:port>",
            "with --mode mesh: where the application finds its HTTP proxy (default: 127.0.0.1 at proxyHttpPort of the mesh's configuration)",
            parsePlace,
        )
        .option(
            "--transparent <ip:port>",
            "with --mode mesh: where the pod's rules send what the application connects to; needs Linux and the package koffi",
            parsePlace,
        )
        .option(
            "--drain-seconds <n>",
            "how long open requests and connections may go on after SIGTERM, and after a change of their server",
            parseSeconds,
            45,
        )
        .option(
            "--drain-delay-seconds <n>",
            "before that, how long new connections are still taken (default: 5, at most --drain-seconds)",
            parseSeconds,
        )
        .addOption(
            new Option(
                "--underscores-in-headers <what>",
                "what becomes of request headers whose names have underscores (default: forward, but for those that a backend could take for another header)",
            ).choices(["forward", "drop", "reject"]),
        )
        .option("--file-root <dir>", "read the absolute paths of mounted certificates below DIR")
        .option(
            "--ignore-security-policies",
            "ask no policy, and serve Gateways although one is for them that this proxy does not evaluate: whoever they keep out is let in",
        )
        .addHelpText(
            "after",
            `
Examples:
  gatehouse proxy --kubernetes --labels istio=public --namespace istio-ingress
  gatehouse proxy --config ./gateway
  gatehouse proxy --config ./gateway --labels istio=ingressgateway --namespace istio-system --port-offset 8000
  gatehouse proxy --kubernetes --mode mesh --labels app=web --namespace shop --http-proxy 127.0.0.1:15080`,
        )
        .action(async (options: Options, command: Command) => {
            if (options.config === undefined && !options.kubernetes) command.error("error: wanted --config DIR or --kubernetes");
            if (options.mode !== "mesh" && (options.httpProxy ?? options.transparent) !== undefined)
                command.error("error: --http-proxy and --transparent are for --mode mesh");
            if (!options.kubernetes && (options.kubeconfig ?? options.context) !== undefined)
                command.error("error: --kubeconfig and --context are for --kubernetes");
            done(await serve(options));
        });
}
