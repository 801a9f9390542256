/** What is known of the health of a cluster's endpoints: by what becomes of requests to them, and by asking them. */
import { isDeepStrictEqual } from "node:util";
import type { ClusterEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import { HealthChecks, type CheckedCluster } from "./health-checks";
import { OutlierDetector } from "./outlier";
import type { UpstreamServices } from "./services";

interface WatchedCluster extends CheckedCluster {
    readonly watched: readonly Endpoint[];
}

export class ClusterHealth {
    readonly #cluster: WatchedCluster;
    readonly #services: UpstreamServices;
    #outliers: OutlierDetector | undefined = undefined;
    #checks: HealthChecks | undefined = undefined;

    constructor(cluster: WatchedCluster, services: UpstreamServices) {
        this.#cluster = cluster;
        this.#services = services;
    }

    /** Takes over what its cluster's entry says, for the endpoints there are. */
    update({ outlier, healthCheck }: ClusterEntry): void {
        const { events, now } = this.#services;
        if (outlier === undefined) {
            this.#outliers?.stop();
            this.#outliers = undefined;
        } else if (this.#outliers === undefined) this.#outliers = new OutlierDetector(outlier, this.#cluster, events, now);
        else this.#outliers.update(outlier);
        if (!isDeepStrictEqual(this.#checks?.entry, healthCheck)) {
            this.#checks?.stop();
            this.#checks = healthCheck && new HealthChecks(healthCheck, this.#cluster, this.#services);
            if (healthCheck === undefined) this.#trustAll();
        }
        this.watch(this.#cluster.watched);
    }

    watch(endpoints: readonly Endpoint[]): void {
        this.#outliers?.watch(endpoints);
        this.#checks?.watch(endpoints);
    }

    /** They are not listed any more. */
    forget(gone: readonly Endpoint[]): void {
        this.#outliers?.forget(gone);
        this.#checks?.forget(gone);
        for (const { health, text } of gone)
            if (health.ejected || health.failing) this.#services.events.left(this.#cluster.key, text, { ...health });
    }

    /** Nobody asks any more. */
    #trustAll(): void {
        for (const endpoint of this.#cluster.watched) {
            if (!endpoint.health.failing) continue;
            endpoint.health.failing = false;
            this.#services.events.checkedHealthy(this.#cluster.key, endpoint.text);
            this.#cluster.healthChanged(endpoint);
        }
    }
}
