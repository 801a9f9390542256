/**
 * A real Kubernetes control plane on loopback: etcd and the API server, and on request the controller manager, the
 * scheduler and kwok, which makes nodes Ready and scheduled pods Running. Every port is free, every file in one folder.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { Daemon } from "./daemon";
import { run, type Finished } from "./command";
import { freePorts } from "./ports";
import { findTool } from "./tools";

export interface ControlPlaneOptions {
    /** Ready nodes, with the controllers and the scheduler that put pods on them. Default: none, the API server alone. */
    readonly nodes?: number;
    /** Who plays the pods that are put on nodes: kwok, which makes them Running and Ready at once, or the test. Default: kwok. */
    readonly pods?: "kwok" | "test";
    /** Labels of node number `index`, beside its hostname; default: a zone of its own. */
    readonly nodeLabels?: (index: number) => Readonly<Record<string, string>>;
    /** Whether Istio's CRDs are there from the start; default true. */
    readonly crds?: boolean;
    /** Beside what the harness gives. */
    readonly apiServerArgs?: readonly string[];
}

export interface Credentials {
    readonly token?: string;
    /** Read again by clients when it changes. */
    readonly tokenFile?: string;
    /** The context's namespace. */
    readonly namespace?: string;
}

/** How long the API server may take on a machine that has other things to do. */
export const START_MS = 120_000;

export class ControlPlane {
    /** Everything that it wrote; gone after `stop`. */
    readonly folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-cluster-"));
    readonly adminToken = randomBytes(16).toString("hex");
    /** A kubeconfig with every right. */
    kubeconfig = "";
    /** `https://127.0.0.1:port`; stays the same over `stopApiServer` and `startApiServer`. */
    server = "";
    readonly #options: ControlPlaneOptions;
    readonly #others: Daemon[] = [];
    #apiServer: Daemon | undefined;
    #apiServerArgs: readonly string[] = [];

    constructor(options: ControlPlaneOptions) {
        this.#options = options;
    }

