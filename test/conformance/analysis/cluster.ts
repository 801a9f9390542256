/** Holds one configuration at a time in a real API server, for istioctl to look at. */
import https from "node:https";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { KubeObject } from "../../../istio";
import type { ControlPlane } from "../../support/control-plane";

const PLURALS: Readonly<Record<string, string>> = {
    Gateway: "gateways",
    VirtualService: "virtualservices",
    DestinationRule: "destinationrules",
    ServiceEntry: "serviceentries",
    Sidecar: "sidecars",
    Telemetry: "telemetries",
    RequestAuthentication: "requestauthentications",
    AuthorizationPolicy: "authorizationpolicies",
    WasmPlugin: "wasmplugins",
    EnvoyFilter: "envoyfilters",
    Service: "services",
    Pod: "pods",
    Secret: "secrets",
    Deployment: "deployments",
    Namespace: "namespaces",
    Node: "nodes",
    ConfigMap: "configmaps",
};

interface Answer {
    readonly status: number;
    readonly text: string;
}

export class Cluster {
    readonly #plane: ControlPlane;
    readonly #agent: https.Agent;
    readonly #namespaces = new Set<string>(["default", "kube-system"]);

    constructor(plane: ControlPlane) {
        this.#plane = plane;
        this.#agent = new https.Agent({ keepAlive: true, ca: readFileSync(path.join(plane.folder, "apiserver.crt")) });
    }

    /** Makes the objects; those that the API server refuses are given back. */
    async load(objects: readonly KubeObject[]): Promise<KubeObject[]> {
        for (const namespace of new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))) await this.#namespace(namespace);
        const refused: KubeObject[] = [];
        for (const object of objects) {
            if (object.kind === "Namespace") {
                await this.#namespace(object.metadata.name);
                await this.#mark(object, false);
            } else if (!(await this.#create(object))) refused.push(object);
        }
        return refused;
    }

    async clear(objects: readonly KubeObject[]): Promise<void> {
        for (const object of objects) {
            // A namespace stays, without its labels and annotations: nobody here would finish its removal.
            if (object.kind === "Namespace") await this.#mark(object, true);
            else await this.#remove(`${collection(object)}/${object.metadata.name}`);
        }
    }

    close(): void {
        this.#agent.destroy();
    }

    async #create(object: KubeObject): Promise<boolean> {
        const { status, text } = await this.#send("POST", collection(object), object);
        if (status === 422 || status === 400) return false;
        if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name} answered ${status}: ${text}`);
        if (object.kind === "Pod" && "status" in object)
            await this.#send("PATCH", `${collection(object)}/${object.metadata.name}/status`, { status: object.status });
        return true;
    }

    async #remove(url: string): Promise<void> {
        const { status, text } = await this.#send("DELETE", url, {
            apiVersion: "v1",
            kind: "DeleteOptions",
            gracePeriodSeconds: 0,
            propagationPolicy: "Background",
        });
        if (status !== 200 && status !== 202 && status !== 404) throw new Error(`the removal of ${url} answered ${status}: ${text}`);
    }

    async #namespace(name: string): Promise<void> {
        if (!this.#namespaces.has(name)) {
            await this.#send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
            this.#namespaces.add(name);
        }
    }

    /** Gives a namespace its labels and annotations, or takes them away. */
    async #mark({ metadata }: KubeObject, away: boolean): Promise<void> {
        const parts = { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
        const marks = Object.fromEntries(
            Object.entries(parts).map(([part, values]) => [
                part,
                Object.fromEntries(Object.entries(values).map(([key, value]) => [key, away ? null : value])),
            ]),
        );
        await this.#send("PATCH", `/api/v1/namespaces/${metadata.name}`, { metadata: marks });
    }

    #send(method: string, url: string, body: unknown): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const text = JSON.stringify(body);
            const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
            const request = https.request(
                `${this.#plane.server}${url}`,
                {
                    method,
                    agent: this.#agent,
                    headers: {
                        authorization: `Bearer ${this.#plane.adminToken}`,
                        "content-type": type,
                        "content-length": Buffer.byteLength(text),
                    },
                },
                (response) => {
                    const chunks: Buffer[] = [];
                    response
                        .on("data", (chunk: Buffer) => chunks.push(chunk))
                        .on("error", reject)
                        .on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
                },
            );
            request.on("error", reject).end(text);
        });
    }
}

function collection({ apiVersion, kind, metadata }: KubeObject): string {
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const plural = PLURALS[kind];
    if (plural === undefined) throw new Error(`no plural of ${kind} is known here`);
    return metadata.namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${metadata.namespace}/${plural}`;
}
