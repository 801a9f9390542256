/** Which proxies are meant: by an address, a pod, a gateway, or what runs on this machine. */
import { CommandError, EXIT } from "../exit";
import { adminAt, type AdminSource } from "./admin-source";
import { localProxies } from "./local-runs";
import { PodAccess, type PodName } from "./pods";

export interface ProxyChoice {
    readonly admin?: readonly string[];
    readonly pod?: PodName;
    readonly gateway?: PodName;
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly adminPort: number;
    /** The state folder of `up`. */
    readonly state?: string;
}

/** Where a proxy has its admin server unless told. */
const DEFAULT_ADMIN = "http://127.0.0.1:15000";

export interface FoundProxies {
    readonly proxies: readonly AdminSource[];
    close(): void;
}

/** At least one. */
export async function findProxies(options: ProxyChoice): Promise<FoundProxies> {
    const { admin, pod, gateway, kubeconfig, context, adminPort, state } = options;
    if (admin !== undefined) return local(admin.map((one) => adminAt(one)));
    if (pod === undefined && gateway === undefined) {
        const running = localProxies(state, process.cwd());
        if (running.length > 0) return local(running.map((one) => adminAt(one.admin, `${one.kind} ${one.namespace}/${one.name}`)));
        if (state !== undefined) throw new CommandError(EXIT.unable, `no proxy of gatehouse up runs with the state folder ${state}`);
        return local([adminAt(DEFAULT_ADMIN)]);
    }
    const pods = openPods(
        { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
        adminPort,
    );
    try {
        return { proxies: pod ? [await pods.one(pod)] : await pods.ofGateway(gateway!), close: () => pods.close() };
    } catch (error) {
        pods.close();
        throw error;
    }
}

/** Of several that run here, one is to be chosen. */
export async function findOneOrPods(options: ProxyChoice): Promise<FoundProxies> {
    const found = await findProxies(options);
    if (found.proxies.length < 2 || options.gateway !== undefined || options.admin !== undefined) return found;
    const list = found.proxies.map(({ name, origin }) => `${name}: --admin ${origin}`).join("\n  ");
    throw new CommandError(EXIT.usage, `several proxies run here; name one of them:\n  ${list}`);
}

function openPods(...args: ConstructorParameters<typeof PodAccess>): PodAccess {
    try {
        return new PodAccess(...args);
    } catch (error) {
        throw new CommandError(EXIT.unable, error instanceof Error ? error.message : String(error));
    }
}

function local(proxies: readonly AdminSource[]): FoundProxies {
    return { proxies, close: () => undefined };
}
