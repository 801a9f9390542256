/** Which cluster is meant, and as whom it is asked. What can never work is said at once; the rest is tried again and again. */
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isRecord } from "../../../istio/validation";
import { readKubeconfigs, selectContext, type KubeconfigUser } from "./kubeconfig";

export interface ClusterOptions {
    /** A kubeconfig file; absent: `$KUBECONFIG`, then the pod's own ServiceAccount, then `~/.kube/config`. */
    readonly kubeconfig?: string;
    /** A context of the kubeconfig; absent: its current one. */
    readonly context?: string;
    /** Where a pod finds its ServiceAccount; default: Kubernetes' own place. */
    readonly serviceAccountDir?: string;
}

/** A way to a cluster. Files are named, not read: they change while the proxy runs. */
export interface WatchedCluster {
    readonly server: string;
    /** For messages: `context kind-dev of /home/me/.kube/config`, `the pod's ServiceAccount`. */
    readonly origin: string;
    readonly ca: { readonly file: string } | { readonly pem: string } | undefined;
    readonly serverName?: string;
    readonly insecure: boolean;
    readonly user: KubeconfigUser;
    /** The kubeconfig files, and the context in them, for what needs the whole of them. */
    readonly kubeconfig?: { readonly files: readonly string[]; readonly context: string };
    readonly needsProxy: boolean;
}

/** Nothing that happens later can make it work: a command ends with this text. */
export class NoClusterError extends Error {}

export const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The namespace of the pod that this runs in. */
export function podNamespace(environment: NodeJS.ProcessEnv = process.env, dir = SERVICE_ACCOUNT_DIR): string | undefined {
    const named = environment["POD_NAMESPACE"];
    if (named !== undefined && named !== "") return named;
    try {
        return readFileSync(path.join(dir, "namespace"), "utf8").trim() || undefined;
    } catch {
        return undefined;
    }
}

/** Throws a NoClusterError. Called anew whenever credentials were refused: a kubeconfig may have been written anew. */
export function findCluster(options: ClusterOptions, environment: NodeJS.ProcessEnv = process.env): WatchedCluster {
    const files = kubeconfigFiles(options, environment);
    if (files === undefined) return inPod(options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR, environment);
    return fromKubeconfig(files, options.context);
}

/** Undefined: the pod's ServiceAccount is to be used. */
function kubeconfigFiles(
    { kubeconfig, context, serviceAccountDir }: ClusterOptions,
    environment: NodeJS.ProcessEnv,
): readonly string[] | undefined {
    if (kubeconfig !== undefined) return [path.resolve(kubeconfig)];
    const listed = (environment["KUBECONFIG"] ?? "").split(path.delimiter).filter((file) => file !== "");
    // As kubectl does: of several files some may be missing, though not all.
    const present = listed.filter((file) => existsSync(file));
    if (present.length > 0) return present.map((file) => path.resolve(file));
    if (listed.length > 0)
        throw new NoClusterError(`$KUBECONFIG names ${listed.join(", ")}, which ${listed.length > 1 ? "do" : "does"} not exist.`);
    if (context === undefined && isPod(serviceAccountDir ?? SERVICE_ACCOUNT_DIR, environment)) return undefined;
    const own = path.join(environment["HOME"] ?? os.homedir(), ".kube", "config");
    if (existsSync(own)) return [own];
    throw new NoClusterError(
        `There is no cluster to read from: this is no pod with a ServiceAccount, $KUBECONFIG is not set and there is no ${own}. Name a kubeconfig with --kubeconfig FILE.`,
    );
}

function isPod(dir: string, environment: NodeJS.ProcessEnv): boolean {
    return (environment["KUBERNETES_SERVICE_HOST"] ?? "") !== "" && existsSync(path.join(dir, "token"));
}

function inPod(dir: string, environment: NodeJS.ProcessEnv): WatchedCluster {
    const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
    const port = environment["KUBERNETES_SERVICE_PORT"] ?? "443";
    return {
        server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
        origin: "the pod's ServiceAccount",
        ca: { file: path.join(dir, "ca.crt") },
        insecure: false,
        user: { kind: "static", tokenFile: path.join(dir, "token") },
        needsProxy: false,
    };
}

function fromKubeconfig(files: readonly string[], wanted: string | undefined): WatchedCluster {
    const config = readKubeconfigs(files, NoClusterError);
    const { name, cluster, user } = selectContext(config, files, wanted, NoClusterError);
    const server = cluster["server"];
    const origin = `context ${name} of ${files.join(", ")}`;
    if (typeof server !== "string" || !/^https?:\/\//.test(server) || !URL.canParse(server)) {
        throw new NoClusterError(
            `The cluster of ${origin} has server ${JSON.stringify(server ?? null)}; wanted a URL, as https://10.0.0.1:6443.`,
        );
    }
    const caData = cluster["certificate-authority-data"];
    const caFile = cluster["certificate-authority"];
    const serverName = cluster["tls-server-name"];
    return {
        server: server.replace(/\/+$/, ""),
        origin,
        ca:
            typeof caData === "string"
                ? { pem: Buffer.from(caData, "base64").toString("utf8") }
                : typeof caFile === "string"
                  ? { file: caFile }
                  : undefined,
        ...(typeof serverName === "string" ? { serverName } : {}),
        insecure: cluster["insecure-skip-tls-verify"] === true,
        user,
        kubeconfig: { files, context: name },
        needsProxy: isRecord(cluster) && typeof cluster["proxy-url"] === "string",
    };
}
