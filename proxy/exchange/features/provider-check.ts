/** What questions to providers over HTTP and gRPC share: what is wanted of the body, and what a client gets where nobody can be obeyed. */
import type { BoundGrpcProvider, BoundHttpProvider, BoundRule } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer, type BodyWish, type Next, type Suspend } from "../verdict";
import { tellDenied } from "./refusal";
import { keepRoute } from "./route";

export abstract class ProviderCheck<Provider extends BoundHttpProvider | BoundGrpcProvider> implements Suspend {
    readonly kind = "suspend";
    readonly body: BodyWish | undefined;
    protected readonly state: ExchangeState;
    protected readonly provider: Provider;
    protected readonly rule: BoundRule;
    protected readonly next: () => Next;

    constructor(state: ExchangeState, provider: Provider, rule: BoundRule, next: () => Next) {
        this.state = state;
        this.provider = provider;
        this.rule = rule;
        this.next = next;
        // An upgraded connection's bytes are no body (Envoy).
        this.body = state.upgrade === "" && !(state.requestEnded && state.bytesReceived === 0) ? provider.entry.body : undefined;
    }

    abstract begin(done: (verdict: Next) => void, body: readonly Buffer[]): () => void;

    allowed(): Next {
        return this.next();
    }

    tooLarge(): Answer {
        tellDenied(this.state, this.rule);
        return answer(413, "Payload Too Large", "", "request_payload_too_large");
    }

    /** Without its word that it is to be chosen anew, the route is that of the request as it came (Envoy). */
    protected settleRoute(): void {
        if (!this.provider.entry.clearRouteCache) keepRoute(this.state);
    }

    protected refused(): Answer {
        tellDenied(this.state, this.rule);
        return answer(this.provider.entry.statusOnError, "", "UAEX", "ext_authz_error");
    }
}
