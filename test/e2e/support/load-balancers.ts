/**
 * The part of a cloud that a LoadBalancer Service waits for: gives each an address, through the status subresource as a
 * cloud's controller does. Without it `pulumi up` waits for the Service until its time is over.
 */
import { KubeConfig, Watch, type V1Service } from "@kubernetes/client-node";
import type { ControlPlane } from "../../support/control-plane";

/** Hears of Services from now on, and of those there are, until `stop`. */
export class LoadBalancers {
    readonly #plane: ControlPlane;
    readonly #config = new KubeConfig();
    readonly #working = new Set<Promise<unknown>>();
    #request: AbortController | undefined;
    #stopped = false;
    #given = 0;

    static async start(plane: ControlPlane): Promise<LoadBalancers> {
        const made = new LoadBalancers(plane);
        await made.#watch();
        return made;
    }

    private constructor(plane: ControlPlane) {
        this.#plane = plane;
        this.#config.loadFromFile(plane.kubeconfig);
    }

    async stop(): Promise<void> {
        this.#stopped = true;
        this.#request?.abort();
        await Promise.allSettled(this.#working);
    }

    async #watch(): Promise<void> {
        this.#request = await new Watch(this.#config).watch(
            "/api/v1/services",
            {},
            (_phase, service: V1Service) => this.#hear(service),
            () => {
                if (!this.#stopped) this.#keep(this.#watch());
            },
        );
    }

    #hear({ spec, status, metadata }: V1Service): void {
        if (
            spec?.type !== "LoadBalancer" ||
            status?.loadBalancer?.ingress ||
            metadata?.deletionTimestamp ||
            !metadata?.name ||
            !metadata.namespace
        )
            return;
        this.#given += 1;
        const ip = spec.loadBalancerIP ?? `203.0.113.${this.#given}`;
        const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } } });
        this.#keep(
            this.#plane.kubectl([
                "patch",
                "service",
                metadata.name,
                "-n",
                metadata.namespace,
                "--subresource=status",
                "--type=merge",
                "-p",
                patch,
            ]),
        );
    }

    #keep(work: Promise<unknown>): void {
        const kept = work.catch(() => undefined).finally(() => this.#working.delete(kept));
        this.#working.add(kept);
    }
}
