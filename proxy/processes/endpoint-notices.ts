/** What becomes of endpoints is seen: each ejection and each return is one line of the process log, and counted. */
import type { Logger } from "pino";
import type { EndpointFigures } from "../telemetry";
import type { EjectionCause, EndpointHealth, UpstreamEvents } from "../upstream";

export class EndpointNotices implements UpstreamEvents {
    readonly #log: Logger;
    readonly #figures: EndpointFigures;

    constructor(log: Logger, figures: EndpointFigures) {
        this.#log = log;
        this.#figures = figures;
    }

    ejected(cluster: string, endpoint: string, cause: EjectionCause, milliseconds: number): void {
        this.#figures.ejections.of(cluster, cause).add();
        this.#figures.ejected.of(cluster).add(1);
        this.#log.warn({ cluster, endpoint, cause, seconds: milliseconds / 1000 }, "endpoint ejected");
    }

    returned(cluster: string, endpoint: string): void {
        this.#figures.ejected.of(cluster).add(-1);
        this.#log.info({ cluster, endpoint }, "endpoint returned");
    }

    left(cluster: string, _endpoint: string, { ejected, failing }: EndpointHealth): void {
        if (ejected) this.#figures.ejected.of(cluster).add(-1);
        if (failing) this.#figures.unhealthy.of(cluster).add(-1);
    }

    ejectionSpared(cluster: string, _endpoint: string, cause: EjectionCause): void {
        this.#figures.ejectionsSpared.of(cluster, cause).add();
    }

    checkedUnhealthy(cluster: string, endpoint: string, detail: string): void {
        this.#figures.checkFailures.of(cluster).add();
        this.#figures.unhealthy.of(cluster).add(1);
        this.#log.warn({ cluster, endpoint, detail }, "endpoint unhealthy");
    }

    checkedHealthy(cluster: string, endpoint: string): void {
        this.#figures.unhealthy.of(cluster).add(-1);
        this.#log.info({ cluster, endpoint }, "endpoint healthy");
    }

    retrySpared(cluster: string): void {
        this.#figures.retriesSpared.of(cluster).add();
    }
}
