/**
 * One of several writes: whoever holds a Lease (coordination.k8s.io), by the rules of client-go's leader election. A holder that
 * was not seen to renew for as long as its Lease lasts is gone, by our own clock: clocks are not compared. Who could not renew in
 * time stops before anybody else may begin.
 */
import { isRecord } from "../../istio/validation";

export interface ElectionTimes {
    /** How long a Lease lasts that nobody renews. */
    readonly leaseMs: number;
    /** Who could not renew for so long does not lead any more; less than `leaseMs`. */
    readonly renewMs: number;
    readonly retryMs: number;
}

export const ELECTION_TIMES: ElectionTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/** A Lease, as far as it is read. */
export interface SeenLease {
    readonly resourceVersion: string;
    readonly holder: string;
    readonly renewTime: string;
    readonly acquireTime: string;
    readonly durationMs: number;
    readonly transitions: number;
}

/** Undefined: it is none. */
export function seenLease(raw: unknown): SeenLease | undefined {
    if (!isRecord(raw) || !isRecord(raw["metadata"])) return undefined;
    const spec = isRecord(raw["spec"]) ? raw["spec"] : {};
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    const number = (value: unknown): number => (typeof value === "number" ? value : 0);
    return {
        resourceVersion: text(raw["metadata"]["resourceVersion"]),
        holder: text(spec["holderIdentity"]),
        renewTime: text(spec["renewTime"]),
        acquireTime: text(spec["acquireTime"]),
        durationMs: number(spec["leaseDurationSeconds"]) * 1000,
        transitions: number(spec["leaseTransitions"]),
    };
}

/** What is known of who leads; `now` is a clock that never goes back. */
export class Election {
    readonly #identity: string;
    readonly #times: ElectionTimes;
    #seen: SeenLease | undefined;
    #seenAt = -Infinity;
    #renewedAt = -Infinity;

    constructor(identity: string, times: ElectionTimes) {
        this.#identity = identity;
        this.#times = times;
    }

    leads(now: number): boolean {
        return now - this.#renewedAt < this.#times.renewMs;
    }

    /** Whether the Lease may be taken, or renewed. */
    mayTake(lease: SeenLease, now: number): boolean {
        if (this.#seen?.renewTime !== lease.renewTime || this.#seen.holder !== lease.holder) this.#seenAt = now;
        this.#seen = lease;
        if (lease.holder === this.#identity || lease.holder === "") return true;
        return now - this.#seenAt >= Math.max(lease.durationMs, this.#times.retryMs);
    }

    /** `asked` is when the request was sent that the API server agreed to. */
    renewed(asked: number): void {
        this.#renewedAt = asked;
    }

    lost(): void {
        this.#renewedAt = -Infinity;
    }

    /** The spec to be written; `date` is for readers. */
    specAfter(lease: SeenLease | undefined, date: Date): object {
        const micro = date.toISOString().replace("Z", "000Z");
        const isKept = lease?.holder === this.#identity && lease.acquireTime !== "";
        return {
            holderIdentity: this.#identity,
            leaseDurationSeconds: Math.ceil(this.#times.leaseMs / 1000),
            acquireTime: isKept ? lease.acquireTime : micro,
            renewTime: micro,
            leaseTransitions: lease === undefined ? 0 : lease.transitions + (lease.holder === this.#identity ? 0 : 1),
        };
    }
}
