/**
 * Which endpoint of a cluster a request goes to: a level by how much each can carry, a locality by its share, an endpoint by
 * the balancer, or by the client's hash. Endpoints that were tried already are avoided while there is another.
 * Hot path: where all endpoints are alike, which most clusters have, it is the balancer's choice alone.
 */
import type { ClusterEntry } from "../tables";
import { balancer, placeOf, type Balancer } from "./balancers";
import type { UpstreamHost } from "./connection";
import type { Endpoint } from "./endpoint";
import { levelsOf, type EndpointSet, type PriorityLevel } from "./endpoint-set";
import { HashRing } from "./hash-ring";
import type { HashTable } from "./hash-table";
import { Maglev } from "./maglev";
import { warm } from "./warmup";

/** Draws that may meet endpoints already tried before the rest is looked through. As Envoy's host attempts. */
const MAX_DRAWS = 5;
const TRIED_BEFORE_ELSEWHERE = 2;
const MAGLEV_SIZE = 65_537;

type Told = Pick<ClusterEntry, "lb" | "hash" | "localityWeights" | "panicPercent" | "warmup" | "zoneAware">;

export class EndpointChoice {
    /** All that are chosen among: they are well, or too few of all are. */
    list: readonly Endpoint[] = [];
    #balancer: Balancer | undefined;
    #told: Told;
    #levels: readonly PriorityLevel[] = [];
    /** Where there is only one. */
    #only: EndpointSet | undefined;
    /** By priority; filled when one is asked. */
    #tables = new Map<number, HashTable>();
    #isHeld = false;
    #members: readonly Endpoint[] = [];
    /** When shares are to be worked out again, while some grow. */
    #warmAt = Infinity;
    readonly #now: () => number;

    constructor(told: Told, now: () => number = monotonic) {
        this.#told = told;
        this.#now = now;
        this.#balancer = balancer(told.lb);
    }

    /** What the cluster's entry says now. The endpoints are to be told anew. */
    update(told: Told): void {
        const before = this.#told;
        this.#told = told;
        if (before.lb !== told.lb) this.#balancer = balancer(told.lb);
        if (before.lb === told.lb && before.hash?.size === told.hash?.size) return;
        this.#tables.clear();
        // Somebody may ask before the endpoints are told anew.
        this.#isHeld = false;
    }

    /** Members, or what is known of one, changed. */
    hold(members: readonly Endpoint[]): void {
        const { panicPercent = 0, localityWeights = false, zoneAware, warmup } = this.#told;
        this.#members = members;
        this.#warmAt = warm(members, warmup, this.#now());
        this.#levels = levelsOf(members, { panicPercent, localityWeights, zoneAware: this.#balancer && zoneAware });
        this.list = this.#levels.flatMap(({ sets }) => sets.flatMap(({ list }) => list));
        const [first, second] = this.#levels.filter(({ load }) => load > 0);
        this.#only = second === undefined && first?.sets.length === 1 ? first.sets[0] : undefined;
        this.#isHeld = false;
    }

    /** `hash`: of what the client is known by again; undefined: one is drawn, where one is asked for. */
    pick(avoid: readonly UpstreamHost[] | undefined, hash: number | undefined, random: () => number): Endpoint | undefined {
        if (this.#warmAt !== Infinity && this.#now() >= this.#warmAt) this.hold(this.#members);
        if (this.list.length === 0) return undefined;
        if (this.#balancer === undefined) return this.#pickByHash(hash ?? Math.floor(random() * 2 ** 32), avoid);
        const first = this.#draw(this.#balancer, random);
        if (avoid === undefined || first === undefined || !avoid.includes(first)) return first;
        for (let draw = 1; draw < MAX_DRAWS; draw++) {
            const next = this.#draw(this.#balancer, random);
            if (next !== undefined && !avoid.includes(next)) return next;
        }
        return this.list.find((one) => !avoid.includes(one)) ?? first;
    }

    /**
     * Once two endpoints were tried (Envoy's update_frequency, as istiod sets it): one of a level of which none was. Undefined:
     * there is no such level, or it is not time yet.
     */
    elsewhere(tried: readonly UpstreamHost[], random: () => number): Endpoint | undefined {
        if (tried.length < TRIED_BEFORE_ELSEWHERE || this.#balancer === undefined) return undefined;
        const level = this.#levels.find(({ all, sets }) => sets.length > 0 && !all.some((one) => tried.includes(one)));
        return level && this.#drawFrom(level, this.#balancer, random);
    }

    #draw(using: Balancer, random: () => number): Endpoint | undefined {
        if (this.#only !== undefined) return using.pick(this.#only, random);
        const level = this.#levelAt(random() * 100);
        return level && this.#drawFrom(level, using, random);
    }

    #drawFrom({ sets, shares }: PriorityLevel, using: Balancer, random: () => number): Endpoint | undefined {
        return using.pick(sets.length === 1 ? sets[0]! : sets[placeOf(shares, random())]!, random);
    }

    /** `part`: of 100. */
    #levelAt(part: number): PriorityLevel | undefined {
        let last: PriorityLevel | undefined;
        let at = part;
        for (const level of this.#levels) {
            if (level.load === 0) continue;
            at -= level.load;
            last = level;
            if (at < 0) break;
        }
        return last;
    }

    #pickByHash(hash: number, avoid: readonly UpstreamHost[] | undefined): Endpoint | undefined {
        if (!this.#isHeld) this.#fillTables();
        const level = this.#levelAt(hash % 100);
        if (level === undefined) return undefined;
        const table = this.#tables.get(level.priority)!;
        const takes = level.inPanic ? anyEndpoint : isWell;
        const untried = avoid === undefined ? takes : (one: Endpoint): boolean => takes(one) && !avoid.includes(one);
        return table.find(hash, untried) ?? this.list.find((one) => avoid?.includes(one) !== true) ?? table.find(hash, takes);
    }

    #fillTables(): void {
        this.#isHeld = true;
        const kept = this.#tables;
        this.#tables = new Map();
        for (const { priority, all } of this.#levels) {
            const table = kept.get(priority) ?? this.#makeTable();
            table.hold(all, this.#told.localityWeights ? sharesByLocality(all) : shareOf);
            this.#tables.set(priority, table);
        }
    }

    #makeTable(): HashTable {
        const { lb, hash } = this.#told;
        return lb === "MAGLEV" ? new Maglev(hash?.size ?? MAGLEV_SIZE) : new HashRing(hash?.size ?? 0);
    }
}

const monotonic = (): number => performance.now();
const anyEndpoint = (): boolean => true;
const isWell = (one: Endpoint): boolean => one.isWell;
const shareOf = ({ share }: Endpoint): number => (share > 0 ? share : 1);

/** What a locality has is divided among its endpoints. Of one without a share nobody is taken while another has one. */
function sharesByLocality(all: readonly Endpoint[]): (one: Endpoint) => number {
    const totals = new Map<string, number>();
    for (const one of all) totals.set(one.locality, (totals.get(one.locality) ?? 0) + shareOf(one));
    return (one) => (one.localityWeight * shareOf(one)) / totals.get(one.locality)!;
}
