/**
 * Policies that are for the Gateways this proxy serves. What they ask is not evaluated here, so a Gateway that one of them
 * may restrict lets nobody in, on the ports that the policy is to, and each is named together with its Gateways.
 */
import { isDeepStrictEqual } from "node:util";
import { addTo } from "../../../istio/lists-by-key";
import { podsOfGateway, reaches, type GatewayFacts, type GatewayPods, type Surroundings } from "../../../istio/semantics/gateway-pods";
import { policyMessage } from "../../../istio/semantics/policy-message";
import { effectOf, type PolicyEffect, type PolicyKind } from "../../../istio/semantics/policy-effect";
import { meetsAny, meetsPort, portsOf, type PolicyPorts } from "../../../istio/semantics/policy-ports";
import { appliesTo, attachmentOf, type Attachment } from "../../../istio/semantics/policy-scope";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { isSamePlace } from "../context/place";
import type { Family, Value } from "../graph/graph";
import type { PlannedServer } from "../routing/model/servers";
import { targetPortsOf, type PortSource, type Refusal } from "../routing/model/sources";
import { gatewayOf, type PlacedGateway, type GatewayServers } from "./servers";

export interface RestrictingPolicy {
    readonly placed: Placed<PolicyKind>;
    readonly attachment: Attachment;
    readonly effect: PolicyEffect;
    readonly ports: PolicyPorts;
}

/** What a policy does to servers with these ports. */
interface Restriction {
    readonly refusal: Refusal;
    readonly ports: PolicyPorts;
}

const LISTS = [
    "authorizationPolicies",
    "requestAuthentications",
    "wasmPlugins",
    "trafficExtensions",
    "envoyFilters",
    "proxyConfigs",
] as const;

export class Restrictions {
    readonly #context: ObjectContext;
    readonly #servers: GatewayServers;
    readonly #ports: PortSource;
    readonly #policies: Value<readonly RestrictingPolicy[]>;
    readonly #isAny: Value<boolean>;
    /** Without labels: what stands behind a Gateway. */
    readonly #pods: Family<PlacedGateway, GatewayPods>;
    readonly #surroundings: Value<Surroundings>;
    readonly #restrictions: Family<PlacedGateway, readonly Restriction[]>;
    readonly #checked: Value<void>;

    constructor(context: ObjectContext, servers: GatewayServers, ports: PortSource) {
        const { graph, objects } = context;
        this.#context = context;
        this.#servers = servers;
        this.#ports = ports;
        this.#policies = graph.value(() => LISTS.flatMap((list) => (objects[list].get() as readonly Placed<PolicyKind>[]).map(policyOf)));
        this.#isAny = graph.value(
            () => !context.settings.ignoreSecurityPolicies && this.#policies.get().some(({ effect }) => effect.kind === "restricts"),
        );
        this.#surroundings = graph.value(() => surroundingsOf(context));
        this.#pods = graph.family((gateway) => podsOfGateway(factsOf(gateway), this.#surroundings.get()));
        this.#restrictions = graph.family((gateway) => this.#restrictionsOf(gateway), areSame);
        this.#checked = graph.value(() => this.#check());
    }

    /** Undefined: requests and connections are let in. */
    of(server: PlannedServer): Refusal | undefined {
        const gateway = this.#isAny.get() ? gatewayOf(server) : undefined;
        return gateway && this.#restrictions.get(gateway).find(({ ports }) => meetsPort(ports, this.#numbersOf(server)))?.refusal;
    }

    /** Says of every policy which Gateways it is for, and what becomes of them. */
    check(): void {
        this.#checked.get();
    }

    /** Those that may be the first for some port. */
    #restrictionsOf(gateway: PlacedGateway): readonly Restriction[] {
        const restricting = this.#policies.get().filter((policy) => policy.effect.kind === "restricts" && this.#isFor(policy, gateway));
        const everywhere = restricting.findIndex(({ ports }) => ports === undefined);
        return restricting
            .slice(0, everywhere === -1 ? undefined : everywhere + 1)
            .map(({ placed, ports }) => ({ refusal: refusalBy(placed), ports }));
    }

    /** By which a policy may name a server's port: the Gateway's own, and those of the pod. */
    #numbersOf(server: PlannedServer): readonly number[] {
        return [server.port, ...targetPortsOf(server, this.#ports)];
    }

    #check(): void {
        const policies = this.#policies.get();
        if (policies.length === 0) return;
        const { objects, report, settings } = this.#context;
        const gateways = new Map<RestrictingPolicy, PlacedGateway[]>();
        for (const gateway of objects.gateways.get()) {
            const numbers = this.#servers.of(gateway)?.flatMap((server) => this.#numbersOf(server));
            if (numbers === undefined) continue;
            for (const policy of policies)
                if (this.#isFor(policy, gateway) && meetsAny(policy.ports, numbers)) addTo(gateways, policy, gateway);
        }
        for (const [{ placed, effect }, list] of gateways) {
            const { code, message, fix } = policyMessage(
                placed.object,
                placed.ref,
                effect,
                list.map(({ ref }) => refText(ref)),
                settings.ignoreSecurityPolicies,
            );
            report.add(code, placed, "", message, fix);
        }
    }

    #isFor({ placed, attachment }: RestrictingPolicy, gateway: PlacedGateway): boolean {
        const { settings } = this.#context;
        if (placed.source.isAnywhere) return true;
        const { namespace } = placed.ref;
        if (settings.servesAll) return reaches(attachment, namespace, this.#pods.get(gateway), settings.rootNamespace);
        return appliesTo(
            attachment,
            namespace,
            { namespace: settings.namespace, labels: settings.labels, gateway: gateway.ref },
            settings.rootNamespace,
        );
    }
}

