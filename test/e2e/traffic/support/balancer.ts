/**
 * What stands before a gateway's pods in a cluster: takes connections on loopback and gives each to an endpoint that
 * the Service's EndpointSlices call ready, as kube-proxy and a load balancer do. An open connection stays where it is.
 */
import { once } from "node:events";
import net from "node:net";
import type { KubeObject } from "./kube-api";
import type { Kubelet } from "./kubelet";

const POLL_MS = 100;

interface EndpointSlice extends KubeObject {
    readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[];
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}
interface Service extends KubeObject {
    readonly spec: { readonly ports: readonly { readonly name?: string; readonly port: number }[] };
}

interface Target {
    readonly host: string;
    readonly port: number;
}

export class Balancer {
    readonly #servers: net.Server[] = [];
    readonly #sockets = new Set<net.Socket>();
    #targets = new Map<number, Target[]>();
    #timer: NodeJS.Timeout | undefined;
    #isStopped = false;
    #turn = 0;

    /** Opens a loopback port for each of the Service's; resolves once each has an endpoint. */
    static async of(
        kubelet: Kubelet,
        namespace: string,
        service: string,
    ): Promise<{ readonly balancer: Balancer; readonly ports: ReadonlyMap<number, number> }> {
        const balancer = new Balancer();
        const found = (await kubelet.api.send("GET", `/api/v1/namespaces/${namespace}/services/${service}`)) as Service | undefined;
        if (!found) throw new Error(`there is no Service ${namespace}/${service}`);
        const ports = new Map<number, number>();
        for (const { port } of found.spec.ports) ports.set(port, await balancer.#listen(port));
        await balancer.#follow(kubelet, found);
        return { balancer, ports };
    }

    /** The endpoints in use for a port of the Service. */
    targets(port: number): readonly Target[] {
        return this.#targets.get(port) ?? [];
    }

    close(): void {
        this.#isStopped = true;
        clearTimeout(this.#timer);
        for (const server of this.#servers) server.close();
        for (const socket of this.#sockets) socket.destroy();
    }

    async #listen(port: number): Promise<number> {
        const server = net
            .createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#pass(socket, port))
            .listen(0, "127.0.0.1");
        await once(server, "listening");
        this.#servers.push(server);
        return (server.address() as net.AddressInfo).port;
    }

    #pass(client: net.Socket, port: number): void {
        const targets = this.targets(port);
        const target = targets[this.#turn++ % Math.max(1, targets.length)];
        client.on("error", () => undefined);
        if (!target) return void client.resetAndDestroy();
        const upstream = net.connect({ ...target, allowHalfOpen: true });
        for (const socket of [client, upstream]) {
            this.#sockets.add(socket);
            socket.on("close", () => this.#sockets.delete(socket));
        }
        // A reset on one side is a reset on the other: the balancer must not hide it.
        upstream.on("error", () => client.resetAndDestroy());
        client.on("error", () => upstream.resetAndDestroy());
        client.pipe(upstream).pipe(client);
    }

    async #follow(kubelet: Kubelet, service: Service): Promise<void> {
        const { namespace, name } = service.metadata;
        const slices = await kubelet.api
            .list<EndpointSlice>(
                `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D${name}`,
            )
            .catch(() => undefined);
        if (slices)
            this.#targets = new Map(
                service.spec.ports.map((port) => [port.port, slices.flatMap((slice) => targetsOf(slice, port.name, kubelet))]),
            );
        if (!this.#isStopped) this.#timer = setTimeout(() => void this.#follow(kubelet, service), POLL_MS);
    }
}

function targetsOf({ endpoints = [], ports = [] }: EndpointSlice, portName: string | undefined, kubelet: Kubelet): Target[] {
    const port = ports.find(({ name = "" }) => name === (portName ?? ""))?.port;
    if (port === undefined) return [];
    return endpoints
        .filter(({ conditions }) => conditions?.ready)
        .flatMap(({ addresses }) =>
            addresses.flatMap((address) => {
                const host = kubelet.addressOf(address);
                return host === undefined ? [] : [{ host, port }];
            }),
        );
}