    async start(): Promise<void> {
        const [etcd = 0, peer = 0, secure = 0] = await freePorts(3);
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        this.#write("sa.key", privateKey.export({ type: "pkcs1", format: "pem" }) as string);
        this.#write("tokens.csv", `${this.adminToken},admin,admin,"system:masters"\n`);
        this.server = `https://127.0.0.1:${secure}`;
        this.#others.push(
            new Daemon(
                tool("etcd"),
                [
                    "--data-dir",
                    path.join(this.folder, "etcd"),
                    "--unsafe-no-fsync",
                    "--log-level",
                    "error",
                    "--listen-client-urls",
                    `http://127.0.0.1:${etcd}`,
                    "--advertise-client-urls",
                    `http://127.0.0.1:${etcd}`,
                    "--listen-peer-urls",
                    `http://127.0.0.1:${peer}`,
                    "--initial-advertise-peer-urls",
                    `http://127.0.0.1:${peer}`,
                    "--initial-cluster",
                    `default=http://127.0.0.1:${peer}`,
                ],
                this.folder,
            ),
        );
        this.#apiServerArgs = [
            `--etcd-servers=http://127.0.0.1:${etcd}`,
            `--secure-port=${secure}`,
            "--bind-address=127.0.0.1",
            `--cert-dir=${this.folder}`,
            `--token-auth-file=${path.join(this.folder, "tokens.csv")}`,
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            `--service-account-signing-key-file=${path.join(this.folder, "sa.key")}`,
            `--service-account-key-file=${path.join(this.folder, "sa.key")}`,
            "--service-cluster-ip-range=10.96.0.0/16",
            "--disable-admission-plugins=ServiceAccount",
            ...(this.#options.apiServerArgs ?? []),
        ];
        await this.startApiServer();
        this.kubeconfig = this.kubeconfigFor({ token: this.adminToken });
        if (this.#options.crds !== false) await this.#installCrds();
        if (this.#options.nodes) await this.#startControllers(this.#options.nodes);
    }

    /** Starts the API server, or starts it again after `stopApiServer`. Resolves once it is ready. */
    async startApiServer(): Promise<void> {
        const daemon = new Daemon(tool("kube-apiserver"), this.#apiServerArgs, this.folder);
        this.#apiServer = daemon;
        await daemon.ready(async () => (await this.#status("/readyz")) === 200, START_MS);
    }

    /** Ends the API server alone; its data stays. */
    async stopApiServer(): Promise<void> {
        await this.#apiServer?.stop("SIGKILL");
        this.#apiServer = undefined;
    }

    /** Never throws for an exit code. */
    kubectl(args: readonly string[], input?: string): Promise<Finished> {
        return run(tool("kubectl"), ["--kubeconfig", this.kubeconfig, ...args], {
            env: { HOME: this.folder },
            timeoutMs: 120_000,
            ...(input === undefined ? {} : { input }),
        });
    }

    /** `kubectl` that must succeed; gives what it printed. */
    async ask(args: readonly string[], input?: string): Promise<string> {
        const { code, stdout, stderr } = await this.kubectl(args, input);
        if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed with ${code}: ${stderr}${stdout}`);
        return stdout;
    }

    /** kubectl finds fault with a definition that is so new that it has no conditions: then it is asked once more. */
    async crdsEstablished(): Promise<void> {
        const wait = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"];
        const { stderr } = await this.kubectl(wait);
        if (stderr !== "") await this.ask(wait);
    }

    /** What the API server has, parsed. */
    async get<T = unknown>(...args: readonly string[]): Promise<T> {
        return JSON.parse(await this.ask(["get", ...args, "-o", "json"])) as T;
    }

    /** Applies YAML text, or objects. */
    async apply(content: string | readonly object[]): Promise<void> {
        const text = typeof content === "string" ? content : JSON.stringify({ apiVersion: "v1", kind: "List", items: content });
        await this.ask(["apply", "--server-side", "--force-conflicts", "-f", "-"], text);
    }

    /** A real token of a ServiceAccount. */
    async token(
        namespace: string,
        serviceAccount: string,
        options: { readonly seconds?: number; readonly audience?: string } = {},
    ): Promise<string> {
        const { seconds, audience } = options;
        const text = await this.ask([
            "create",
            "token",
            serviceAccount,
            "-n",
            namespace,
            ...(seconds ? ["--duration", `${seconds}s`] : []),
            ...(audience ? ["--audience", audience] : []),
        ]);
        return text.trim();
    }

    /** Writes a kubeconfig with these credentials and gives its path. */
    kubeconfigFor({ token, tokenFile, namespace }: Credentials): string {
        const config = {
            apiVersion: "v1",
            kind: "Config",
            "current-context": "test",
            clusters: [
                { name: "test", cluster: { server: this.server, "certificate-authority": path.join(this.folder, "apiserver.crt") } },
            ],
            users: [{ name: "test", user: { ...(token ? { token } : {}), ...(tokenFile ? { tokenFile } : {}) } }],
            contexts: [{ name: "test", context: { cluster: "test", user: "test", ...(namespace ? { namespace } : {}) } }],
        };
        return this.#write(`kubeconfig-${randomBytes(4).toString("hex")}`, stringify(config));
    }

    async stop(): Promise<void> {
        await Promise.all([...this.#others.splice(1), ...(this.#apiServer ? [this.#apiServer] : [])].map((one) => one.stop()));
        await this.#others[0]?.stop("SIGKILL");
        rmSync(this.folder, { recursive: true, force: true });
    }

    async #installCrds(): Promise<void> {
        await this.ask(["apply", "--server-side", "-f", tool("istio-crds.yaml")]);
        await this.crdsEstablished();
    }

    async #startControllers(nodes: number): Promise<void> {
        const [port = 0] = await freePorts(1);
        const common = ["--kubeconfig", this.kubeconfig];
        this.#others.push(
            new Daemon(
                tool("kube-controller-manager"),
                [
                    ...common,
                    "--leader-elect=false",
                    "--secure-port=0",
                    `--service-account-private-key-file=${path.join(this.folder, "sa.key")}`,
                ],
                this.folder,
            ),
            new Daemon(tool("kube-scheduler"), [...common, "--leader-elect=false", "--secure-port=0"], this.folder),
            new Daemon(
                tool("kwok"),
                [...common, "--manage-all-nodes=true", `--server-address=127.0.0.1:${port}`, "--config", this.#stages()],
                this.folder,
            ),
        );
        const labels = this.#options.nodeLabels ?? ((index: number) => ({ "topology.kubernetes.io/zone": `zone-${index}` }));
        await this.apply(Array.from({ length: nodes }, (_, index) => nodeNamed(`node-${index}`, labels(index))));
        await this.ask(["wait", "--for=condition=Ready", "node", "--all", "--timeout=90s"]);
    }

    /** What kwok does to nodes and pods; nothing to pods where the test plays them. */
    #stages(): string {
        const stages = parseAllDocuments(readFileSync(tool("kwok-stages.yaml"), "utf8")).map(
            (one) => one.toJS() as { spec?: { resourceRef?: { kind?: string } } },
        );
        return this.#write(
            "stages.yaml",
            stages
                .filter(({ spec }) => this.#options.pods !== "test" || spec?.resourceRef?.kind !== "Pod")
                .map((one) => stringify(one))
                .join("---\n"),
        );
    }

    #status(url: string): Promise<number> {
        return new Promise((resolve, reject) => {
            const ca = readFileSync(path.join(this.folder, "apiserver.crt"));
            https
                .get(
                    `${this.server}${url}`,
                    { ca, agent: false, headers: { authorization: `Bearer ${this.adminToken}` }, timeout: 5_000 },
                    (response) => {
                        response.resume();
                        resolve(response.statusCode ?? 0);
                    },
                )
                .on("error", reject);
        });
    }

    #write(name: string, text: string): string {
        const file = path.join(this.folder, name);
        writeFileSync(file, text);
        chmodSync(file, 0o600);
        return file;
    }
}

function nodeNamed(name: string, labels: Readonly<Record<string, string>>): object {
    const capacity = { cpu: "32", memory: "64Gi", pods: "110" };
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } },
        status: { capacity, allocatable: capacity },
    };
}

function tool(name: string): string {
    const file = findTool(name);
    if (file === undefined) throw new Error(`there is no ${name} on this machine`);
    return file;
}
