/**
 * Credentials that a program or a login flow gives (`exec`, `auth-provider`), and ways that lead through a proxy: the
 * Kubernetes client's own. It is large, so it is loaded by those who need it.
 */
import type { RequestOptions } from "node:https";
import type { Access } from "./access";
import type { WatchedCluster } from "./cluster";

/** What is kept between requests: the client remembers how long a program's answer is good. */
export function pluginAccess(): (cluster: WatchedCluster) => Promise<Omit<Access, "generation">> {
    const { KubeConfig } = require("@kubernetes/client-node/dist/config.js") as typeof import("@kubernetes/client-node/dist/config.js"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    let config: InstanceType<typeof KubeConfig> | undefined;
    return async ({ server, kubeconfig, needsProxy }) => {
        if (config === undefined) {
            config = new KubeConfig();
            const [first, ...others] = kubeconfig?.files ?? [];
            if (first !== undefined) config.loadFromFile(first);
            for (const file of others) {
                const more = new KubeConfig();
                more.loadFromFile(file);
                config.mergeConfig(more, true);
            }
            if (kubeconfig) config.setCurrentContext(kubeconfig.context);
        }
        const options: RequestOptions = {};
        await config.applyToHTTPSOptions(options);
        const { ca, cert, key, servername, rejectUnauthorized, agent, headers, auth } = options;
        const given = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
        return {
            server,
            headers: {
                ...(typeof auth === "string" ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {}),
                ...Object.fromEntries(given),
            },
            tls: { ca, cert, key, servername, rejectUnauthorized: rejectUnauthorized ?? true },
            ...(needsProxy ? { agent } : {}),
        };
    };
}