function refusalBy(placed: Placed<PolicyKind>): Refusal {
    const { ref } = placed;
    const kind = ref.kind === "AuthorizationPolicy" ? "policy" : ref.kind.toLowerCase();
    // A file may name an object as it likes; an access log has its fields.
    const name = (text: string): string => text.slice(0, 253).replaceAll(/[^A-Za-z0-9._-]/g, "_");
    return {
        subject: placed,
        field: "",
        detail: `rbac_access_denied_matched_policy[ns[${name(ref.namespace)}]-${kind}[${name(ref.name)}]]`,
    };
}

/** A policy may change in much that restricts nobody otherwise. */
function areSame(before: readonly Restriction[], after: readonly Restriction[]): boolean {
    return (
        before.length === after.length &&
        before.every(({ refusal, ports }, at) => {
            const other = after[at];
            return other?.refusal.detail === refusal.detail && isSamePlace(other.refusal, refusal) && isDeepStrictEqual(other.ports, ports);
        })
    );
}

const made = new WeakMap<Placed<PolicyKind>, RestrictingPolicy>();

function policyOf(placed: Placed<PolicyKind>): RestrictingPolicy {
    const present = made.get(placed);
    if (present) return present;
    const {
        object,
        source: { isClosed },
    } = placed;
    const effect: PolicyEffect = isClosed ? { kind: "restricts" } : effectOf(object);
    // Of one that was never good nobody knows the ports either; one that does nothing does it at every port.
    const policy = {
        placed,
        attachment: attachmentOf(object),
        effect,
        ports: isClosed || effect.kind === "none" ? undefined : portsOf(object),
    };
    made.set(placed, policy);
    return policy;
}

function factsOf({ ref, object }: PlacedGateway): GatewayFacts {
    const credentials = (object.spec.servers ?? []).flatMap(({ tls }) => [
        ...(tls?.credentialName ? [tls.credentialName] : []),
        ...(tls?.credentialNames ?? []),
    ]);
    return { namespace: ref.namespace, name: ref.name, selector: object.spec.selector ?? {}, credentials };
}

function surroundingsOf({ objects, settings }: ObjectContext): Surroundings {
    return {
        services: objects.services.get().map(({ object, ref }) => ({ namespace: ref.namespace, selector: object.spec.selector ?? {} })),
        pods: objects.pods.get().map(({ object, ref }) => ({ namespace: ref.namespace, labels: object.metadata.labels ?? {} })),
        secrets: objects.secrets.get().map(({ ref }) => ref),
        namespace: settings.isNamespaceGuessed ? undefined : settings.namespace,
        likely: settings.namespace,
    };
}
