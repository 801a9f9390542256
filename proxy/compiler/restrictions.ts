/**
 * Policies that are for the Gateways this proxy serves. What they ask is not evaluated here, so a Gateway that one of them
 * may restrict lets nobody in, and each is named together with its Gateways.
 */
import { isDeepStrictEqual } from "node:util";
import { podsOfGateway, reaches, type GatewayFacts, type GatewayPods, type Surroundings } from "../../istio/semantics/gateway-pods";
import { policyMessage } from "../../istio/semantics/policy-message";
import { effectOf, type PolicyEffect, type PolicyKind } from "../../istio/semantics/policy-effect";
import { appliesTo, attachmentOf, type Attachment } from "../../istio/semantics/policy-scope";
import { refText } from "../../istio/types";
import type { RefusalEntry } from "../tables/entries";
import type { Context } from "./context";
import type { Family, Value } from "./graph";
import { appendTo } from "./lists";
import type { Placed } from "../resources/model";
import { originOf } from "./origin";
import type { ServerPlan } from "./servers";

type Gateway = Placed<"Gateway">;

export interface Policy {
    readonly placed: Placed<PolicyKind>;
    readonly attachment: Attachment;
    readonly effect: PolicyEffect;
}

const LISTS = ["authorizationPolicies", "requestAuthentications", "wasmPlugins", "trafficExtensions", "envoyFilters", "proxyConfigs"] as const;

export type RefusalOf = (gateway: Gateway) => RefusalEntry | undefined;

export class Restrictions {
    readonly #context: Context;
    readonly #policies: Value<readonly Policy[]>;
    readonly #isAny: Value<boolean>;
    /** Without labels: what stands behind a Gateway. */
    readonly #pods: Family<Gateway, GatewayPods>;
    readonly #surroundings: Value<Surroundings>;
    readonly #refusals: Family<Gateway, RefusalEntry | undefined>;
    readonly #checked: Value<void>;

    constructor(context: Context, serversOf: ServerPlan["serversOf"]) {
        const { graph, inputs } = context;
        this.#context = context;
        this.#policies = graph.value(() => LISTS.flatMap((list) => (inputs[list].get() as readonly Placed<PolicyKind>[]).map(policyOf)));
        this.#isAny = graph.value(() => !context.settings.ignoreSecurityPolicies && this.#policies.get().some(({ effect }) => effect.kind === "restricts"));
        this.#surroundings = graph.value(() => surroundingsOf(context));
        this.#pods = graph.family((gateway) => podsOfGateway(factsOf(gateway), this.#surroundings.get()));
        this.#refusals = graph.family((gateway) => this.#refusalOf(gateway), isDeepStrictEqual);
        this.#checked = graph.value(() => this.#check(() => inputs.gateways.get().filter((gateway) => serversOf(gateway) !== undefined)));
    }

    /** Undefined: requests and connections are let in. */
    readonly of: RefusalOf = (gateway) => this.#isAny.get() ? this.#refusals.get(gateway) : undefined;

    /** Says of every policy which Gateways it is for, and what becomes of them. */
    check(): void {
        this.#checked.get();
    }

    #refusalOf(gateway: Gateway): RefusalEntry | undefined {
        const first = this.#policies.get().find((policy) => policy.effect.kind === "restricts" && this.#isFor(policy, gateway));
        if (first === undefined) return undefined;
        const { ref } = first.placed;
        const kind = ref.kind === "AuthorizationPolicy" ? "policy" : ref.kind.toLowerCase();
        // A file may name an object as it likes; an access log has its fields.
        const name = (text: string): string => text.slice(0, 253).replaceAll(/[^A-Za-z0-9._-]/g, "_");
        return { detail: `rbac_access_denied_matched_policy[ns[${name(ref.namespace)}]-${kind}[${name(ref.name)}]]`, origin: originOf(first.placed, "") };
    }

    #check(servedGateways: () => readonly Gateway[]): void {
        const policies = this.#policies.get();
        if (policies.length === 0) return;
        const served = servedGateways();
        const gateways = new Map<Policy, Gateway[]>();
        for (const policy of policies) for (const gateway of served) if (this.#isFor(policy, gateway)) appendTo(gateways, policy, gateway);
        const { report, settings } = this.#context;
        for (const [{ placed, effect }, list] of gateways) {
            const { code, message, fix } = policyMessage(placed.object, placed.ref, effect, list.map(({ ref }) => refText(ref)), settings.ignoreSecurityPolicies);
            report.add(code, placed, "", message, fix);
        }
    }

    #isFor({ placed, attachment }: Policy, gateway: Gateway): boolean {
        const { settings } = this.#context;
        if (placed.source.isAnywhere) return true;
        const { namespace } = placed.ref;
        if (settings.servesAll) return reaches(attachment, namespace, this.#pods.get(gateway), settings.rootNamespace);
        return appliesTo(attachment, namespace, { namespace: settings.namespace, labels: settings.labels, gateway: gateway.ref }, settings.rootNamespace);
    }
}

/** The first that is restricted, and whether all are. */
export function refusalsOf(gateways: readonly Gateway[], refusalOf: RefusalOf): { readonly first: RefusalEntry | undefined; readonly all: boolean } {
    const refusals = gateways.map(refusalOf);
    return { first: refusals.find((one) => one !== undefined), all: !refusals.includes(undefined) };
}

const made = new WeakMap<Placed<PolicyKind>, Policy>();

function policyOf(placed: Placed<PolicyKind>): Policy {
    const present = made.get(placed);
    if (present) return present;
    const policy = { placed, attachment: attachmentOf(placed.object), effect: placed.source.isClosed ? { kind: "restricts" as const } : effectOf(placed.object) };
    made.set(placed, policy);
    return policy;
}

function factsOf({ ref, object }: Gateway): GatewayFacts {
    const credentials = (object.spec.servers ?? []).flatMap(({ tls }) => [...(tls?.credentialName ? [tls.credentialName] : []), ...(tls?.credentialNames ?? [])]);
    return { namespace: ref.namespace, name: ref.name, selector: object.spec.selector ?? {}, credentials };
}

function surroundingsOf({ inputs, settings }: Context): Surroundings {
    return {
        services: inputs.services.get().map(({ object, ref }) => ({ namespace: ref.namespace, selector: object.spec.selector ?? {} })),
        pods: inputs.pods.get().map(({ object, ref }) => ({ namespace: ref.namespace, labels: object.metadata.labels ?? {} })),
        secrets: inputs.secrets.get().map(({ ref }) => ref),
        namespace: settings.isNamespaceGuessed ? undefined : settings.namespace,
        likely: settings.namespace,
    };
}

