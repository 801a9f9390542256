/** Reads kubeconfig files, as far as saying who we are takes no program: the rest is the Kubernetes client's own. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isRecord } from "../../../istio/validation";
import { yamlValue } from "../../../istio/yaml-value";
import { reasonOf } from "../walk";

type Fields = Readonly<Record<string, unknown>>;
type Fault = new (message: string) => Error;

export type KubeconfigUser =
    | {
          readonly kind: "static";
          readonly token?: string;
          /** Read again and again: ServiceAccount tokens are replaced every hour. */
          readonly tokenFile?: string;
          readonly basic?: { readonly username: string; readonly password: string };
          readonly certificate?: { readonly file: string } | { readonly pem: string };
          readonly key?: { readonly file: string } | { readonly pem: string };
      }
    /** A program or a login flow gives the credentials. */
    | { readonly kind: "plugin" };

export interface Kubeconfig {
    readonly currentContext: string;
    readonly contexts: ReadonlyMap<string, Fields>;
    readonly clusters: ReadonlyMap<string, Fields>;
    readonly users: ReadonlyMap<string, Fields>;
}

/** Several files are one: of what two of them define, the first counts. */
export function readKubeconfigs(files: readonly string[], Fault: Fault): Kubeconfig {
    const read = files.map((file) => readOne(file, Fault));
    const merged = (part: "contexts" | "clusters" | "users"): Map<string, Fields> =>
        new Map(read.toReversed().flatMap((one) => [...one[part]]));
    return {
        currentContext: read.find(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
        contexts: merged("contexts"),
        clusters: merged("clusters"),
        users: merged("users"),
    };
}

function readOne(file: string, Fault: Fault): Kubeconfig {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new Fault(`The kubeconfig ${file} can't be read: ${reasonOf(error)}.`);
    }
    const parsed = yamlValue(text);
    if ("fault" in parsed) throw new Fault(`The kubeconfig ${file} is not valid YAML: ${parsed.fault}.`);
    const { value } = parsed;
    if (!isRecord(value)) throw new Fault(`The kubeconfig ${file} is empty or no mapping; wanted clusters, users and contexts.`);
    const folder = path.dirname(file);
    const current = value["current-context"];
    return {
        currentContext: typeof current === "string" ? current : "",
        contexts: named(value["contexts"], "context", folder),
        clusters: named(value["clusters"], "cluster", folder),
        users: named(value["users"], "user", folder),
    };
}

/** Fields whose relative paths start at the kubeconfig's own folder. */
const PATHS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function named(list: unknown, part: string, folder: string): Map<string, Fields> {
    const found = new Map<string, Fields>();
    for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
        if (!isRecord(item) || typeof item["name"] !== "string") continue;
        const fields = isRecord(item[part]) ? item[part] : {};
        const paths = PATHS.flatMap((name): [string, unknown][] =>
            typeof fields[name] === "string" ? [[name, path.resolve(folder, fields[name])]] : [],
        );
        found.set(item["name"], { ...fields, ...Object.fromEntries(paths) });
    }
    return found;
}

export interface SelectedContext {
    readonly name: string;
    readonly cluster: Fields;
    readonly user: KubeconfigUser;
}

export function selectContext(config: Kubeconfig, files: readonly string[], wanted: string | undefined, Fault: Fault): SelectedContext {
    const where = files.join(", ");
    const name = wanted ?? config.currentContext;
    const has = config.contexts.size === 0 ? "it has none" : `it has ${[...config.contexts.keys()].join(", ")}`;
    if (name === "") throw new Fault(`The kubeconfig ${where} has no current context; ${has}. Name one with --context NAME.`);
    const context = config.contexts.get(name);
    if (!context) throw new Fault(`The kubeconfig ${where} has no context ${JSON.stringify(name)}; ${has}.`);
    const cluster = config.clusters.get(String(context["cluster"]));
    if (!cluster)
        throw new Fault(
            `Context ${name} of ${where} names the cluster ${JSON.stringify(context["cluster"] ?? null)}, which is not there; there are: ${[...config.clusters.keys()].join(", ") || "none"}.`,
        );
    const userName = context["user"];
    const user = typeof userName === "string" && userName !== "" ? config.users.get(userName) : {};
    if (!user)
        throw new Fault(
            `Context ${name} of ${where} names the user ${JSON.stringify(userName)}, who is not there; there are: ${[...config.users.keys()].join(", ") || "none"}.`,
        );
    return { name, cluster, user: userOf(user) };
}

function userOf(user: Fields): KubeconfigUser {
    if (user["exec"] !== undefined || user["auth-provider"] !== undefined) return { kind: "plugin" };
    const text = (field: string): string | undefined => (typeof user[field] === "string" && user[field] !== "" ? user[field] : undefined);
    const fileOrData = (field: string): { readonly file: string } | { readonly pem: string } | undefined => {
        const data = text(`${field}-data`);
        if (data !== undefined) return { pem: Buffer.from(data, "base64").toString("utf8") };
        const file = text(field);
        return file === undefined ? undefined : { file };
    };
    const [token, tokenFile, username] = [text("token"), text("tokenFile"), text("username")];
    const [certificate, key] = [fileOrData("client-certificate"), fileOrData("client-key")];
    return {
        kind: "static",
        // As kubectl: the file counts where both are given.
        ...(tokenFile !== undefined ? { tokenFile } : token !== undefined ? { token } : {}),
        ...(username === undefined ? {} : { basic: { username, password: text("password") ?? "" } }),
        ...(certificate ? { certificate } : {}),
        ...(key ? { key } : {}),
    };
}
