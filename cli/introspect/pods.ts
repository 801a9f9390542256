/** PodAccess of a cluster whose admin server is asked, through the API server. */
import type { Duplex } from "node:stream";
import { isRecord } from "../../istio";
import { ApiClient, ApiCredentials, ApiError, type ClusterOptions } from "../../proxy/source";
import { CommandError, EXIT } from "../exit";
import { adminSource, type AdminSource } from "./admin-source";
import { forwardPort, ForwardRefused } from "./port-forward";

export interface PodName {
    readonly namespace: string;
    readonly name: string;
}

const ANSWER_MS = 15_000;
const ISTIO = "networking.istio.io/v1";

export class PodAccess {
    readonly #client: ApiClient;
    readonly #adminPort: number;

    /** Throws a NoClusterError. */
    constructor(options: ClusterOptions, adminPort: number) {
        this.#client = new ApiClient(new ApiCredentials(options));
        this.#adminPort = adminPort;
    }

    close(): void {
        this.#client.close();
    }

    async one(pod: PodName): Promise<AdminSource> {
        const text = `pod ${pod.namespace}/${pod.name}`;
        const found = await this.#get(podPath(pod.namespace, pod.name), text);
        if (found === undefined) throw new CommandError(EXIT.unable, `there is no ${text} at ${this.#client.credentials.server}`);
        const phase = phaseOf(found);
        if (phase !== "Running")
            throw new CommandError(EXIT.unable, `${text} is ${phase || "not running"}: only a running pod can be asked`);
        return this.source(pod);
    }

    /** Every running pod of a gateway: of the workload of that name, or that the Gateway of that name selects. */
    async ofGateway({ namespace, name }: PodName): Promise<AdminSource[]> {
        const workload = await this.#running(podPath(namespace, "", `gateway-name=${name}`), `pods in ${namespace}`);
        if (workload.length > 0) return workload.map((pod) => this.source(pod));
        const gateway = await this.#get(`/apis/${ISTIO}/namespaces/${namespace}/gateways/${name}`, `Gateway ${namespace}/${name}`);
        const selector = gateway && selectorOf(gateway);
        const selected = selector === undefined ? [] : await this.#running(podPath(undefined, "", selector), "pods of all namespaces");
        if (selected.length > 0) return selected.map((pod) => this.source(pod));
        const why =
            gateway === undefined
                ? `no pod in ${namespace} has the label gateway-name=${name}, and there is no Gateway ${namespace}/${name}`
                : `no running pod has the label gateway-name=${name} in ${namespace}, nor what Gateway ${namespace}/${name} selects (${selector ?? "nothing"})`;
        throw new CommandError(EXIT.unable, `--gateway: ${why}`);
    }

    /** A pod that is known to be there. */
    source({ namespace, name }: PodName): AdminSource {
        const text = `pod ${namespace}/${name}`;
        const port = this.#adminPort;
        return adminSource({
            name: text,
            host: "localhost",
            port,
            connect: () => this.#connect({ namespace, name }, text),
            unreachable: (reason) => {
                const refused = /refused|failed to connect|connection reset/i.test(reason);
                const hint = refused
                    ? `nothing listens on its port ${port}: is it a Gatehouse gateway? (--admin-port names another port)`
                    : "";
                return `${text}: ${hint === "" ? reason : `${hint} (${reason})`}`;
            },
        });
    }

    /** A connection to its admin port. */
    async #connect({ namespace, name }: PodName, text: string): Promise<Duplex> {
        try {
            return await forwardPort(this.#client.credentials, { namespace, pod: name, port: this.#adminPort });
        } catch (error) {
            throw new CommandError(EXIT.unable, this.#forwardFault(error, text));
        }
    }

    #forwardFault(error: unknown, text: string): string {
        if (!(error instanceof ForwardRefused))
            return `${text}: the API server at ${this.#client.credentials.server} does not open a port-forward (${reasonOf(error)})`;
        switch (error.status) {
            case 401:
                return `${text}: the API server does not know who we are (${this.#client.credentials.origin}): ${error.message}`;
            case 403:
                return `${text}: port-forward is forbidden: ${error.message}. It takes the verbs get and create on pods/portforward`;
            case 404:
                return `${text}: ${error.message || "it is gone"}`;
            default:
                return `${text}: the API server answered ${error.status} to a port-forward${error.message === "" ? "" : `: ${error.message}`}`;
        }
    }

    async #running(path: string, what: string): Promise<PodName[]> {
        const list = await this.#get(path, what);
        const items = list && Array.isArray(list["items"]) ? (list["items"] as unknown[]).filter(isRecord) : [];
        return items
            .filter((pod) => phaseOf(pod) === "Running")
            .map((pod) => {
                const { metadata } = pod;
                const { namespace, name } = isRecord(metadata) ? metadata : {};
                return { namespace: String(namespace), name: String(name) };
            });
    }

    /** Undefined: it is not there. */
    async #get(path: string, what: string): Promise<Readonly<Record<string, unknown>> | undefined> {
        try {
            const found = await this.#client.json({
                verb: "get",
                path,
                accept: "application/json",
                signal: AbortSignal.timeout(ANSWER_MS),
            });
            return isRecord(found) ? found : undefined;
        } catch (error) {
            if (error instanceof ApiError && error.failure.kind === "absent") return undefined;
            throw new CommandError(EXIT.unable, this.#apiFault(error, what));
        }
    }

    #apiFault(error: unknown, what: string): string {
        const { server, origin } = this.#client.credentials;
        if (!(error instanceof ApiError)) return `${what} can't be read at ${server}: ${reasonOf(error)}`;
        const { failure } = error;
        if (failure.kind === "forbidden") return `${what} can't be read: ${failure.reason}`;
        if (failure.kind === "unauthorized") return `the API server at ${server} does not know who we are (${origin}): ${failure.reason}`;
        return `the API server at ${server} does not tell of ${what}: ${error.message}`;
    }
}

function podPath(namespace: string | undefined, name: string, labels?: string): string {
    const where = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
    const one = name === "" ? "" : `/${encodeURIComponent(name)}`;
    return `/api/v1${where}/pods${one}${labels === undefined ? "" : `?labelSelector=${encodeURIComponent(labels)}`}`;
}

function phaseOf(pod: Readonly<Record<string, unknown>>): string {
    const { status } = pod;
    return isRecord(status) && typeof status["phase"] === "string" ? status["phase"] : "";
}

/** Undefined: it selects by nothing. */
function selectorOf(gateway: Readonly<Record<string, unknown>>): string | undefined {
    const spec = gateway["spec"];
    const selector = isRecord(spec) && isRecord(spec["selector"]) ? Object.entries(spec["selector"]) : [];
    return selector.length === 0 ? undefined : selector.map(([key, value]) => `${key}=${String(value)}`).join(",");
}

function reasonOf(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message ?? String(error);
}
