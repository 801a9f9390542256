/**
 * Plays the pods that the scheduler put on nodes: a gateway's pod is the real proxy on a loopback address of its own,
 * with its ServiceAccount's real token; a sample's pod is the real sample in the pod network; any other runs nothing.
 * Readiness comes from the pod's own probe, deletion is SIGTERM and its grace period, so that Deployments, EndpointSlices
 * and rolling updates are driven by what the processes really do.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import type { ControlPlane } from "../../../support/control-plane";
import { root } from "../../../support/checkout";
import type { EnvoyNode, Istiod } from "../../../support/istiod";
import { KubeApi } from "./kube-api";
import { environmentOf, runningStatus, type Pod } from "./pod";
import { PodFiles } from "./pod-files";
import type { PodNetwork } from "./pod-network";

const POLL_MS = 150;
/** A kubelet looks at mounted Secrets once a minute; here nobody wants to wait. */
const FILES_EVERY = 4;
const TOKEN_SECONDS = 3600;
const PROBE_MS = 2_000;
const ENVOY_ADMIN = 15000;

export interface KubeletOptions {
    /** Plays the pods that Istio's injector would fill in. */
    readonly istiod?: Istiod;
    /** Beside what the pod's container has; for every proxy. */
    readonly proxyArgs?: readonly string[];
}

interface RunningPod {
    readonly pod: Pod;
    /** What the cluster knows. */
    readonly podIp: string;
    /** Where the process really listens. */
    readonly address: string;
    readonly files?: PodFiles;
    readonly child?: ChildProcess;
    readonly log: string;
    isReady: boolean;
    isStopping: boolean;
    isExited: boolean;
}

export class Kubelet {
    readonly api: KubeApi;
    readonly #plane: ControlPlane;
    readonly #network: PodNetwork;
    readonly #options: KubeletOptions;
    readonly #running = new Map<string, RunningPod>();
    /** 127.a.b: loopback addresses of this run. */
    readonly #loopback: string;
    #next = 10;
    #timer: NodeJS.Timeout | undefined;
    #turn = 0;
    #isStopped = false;
    #failure: Error | undefined;
    #work: Promise<void> = Promise.resolve();

    constructor(plane: ControlPlane, network: PodNetwork, options: KubeletOptions = {}) {
        this.#plane = plane;
        this.#network = network;
        this.#options = options;
        this.api = new KubeApi(plane);
        this.#loopback = `127.${network.name.split("-").slice(1).join(".")}`;
        mkdirSync(path.join(plane.folder, "pods"), { recursive: true });
        this.#again();
    }

