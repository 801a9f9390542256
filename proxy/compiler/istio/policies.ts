/** Policies as one by one they are read, of every kind: for whom each is, what it does, and what the rules of those mean that decide. */
import { isDeepStrictEqual } from "node:util";
import { goBool } from "../../../istio/go-bool";
import { readAuthorization } from "../../../istio/semantics/authorization";
import { effectOf, type PolicyEffect, type PolicyKind } from "../../../istio/semantics/policy-effect";
import { portsOf, type PolicyPorts } from "../../../istio/semantics/policy-ports";
import { attachmentOf, type Attachment } from "../../../istio/semantics/policy-scope";
import type { AuthorizationPolicyObject, RequestAuthentication } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext, Objects } from "../context/objects";
import { isSamePlace } from "../context/place";
import { compareText } from "../../resources/text-order";
import type { AuthenticationRules, AuthorizationRules } from "../routing/model/access";
import { readAuthentication } from "./authentications";

const LISTS = [
    "authorizationPolicies",
    "requestAuthentications",
    "wasmPlugins",
    "trafficExtensions",
    "envoyFilters",
    "proxyConfigs",
] as const;

/** All that is needed to say for whom a policy is, and in which list. */
export interface ScopedPolicy {
    readonly placed: Placed<PolicyKind>;
    readonly attachment: Attachment;
    readonly effect: PolicyEffect;
    readonly ports: PolicyPorts;
    /** Of an AuthorizationPolicy whose rules are asked. */
    readonly decides: Pick<AuthorizationRules, "action" | "dryRun"> | undefined;
    /** A RequestAuthentication whose rules are asked. */
    readonly authenticates: boolean;
}

export interface ReadPolicy extends ScopedPolicy {
    readonly authorization: AuthorizationRules | undefined;
    readonly authentication: AuthenticationRules | undefined;
    /** Why its rules can't be asked. */
    readonly fault: string;
    /** Conditions that nothing here can meet or fail. */
    readonly unusable: readonly string[];
}

export class PolicyReader {
    readonly #trustDomains: readonly string[];
    readonly #known = new WeakMap<Placed<PolicyKind>, ReadPolicy>();

    constructor({ settings }: ObjectContext) {
        this.#trustDomains = settings.trustDomains;
    }

    /** Kind by kind; of each the oldest first. */
    all(objects: Objects): readonly ReadPolicy[] {
        return LISTS.flatMap((list) => (objects[list].get() as readonly Placed<PolicyKind>[]).map((placed) => this.#policyOf(placed)));
    }

    #policyOf(placed: Placed<PolicyKind>): ReadPolicy {
        let policy = this.#known.get(placed);
        if (policy === undefined) this.#known.set(placed, (policy = this.#read(placed)));
        return policy;
    }

    #read(placed: Placed<PolicyKind>): ReadPolicy {
        const { object, source } = placed;
        const stated: PolicyEffect = source.isClosed ? RESTRICTS : effectOf(object);
        const read = stated.kind === "restricts" ? NOTHING_READ : this.#partOf(placed);
        const effect = read.fault === "" ? stated : RESTRICTS;
        return {
            placed,
            attachment: attachmentOf(object),
            effect,
            // Of one that was never good nobody knows the ports either; one that does nothing does it at every port.
            ports: source.isClosed || effect.kind === "none" ? undefined : portsOf(object),
            decides: read.authorization,
            authenticates: read.authentication !== undefined,
            ...read,
        };
    }

    #partOf(placed: Placed<PolicyKind>): DecidingPart {
        const { object } = placed;
        try {
            if (object.kind === "AuthorizationPolicy") return this.#authorization(placed, object);
            if (object.kind === "RequestAuthentication" && object.spec?.jwtRules?.length) return authenticationPart(placed, object.spec);
            return NOTHING_READ;
        } catch (error) {
            return faulty(error instanceof Error ? error.message : String(error));
        }
    }

    #authorization(placed: Placed<PolicyKind>, { metadata, spec: stated }: AuthorizationPolicyObject): DecidingPart {
        const { namespace, name } = placed.ref;
        const spec = stated ?? {};
        const { action = "ALLOW" } = spec;
        const provider = action === "CUSTOM" ? { provider: spec.provider?.name ?? "" } : {};
        const { rules, connectionRules, faults, unusable } = readAuthorization(spec, namespace, this.#trustDomains);
        const [fault] = faults;
        if (fault) return faulty(`${fault.field}: ${fault.reason}`);
        const dryRun = goBool(metadata.annotations?.["istio.io/dry-run"] ?? "") ?? false;
        const authorization = { subject: placed, namespace, name, action, ...provider, dryRun, rules, connectionRules };
        return { ...NOTHING_READ, authorization, unusable };
    }
}

function authenticationPart(placed: Placed<PolicyKind>, spec: RequestAuthentication): DecidingPart {
    const { rules, keySets, fault } = readAuthentication(spec);
    return fault === "" ? { ...NOTHING_READ, authentication: { subject: placed, rules, keySets } } : faulty(fault);
}

function faulty(fault: string): DecidingPart {
    return { ...NOTHING_READ, fault };
}

type DecidingPart = Pick<ReadPolicy, "authorization" | "authentication" | "fault" | "unusable">;

const RESTRICTS: PolicyEffect = { kind: "restricts" };
const NOTHING_READ: DecidingPart = { authorization: undefined, authentication: undefined, fault: "", unusable: [] };

/** Whether it is for the same, and in the same lists, whatever it says otherwise. */
export function isSameScope(a: ScopedPolicy, b: ScopedPolicy): boolean {
    const partsOf = ({ attachment, effect, ports, decides, authenticates, placed }: ScopedPolicy): unknown => [
        attachment,
        effect,
        ports,
        decides && [decides.action, decides.dryRun],
        authenticates,
        placed.source.isAnywhere ?? false,
    ];
    return (
        a === b ||
        (isSamePlace({ subject: a.placed, field: "" }, { subject: b.placed, field: "" }) && isDeepStrictEqual(partsOf(a), partsOf(b)))
    );
}

/** As Envoy sorts them: by the names that it gives their rules. */
export function inEnvoysOrder(policies: readonly ScopedPolicy[]): readonly ScopedPolicy[] {
    const name = ({ placed: { ref } }: ScopedPolicy): string => `ns[${ref.namespace}]-policy[${ref.name}]-`;
    return [...policies].sort((a, b) => compareText(name(a), name(b)));
}
