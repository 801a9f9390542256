/**
 * Who may pass where: the gateways of a configuration with the policies that are for their pods, the tokens that are
 * verified there, and what they serve. Gateways with the same pods stand together, for their policies are the same.
 */
import { reaches, type GatewayPods } from "../../semantics/gateway-pods";
import { attachmentOf, type Attachment } from "../../semantics/policy-scope";
import { goBool } from "../../go-bool";
import { addTo } from "../../lists-by-key";
import { selectorText, serverKind, serviceSelects, type ServerKind } from "../../semantics";
import { readAuthorization, trustDomainsOf, type AuthorizationReading } from "../../semantics/authorization";
import { refText, type AuthorizationPolicy } from "../../types";
import { known as knownLabels, ownPods, podsFinder } from "../bundled-gateways";
import type { IndexedKind, IndexedObject } from "../indexed-object";
import type { ObjectIndex } from "../object-index";
import type { IndexedPod } from "../pods";
import { rulesOfPolicy, type StatedRule } from "./rules";

export interface PolicyView {
    readonly object: IndexedKind<"AuthorizationPolicy">;
    readonly name: string;
    readonly action: "ALLOW" | "DENY" | "AUDIT" | "CUSTOM";
    /** Empty: the policy matches nothing. */
    readonly rules: readonly StatedRule[];
    /** What its rules compare; undefined: it is bad by itself, and nobody knows. */
    readonly reading: AuthorizationReading | undefined;
    readonly isDryRun: boolean;
    readonly provider: string | undefined;
    readonly attachment: Attachment;
}

export interface ReachedServer {
    readonly gateway: IndexedKind<"Gateway">;
    /** `spec.servers[0]`. */
    readonly field: string;
    readonly kind: ServerKind;
    readonly port: number;
    /** What the pods listen on for it; undefined: not known. */
    readonly listens: readonly number[] | undefined;
    /** Without their namespaces, in lower case. */
    readonly hosts: readonly string[];
    readonly mode: string | undefined;
}

/** Gateways that the same pods stand behind. */
export interface GatewayGroup {
    readonly gateways: readonly IndexedKind<"Gateway">[];
    /** `Gateway ns/name`. */
    readonly names: readonly string[];
    readonly servers: readonly ReachedServer[];
    /** As far as the configuration has them. */
    readonly pods: readonly IndexedPod[];
    readonly policies: readonly PolicyView[];
    readonly authentications: readonly IndexedKind<"RequestAuthentication">[];
    readonly root: string;
}

export class AccessIndex {
    readonly policies: readonly PolicyView[];
    readonly #index: ObjectIndex;
    readonly #groupsOf = new Map<PolicyView, GatewayGroup[]>();
    #groups: readonly GatewayGroup[] | undefined;

    constructor(index: ObjectIndex) {
        const trustDomains = trustDomainsOf(index.meshConfigMap);
        this.#index = index;
        this.policies = index.of("AuthorizationPolicy").map((object) => policyView(object, trustDomains));
    }

