/**
 * What of a trailer section goes on. Its codec has taken out what no trailer may be (RFC 9110 §6.5.1); here goes what the
 * client may not say in a head either, and what was decided over before the body: whoever merges trailers into the head
 * would read it as ours. gRPC's status passes.
 */
import type { HeaderOps } from "../snapshot";
import { hyphened, isClaimed, isTold, isTouched } from "./claimed-names";
import type { HeaderList } from "../http/doors";
import type { ExchangeState } from "./exchange-state";

export function requestTrailers(state: ExchangeState, trailers: HeaderList): HeaderList | undefined {
    return kept(trailers, (name) => {
        if (name.includes("_") && state.runtime.underscores !== "forward") return false;
        if (isTold(name, state.access) || state.providerNames?.has(hyphened(name)) === true) return false;
        return name === "content-digest" || !isClaimed(name, state);
    });
}

export function responseTrailers(trailers: HeaderList, levels: readonly HeaderOps[]): HeaderList | undefined {
    return kept(
        trailers,
        (name) => name !== "server" && !name.startsWith("x-envoy-") && !name.startsWith("access-control-") && !isTouched(name, levels),
    );
}

function kept(trailers: HeaderList, keeps: (name: string) => boolean): HeaderList | undefined {
    const list = trailers.filter((_, at) => keeps(trailers[at - (at % 2)]!));
    return list.length === 0 ? undefined : list;
}
