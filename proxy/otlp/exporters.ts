/** The exporters of a process: one for each collector and signal, as long as somebody uses it; and what is wrong with them. */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding } from "../../istio/findings";
import { aboutOrigin, type CollectorEntry } from "../tables";
import type { Cluster } from "../upstream";
import { Exporter, type DropReason, type ExportBounds, type SendingServices, type Signal } from "./exporter";

export interface ExporterServices {
    readonly cluster: (key: string) => Cluster | undefined;
    readonly random?: () => number;
    readonly environment?: SendingServices["environment"];
    /** Counts. `destination`: the provider's name. */
    readonly sent: (signal: Signal, destination: string, count: number) => void;
    readonly dropped: (signal: Signal, destination: string, reason: DropReason, count: number) => void;
    /** What is wrong is something else now. */
    readonly changed: () => void;
    readonly bounds?: Partial<ExportBounds>;
}

/** For what one that is not used any more has not sent yet. */
const LEAVE_MS = 5_000;

export class Exporters {
    readonly #services: SendingServices;
    readonly #bounds: Partial<ExportBounds>;
    readonly #used: Record<Signal, Exporter[]> = { traces: [], logs: [] };
    readonly #leaving = new Set<Exporter>();

    constructor({ cluster, random, environment, sent, dropped, changed, bounds }: ExporterServices) {
        this.#bounds = bounds ?? {};
        this.#services = {
            cluster,
            random: random ?? Math.random,
            environment: environment ?? process.env,
            sent: ({ signal, collector }, count) => sent(signal, collector.provider, count),
            dropped: ({ signal, collector }, reason, count) => dropped(signal, collector.provider, reason, count),
            changed: () => changed(),
        };
    }

    /**
     * The exporters of a signal from now on, in this order. One whose collector is as it was goes on; one that is not named any
     * more sends what it has, and ends.
     */
    use(signal: Signal, collectors: readonly CollectorEntry[]): readonly Exporter[] {
        const before = this.#used[signal];
        const now = collectors.map(
            (collector) =>
                before.find((one) => isDeepStrictEqual(one.collector, collector)) ??
                new Exporter(signal, collector, this.#services, this.#bounds),
        );
        this.#used[signal] = now;
        for (const one of before) {
            if (now.includes(one)) continue;
            this.#leaving.add(one);
            void one.finish(LEAVE_MS).then(() => this.#leaving.delete(one));
        }
        return now;
    }

    findings(): Finding[] {
        return this.#exporters().flatMap(({ signal, collector, problem }) =>
            problem === ""
                ? []
                : finding(
                      "GH0488",
                      aboutOrigin(collector.origin),
                      `The collector of ${signal} ${collector.provider} (${collector.authority}) does not take what it is sent: ${problem}.`,
                      "Requests are served as before. Look whether the collector runs, and whether port, protocol and headers are as it wants them.",
                  ),
        );
    }

    /** Before the process ends. */
    async finish(withinMs: number): Promise<void> {
        await Promise.all([...this.#exporters(), ...this.#leaving].map((one) => one.finish(withinMs)));
    }

    #exporters(): Exporter[] {
        return [...this.#used.traces, ...this.#used.logs];
    }
}
