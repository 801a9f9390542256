/** What is known of the health of a cluster's endpoints: by what becomes of requests to them, and by asking them. */
import type { ClusterEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import { OutlierDetector, type OutlierOwner } from "./outlier";
import type { UpstreamServices } from "./services";

export class ClusterHealth {
    readonly #owner: OutlierOwner;
    readonly #services: UpstreamServices;
    #outliers: OutlierDetector | undefined = undefined;

    constructor(owner: OutlierOwner, services: UpstreamServices) {
        this.#owner = owner;
        this.#services = services;
    }

    /** Takes over what its cluster's entry says, for the endpoints there are. */
    update({ outlier }: ClusterEntry): void {
        const { events, now } = this.#services;
        if (outlier === undefined) {
            this.#outliers?.stop();
            this.#outliers = undefined;
        } else if (this.#outliers === undefined) this.#outliers = new OutlierDetector(outlier, this.#owner, events, now);
        else this.#outliers.update(outlier);
        this.watch(this.#owner.members);
    }

    watch(endpoints: readonly Endpoint[]): void {
        this.#outliers?.watch(endpoints);
    }

    /** They are not listed any more. */
    forget(gone: readonly Endpoint[]): void {
        this.#outliers?.forget(gone);
    }
}