    /** Where the process of a pod's address listens. */
    addressOf(podIp: string): string | undefined {
        return [...this.#running.values()].find((one) => one.podIp === podIp)?.address;
    }

    /** The processes of a Deployment's pods, by a label of theirs. */
    pods(
        label: string,
        value: string,
    ): {
        readonly name: string;
        readonly address: string;
        readonly isReady: boolean;
        readonly isStopping: boolean;
        readonly log: string;
        readonly pid: number;
    }[] {
        return [...this.#running.values()]
            .filter(({ pod }) => pod.metadata.labels?.[label] === value)
            .map(({ pod, address, isReady, isStopping, log, child }) => ({
                name: pod.metadata.name,
                address,
                isReady,
                isStopping,
                log,
                pid: child?.pid ?? 0,
            }));
    }

    async stop(): Promise<void> {
        this.#isStopped = true;
        clearTimeout(this.#timer);
        await this.#work;
        await Promise.all([...this.#running.values()].map((one) => end(one, 0)));
        for (const { files } of this.#running.values()) files?.remove();
        this.api.close();
        if (this.#failure) throw this.#failure;
    }

    #again(): void {
        this.#timer = setTimeout(() => {
            this.#work = this.#sync()
                .catch((error: Error) => {
                    // The API server may be away: a kubelet goes on and tries again.
                    if (!/ECONNREFUSED|ECONNRESET|socket hang up|no answer/.test(error.message)) this.#failure ??= error;
                })
                .finally(() => {
                    if (!this.#isStopped) this.#again();
                });
        }, POLL_MS);
    }

    async #sync(): Promise<void> {
        const pods = (await this.api.list<Pod>("/api/v1/pods")).filter(({ spec }) => spec.nodeName !== undefined);
        const known = new Set(pods.map(({ metadata }) => metadata.uid));
        this.#turn += 1;
        for (const pod of pods) {
            const running = this.#running.get(pod.metadata.uid);
            if (!running && !pod.metadata.deletionTimestamp) await this.#start(pod);
            else if (running && pod.metadata.deletionTimestamp && !running.isStopping) void this.#stop(running);
            else if (!running) await this.#forget(pod);
        }
        for (const one of this.#running.values()) {
            if (!known.has(one.pod.metadata.uid) && !one.isStopping) void this.#stop(one);
            if (this.#turn % FILES_EVERY === 0 && !one.isStopping) await one.files?.sync();
        }
        await Promise.all([...this.#running.values()].map((one) => this.#probe(one)));
    }

    async #start(pod: Pod): Promise<void> {
        const run =
            this.#options.istiod && pod.metadata.labels?.["sidecar.istio.io/inject"] === "true"
                ? "envoy"
                : pod.metadata.annotations?.["gatehouse.dev/run"];
        const podIp = this.#network.address();
        const log = path.join(this.#plane.folder, "pods", `${pod.metadata.name}.log`);
        const common = { pod, podIp, log, isReady: false, isStopping: false, isExited: false };
        const running: RunningPod = run === undefined ? { ...common, address: podIp } : await this.#process(run, common);
        this.#running.set(pod.metadata.uid, running);
        running.child?.once("exit", () => {
            running.isExited = true;
        });
        await this.#report(running, run === undefined);
    }

    async #process(run: string, common: Omit<RunningPod, "address">): Promise<RunningPod> {
        const { pod, podIp, log } = common;
        const files = new PodFiles(this.api, pod, path.join(this.#plane.folder, "pods"));
        await files.sync();
        const address = run === "proxy" ? `${this.#loopback}.${this.#next++}` : podIp;
        const [command, args] = await this.#command(run, pod, address, files);
        const env = { ...process.env, ...environmentOf(pod, podIp), HOST: podIp, FILE_ROOT: files.root };
        const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
        const out = createWriteStream(log);
        child.stdout.pipe(out, { end: false });
        child.stderr.pipe(out, { end: false });
        return { ...common, address, files, child };
    }

    async #command(run: string, pod: Pod, address: string, files: PodFiles): Promise<[command: string, args: readonly string[]]> {
        const launcher = path.join(root, "cli/gatehouse.js");
        if (run === "envoy" && this.#options.istiod)
            return this.#network.inside(...(await this.#options.istiod.envoy(envoyNode(pod, address))));
        if (run !== "proxy") return this.#network.inside(process.execPath, [launcher, "sample", run]);
        const here = [
            "--kubeconfig",
            await this.#kubeconfig(pod),
            "--bind",
            address,
            "--admin",
            `${address}:15000`,
            "--status",
            `${address}:15021`,
            "--metrics",
            `${address}:15020`,
            "--concurrency",
            "1",
            "--file-root",
            files.root,
        ];
        return [process.execPath, [launcher, ...(pod.spec.containers[0]?.args ?? []), ...here, ...(this.#options.proxyArgs ?? [])]];
    }

    /** With the token that the ServiceAccount's volume would have. */
    async #kubeconfig(pod: Pod): Promise<string> {
        const account = pod.spec.serviceAccountName ?? "default";
        const url = `/api/v1/namespaces/${pod.metadata.namespace}/serviceaccounts/${account}/token`;
        const answer = (await this.api.send("POST", url, {
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            spec: { expirationSeconds: TOKEN_SECONDS },
        })) as { status: { token: string } };
        const tokenFile = path.join(this.#plane.folder, "pods", `${pod.metadata.uid}.token`);
        writeFileSync(tokenFile, answer.status.token, { mode: 0o600 });
        return this.#plane.kubeconfigFor({ tokenFile });
    }

    async #probe(one: RunningPod): Promise<void> {
        const isReady = !one.isExited && (await probes(one));
        if (isReady === one.isReady || one.isExited) return;
        await this.#report(one, isReady);
    }

    async #report(one: RunningPod, isReady: boolean): Promise<void> {
        one.isReady = isReady;
        // The pod may have gone since it was listed.
        await this.api.patchStatus(urlOf(one.pod), runningStatus(one.pod, one.podIp, isReady)).catch((error: Error) => {
            if (!error.message.includes(": 404 ")) throw error;
        });
    }

    async #stop(one: RunningPod): Promise<void> {
        one.isStopping = true;
        await end(one, (one.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
        one.files?.remove();
        this.#running.delete(one.pod.metadata.uid);
        await this.#forget(one.pod).catch(() => undefined);
    }

    async #forget(pod: Pod): Promise<void> {
        await this.api.send("DELETE", urlOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    }
}

function urlOf({ metadata }: Pod): string {
    return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

/** SIGTERM, and SIGKILL when the grace period is over. */
async function end({ child, isExited }: RunningPod, graceMs: number): Promise<void> {
    if (!child || isExited || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), Math.max(graceMs, 5_000));
    await exited;
    clearTimeout(timer);
}

/** What an Envoy in this pod says of itself. */
function envoyNode({ metadata: { name, namespace, labels = {} }, spec }: Pod, address: string): EnvoyNode {
    return { name, namespace, labels, account: spec.serviceAccountName ?? "default", address };
}

/** What the readiness probe says; without one, whether anybody listens on the first port; Envoy says it on its admin port. */
function probes({ pod, address, child }: RunningPod): Promise<boolean> {
    const container = pod.spec.containers[0];
    const probe = container?.name === "istio-proxy" ? { port: ENVOY_ADMIN, path: "/ready" } : container?.readinessProbe?.httpGet;
    if (!child) return Promise.resolve(true);
    if (!probe) return listens(address, container?.ports?.[0]?.containerPort ?? 0);
    return new Promise((resolve) => {
        http.get({ host: address, port: probe.port, path: probe.path, agent: false, timeout: PROBE_MS }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        })
            .on("error", () => resolve(false))
            .on("timeout", function (this: http.ClientRequest) {
                this.destroy();
            });
    });
}

function listens(host: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = net.connect({ host, port, timeout: PROBE_MS });
        const answer = (holds: boolean) => (): void => {
            socket.destroy();
            resolve(holds);
        };
        socket.on("connect", answer(true)).on("error", answer(false)).on("timeout", answer(false));
    });
}