    get groups(): readonly GatewayGroup[] {
        return (this.#groups ??= this.#grouped());
    }

    #grouped(): readonly GatewayGroup[] {
        const index = this.#index;
        const authentications = index.of("RequestAuthentication").map((object) => ({ object, attachment: attachmentOf(object.object) }));
        const [policiesFor, authenticationsFor] = [nearPods(this.policies, index), nearPods(authentications, index)];
        const isNamed = [...this.policies, ...authentications].some(({ attachment }) => namesGateways(attachment));
        const groups = grouped(index, isNamed).map(({ reach, ...group }) => ({
            ...group,
            policies: policiesFor(reach),
            authentications: authenticationsFor(reach).map(({ object }) => object),
        }));
        for (const group of groups) for (const policy of group.policies) addTo(this.#groupsOf, policy, group);
        return groups;
    }

    /** The gateways that a policy is for. */
    groupsOf(policy: PolicyView): readonly GatewayGroup[] {
        return this.groups.length === 0 ? [] : (this.#groupsOf.get(policy) ?? []);
    }
}

const known = new WeakMap<ObjectIndex, AccessIndex>();

/** That of a configuration, which several analyzers ask. */
export function accessOf(index: ObjectIndex): AccessIndex {
    const found = known.get(index) ?? new AccessIndex(index);
    known.set(index, found);
    return found;
}

function policyView(object: IndexedKind<"AuthorizationPolicy">, trustDomains: readonly string[]): PolicyView {
    const { spec } = object.usable;
    const isSound = !object.findings.some(({ level }) => level === "Error");
    // Of a sound object nothing was left out.
    const reading = isSound ? readAuthorization((spec ?? {}) as AuthorizationPolicy, object.ref.namespace, trustDomains) : undefined;
    return {
        object,
        name: refText(object.ref),
        action: spec?.action ?? "ALLOW",
        rules: rulesOfPolicy(spec),
        reading: reading?.faults.length === 0 ? reading : undefined,
        isDryRun: goBool(object.annotations["istio.io/dry-run"] ?? "") === true,
        provider: spec?.provider?.name,
        attachment: attachmentOf(object.object),
    };
}

interface Attached {
    readonly object: IndexedObject;
    readonly attachment: Attachment;
}

/** Which of them are for pods. Only what stands in their namespaces or the root, refers to them or selects what they may be is asked. */
function nearPods<T extends Attached>(all: readonly T[], index: ObjectIndex): (pods: GatewayPods) => T[] {
    const root = index.rootNamespace;
    const byNamespace = new Map<string, T[]>();
    const anywhere = all.filter(({ attachment }) => attachment.kind === "references");
    const labelled = all.filter(({ attachment }) => attachment.kind !== "references");
    for (const one of labelled) addTo(byNamespace, one.object.ref.namespace, one);
    return (pods) => {
        const namespaces = new Set([root, ...pods.workloads.map(({ namespace }) => namespace)]);
        const near = pods.guess?.anywhere ? labelled : [...namespaces].flatMap((namespace) => byNamespace.get(namespace) ?? []);
        return [...near, ...anywhere]
            .filter(({ object, attachment }) => reaches(attachment, object.ref.namespace, pods, root))
            .sort((a, b) => (refText(a.object.ref) < refText(b.object.ref) ? -1 : 1));
    };
}

function namesGateways(attachment: Attachment): boolean {
    return attachment.kind === "references" && attachment.references.some(({ group }) => group === "networking.istio.io");
}

interface Group extends Omit<GatewayGroup, "policies" | "authentications"> {
    readonly reach: GatewayPods;
}

/** `isNamed`: some policy is for one Gateway by its name, whatever others its pods serve. */
function grouped(index: ObjectIndex, isNamed: boolean): Group[] {
    const reachOf = podsFinder(index);
    const groups = new Map<string, { gateways: IndexedKind<"Gateway">[]; pods: readonly IndexedPod[]; reach: GatewayPods }>();
    for (const gateway of index.of("Gateway")) {
        const pods = ownPods(gateway, index);
        const { namespace, name } = gateway.ref;
        const key = pods.length > 0 && !isNamed ? selectorText(knownLabels(gateway.usable.spec?.selector)) : `${namespace}/${name}`;
        const group = groups.get(key);
        if (group) {
            group.gateways.push(gateway);
        } else {
            groups.set(key, { gateways: [gateway], pods, reach: reachOf(gateway, pods) });
        }
    }
    const ports = portsOfServices(index);
    return [...groups.values()].map(({ gateways, pods, reach }) => ({
        gateways,
        names: gateways.map(({ ref }) => refText(ref)),
        pods,
        reach,
        root: index.rootNamespace,
        servers: gateways.flatMap((gateway) => serversOfGateway(gateway, pods, ports)),
    }));
}

function serversOfGateway(gateway: IndexedKind<"Gateway">, pods: readonly IndexedPod[], ports: ServicePorts): ReachedServer[] {
    return (gateway.usable.spec?.servers ?? []).flatMap((server, at): ReachedServer[] => {
        const kind = serverKind(server?.port?.protocol, server?.tls?.mode);
        const port = server?.port?.number;
        if (kind === undefined || port === undefined) return [];
        return [
            {
                gateway,
                field: `spec.servers[${at}]`,
                kind,
                port,
                listens: pods.length === 0 ? undefined : ports.behind(port, pods),
                hosts: (server?.hosts ?? []).flatMap((host) =>
                    host === undefined ? [] : [host.slice(host.indexOf("/") + 1).toLowerCase()],
                ),
                mode: server?.tls?.mode,
            },
        ];
    });
}

interface ServicePorts {
    behind(port: number, pods: readonly IndexedPod[]): readonly number[] | undefined;
}

/** A Service before the pods moves a port; without one they listen on the server's own. */
function portsOfServices(index: ObjectIndex): ServicePorts {
    const found = new Map<string, readonly number[] | undefined>();
    return {
        behind: (port, pods) => {
            const key = `${port} ${pods.map(({ namespace, name }) => `${namespace}/${name}`).join(" ")}`;
            if (!found.has(key)) found.set(key, listeningOn(port, servicesBefore(pods, index)));
            return found.get(key);
        },
    };
}

function listeningOn(port: number, services: readonly IndexedKind<"Service">[]): readonly number[] | undefined {
    const targets = services.flatMap(({ usable }) =>
        (usable.spec?.ports ?? []).flatMap((one) => (one?.port === port ? [one.targetPort ?? port] : [])),
    );
    const numbers = targets.map(Number);
    return numbers.some(Number.isNaN) ? undefined : numbers.length === 0 ? [port] : [...new Set(numbers)];
}

/** The Services that lead to any of these pods. */
export function servicesBefore(pods: readonly IndexedPod[], index: ObjectIndex): IndexedKind<"Service">[] {
    const namespaces = new Set(pods.map(({ namespace }) => namespace));
    return index.of("Service").filter(({ ref, usable }) => {
        const selector = knownLabels(usable.spec?.selector);
        return namespaces.has(ref.namespace) && pods.some((pod) => pod.namespace === ref.namespace && serviceSelects(selector, pod.labels));
    });
}
