/** Who reaches the admin server: whoever reaches its address. On loopback that is this machine alone (in a pod: the pod). */
import net from "node:net";
import { parseHostPort } from "./server";

const EXPOSED =
    "whoever reaches it reads the whole configuration, hosts, routes, endpoints, names of Secrets and findings, sees what is asked for and by whom, and can end the proxy (POST /drain)";

/** Why it does not listen there without being told twice; undefined: others do not reach it. */
export function exposureFault(listenOn: string): string | undefined {
    const { host } = parseHostPort(listenOn);
    if (isLoopback(host)) return undefined;
    return `the admin server would be open to other machines on ${listenOn}: ${EXPOSED}. Listen on 127.0.0.1 and ask it through kubectl port-forward or gatehouse's --pod; or add --admin-exposed`;
}

export function exposureWarning(address: string): string {
    return `--admin-exposed: the admin server on ${address} is open to other machines: ${EXPOSED}`;
}

function isLoopback(host: string): boolean {
    if (host === "localhost" || host === "::1") return true;
    const address = /^::ffff:/i.test(host) ? host.slice("::ffff:".length) : host;
    return net.isIPv4(address) && address.startsWith("127.");
}
