/** VirtualServices as a source of rules: to which servers they are bound, and what they say, read once each. */
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Family } from "../graph/graph";
import type { HttpRule, SniRule, TcpRule } from "../routing/model/rules";
import type { PlannedServer } from "../routing/model/servers";
import type { Bound, RuleSource } from "../routing/model/sources";
import { Bindings } from "./binding";
import { sniRules, tcpRules } from "./connection-rules";
import { EffectiveRoutes } from "./effective-routes";
import { httpRule } from "./http-rules";
import type { GatewayServers } from "./servers";

export class VirtualServices implements RuleSource {
    readonly #bindings: Bindings;
    readonly #http: Family<string, readonly HttpRule[]>;
    readonly #tcp: Family<string, readonly TcpRule[]>;
    readonly #sni: Family<string, readonly SniRule[]>;

    constructor(context: ObjectContext, servers: GatewayServers) {
        const { graph, settings } = context;
        const routes = new EffectiveRoutes(context);
        this.#bindings = new Bindings(context, servers);
        const rulesOf = <R>(read: (one: Placed<"VirtualService">) => readonly R[]): Family<string, readonly R[]> =>
            graph.family((id) => {
                const one = routes.named(id);
                return one ? read(one) : [];
            });
        this.#http = rulesOf((one) => routes.of(one).map((route) => httpRule(route, settings)));
        this.#tcp = rulesOf((one) => tcpRules(one, settings));
        this.#sni = rulesOf((one) => sniRules(one, settings));
    }

    /** Says what is wrong between VirtualServices and Gateways, whether anything is served or not. */
    check(): void {
        this.#bindings.check();
    }

    boundTo(server: PlannedServer): readonly Bound[] {
        return this.#bindings.of(server);
    }

    httpRules(key: string): readonly HttpRule[] {
        return this.#http.get(key);
    }

    tcpRules(key: string): readonly TcpRule[] {
        return this.#tcp.get(key);
    }

    sniRules(key: string): readonly SniRule[] {
        return this.#sni.get(key);
    }
}
