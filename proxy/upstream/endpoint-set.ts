/**
 * Endpoints in the order in which they are chosen among: first by priority, then, where localities have shares, by locality.
 * It is made when endpoints come, go, or change in health, so that a choice needs no walk over all of them.
 *
 * How much a priority gets follows Envoy: with 1.4 times the part that is well it can carry all of the load; what it can't
 * goes on to the next. A level of which too few are well, where all together can't carry the load either, takes no heed of
 * health: to spread the load over all is better than to send it to the few (panic).
 */
import type { ZoneAwareEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import { grouped } from "./grouped";
import { zoneShares } from "./zones";

/** Endpoints that are alike, with what balancers need. */
export interface EndpointSet {
    readonly list: readonly Endpoint[];
    readonly equalWeights: boolean;
    /** Sums of the weights up to each endpoint. */
    readonly cumulative: readonly number[];
}

/** The endpoints of one priority. */
export interface PriorityLevel {
    readonly priority: number;
    /** However they are. */
    readonly all: readonly Endpoint[];
    /** Its part of the load; all parts together are 100, or there is no endpoint to choose. */
    readonly load: number;
    /** Health says nothing here. */
    readonly inPanic: boolean;
    /** At least one where it has a load; each has endpoints. */
    readonly sets: readonly EndpointSet[];
    /** Sums of the shares up to each set. */
    readonly shares: readonly number[];
}

export interface LevelOptions {
    readonly panicPercent: number;
    readonly localityWeights: boolean;
    readonly zoneAware: ZoneAwareEntry | undefined;
}

const OVERPROVISIONING = 1.4;

/** In order of priority. Endpoints without weight are left out, unless none has any. */
export function levelsOf(
    members: readonly Endpoint[],
    { panicPercent, localityWeights, zoneAware }: LevelOptions,
): readonly PriorityLevel[] {
    const weighted = members.filter(({ weight }) => weight > 0);
    const byPriority = grouped(weighted.length > 0 ? weighted : members, ({ priority }) => priority);
    const priorities = [...byPriority.keys()].sort((a, b) => a - b);
    const counted = priorities.map((priority) => countOf(byPriority.get(priority)!));
    const able = Math.min(
        100,
        counted.reduce((sum, { health }) => sum + health, 0),
    );
    const panics = counted.map(({ well, all }) => able < 100 && (well * 100) / all.length < panicPercent);
    const loads = panics.every(Boolean) ? byNumber(counted) : byHealth(counted, able);
    return counted.map(({ all }, at) => {
        const inPanic = panics[at]!;
        const list = inPanic ? all : all.filter((one) => one.isWell);
        const zone = at === 0 && !inPanic ? zoneAware : undefined;
        const groups = localityWeights ? byLocality(list, all, inPanic) : zonesOf(list, zone);
        const some = groups.filter(({ set, share }) => set.list.length > 0 && share > 0);
        return {
            priority: priorities[at]!,
            all,
            load: some.length > 0 ? loads[at]! : 0,
            inPanic,
            sets: some.map(({ set }) => set),
            shares: sums(some.map(({ share }) => share)),
        };
    });
}

interface Counted {
    readonly all: readonly Endpoint[];
    readonly well: number;
    /** Percent of the load that it can carry. */
    readonly health: number;
}

function countOf(all: readonly Endpoint[]): Counted {
    let well = 0;
    for (const one of all) if (one.isWell) well++;
    return { all, well, health: Math.min(100, (100 * OVERPROVISIONING * well) / all.length) };
}

function byHealth(counted: readonly Counted[], able: number): number[] {
    let left = 100;
    return counted.map(({ health }) => {
        const load = able === 0 ? 0 : Math.min(left, (health * 100) / able);
        left -= load;
        return load;
    });
}

function byNumber(counted: readonly Counted[]): number[] {
    const total = counted.reduce((sum, { all }) => sum + all.length, 0);
    return counted.map(({ all }) => (100 * all.length) / total);
}

/** Where zones make no difference, all of them are one. */
function zonesOf(list: readonly Endpoint[], zoneAware: ZoneAwareEntry | undefined): Shared[] {
    const shares = zoneAware && zoneShares(list, zoneAware);
    return shares?.map(({ list: some, share }) => ({ set: endpointSet(some), share })) ?? [{ set: endpointSet(list), share: 1 }];
}

interface Shared {
    readonly set: EndpointSet;
    readonly share: number;
}

/** A locality gets its share while 1.4 times the part that is well is the whole of it, and less with fewer. */
function byLocality(list: readonly Endpoint[], all: readonly Endpoint[], inPanic: boolean): Shared[] {
    const totals = grouped(all, ({ locality }) => locality);
    return [...grouped(list, ({ locality }) => locality)].map(([locality, some]) => {
        const able = inPanic ? 1 : Math.min(1, (OVERPROVISIONING * some.length) / totals.get(locality)!.length);
        return { set: endpointSet(some), share: able * some[0]!.localityWeight };
    });
}

export function endpointSet(list: readonly Endpoint[]): EndpointSet {
    const cumulative = sums(list.map(({ share }) => (share > 0 ? share : 1)));
    return { list, cumulative, equalWeights: list.every(({ share }) => share === list[0]!.share) };
}

function sums(parts: readonly number[]): number[] {
    let sum = 0;
    return parts.map((part) => (sum += part));
}
