/**
 * What stands in the status of an Ingress: the addresses of the gateway that serves it. Those of Istio's class are istiod's to
 * write; who changed to another class loses what this gateway wrote, as long as nobody else has written there since.
 */
import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { gatewayServiceOf, ingressOwner, meshIngressOf, type QualifiedName } from "../../istio/semantics";
import type { IngressClassObject, IngressObject } from "../../istio/types";
import { isRecord } from "../../istio/validation";

export type Address = { readonly ip: string } | { readonly hostname: string };

/** An Ingress as far as its status depends on it. */
export interface SeenIngress {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly object: IngressObject;
    readonly addresses: readonly unknown[];
    /** Who wrote the addresses that stand there, by the names that they gave the API server. */
    readonly writers: readonly string[];
}

/** The addresses of a gateway's Service. */
export interface SeenService {
    readonly addresses: readonly Address[];
}

export function seenIngress(raw: unknown): SeenIngress | undefined {
    if (!isRecord(raw) || !isRecord(raw["metadata"]) || !isRecord(raw["spec"])) return undefined;
    const { namespace, name, resourceVersion, annotations, managedFields } = raw["metadata"];
    if (typeof namespace !== "string" || typeof name !== "string" || typeof resourceVersion !== "string") return undefined;
    const { ingressClassName } = raw["spec"];
    const object = {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { namespace, name, ...(isRecord(annotations) ? { annotations } : {}) },
        spec: typeof ingressClassName === "string" ? { ingressClassName } : {},
    } as IngressObject;
    return {
        namespace,
        name,
        resourceVersion,
        object,
        addresses: listBelow(raw, "status", "loadBalancer", "ingress"),
        writers: writersOf(managedFields),
    };
}

export function seenService(raw: unknown): SeenService {
    const spec = isRecord(raw) && isRecord(raw["spec"]) ? raw["spec"] : {};
    const { type, externalName } = spec;
    if (type === "ExternalName") return { addresses: typeof externalName === "string" ? [addressOf(externalName)] : [] };
    const balancers = listBelow(raw, "status", "loadBalancer", "ingress").flatMap((one) => {
        const { ip, hostname } = isRecord(one) ? one : {};
        const text = typeof ip === "string" && ip !== "" ? ip : hostname;
        return typeof text === "string" && text !== "" ? [text] : [];
    });
    const external = listBelow(raw, "spec", "externalIPs").filter((one): one is string => typeof one === "string");
    return { addresses: [...new Set([...balancers, ...external])].sort().map(addressOf) };
}

export function seenClass(raw: unknown): IngressClassObject | undefined {
    return isRecord(raw) && isRecord(raw["metadata"]) && isRecord(raw["spec"]) ? (raw as unknown as IngressClassObject) : undefined;
}

const NO_MESH = meshIngressOf(undefined);

/** The addresses that are to stand there; undefined: those that do. `writer` is what this gateway calls itself. */
export function wantedAddresses(
    ingress: SeenIngress,
    classes: ReadonlyMap<string, IngressClassObject>,
    gateway: QualifiedName,
    service: SeenService,
    writer: string,
): readonly Address[] | undefined {
    const owner = ingressOwner(ingress.object, { named: (name) => classes.get(name), fallback: undefined }, NO_MESH);
    const isOurs = owner.kind === "own" && isDeepStrictEqual(gatewayServiceOf(owner.class), gateway);
    if (!isOurs && !ingress.writers.includes(writer)) return undefined;
    const wanted = isOurs ? service.addresses : [];
    return isDeepStrictEqual(comparable(wanted), comparable(ingress.addresses)) ? undefined : wanted;
}

function addressOf(text: string): Address {
    return isIP(text) === 0 ? { hostname: text } : { ip: text };
}

/** Whatever else stands beside an address. */
function comparable(addresses: readonly unknown[]): readonly string[] {
    return addresses.map((one) => (isRecord(one) ? JSON.stringify([one["ip"] ?? "", one["hostname"] ?? ""]) : "")).sort();
}

/** The managers of the status whose entries have its addresses. */
function writersOf(managedFields: unknown): readonly string[] {
    const entries = Array.isArray(managedFields) ? (managedFields as unknown[]) : [];
    return entries.flatMap((entry) => {
        if (!isRecord(entry) || typeof entry["manager"] !== "string") return [];
        const status = below(entry["fieldsV1"], "f:status", "f:loadBalancer");
        return isRecord(status) && "f:ingress" in status ? [entry["manager"]] : [];
    });
}

function below(value: unknown, ...names: readonly string[]): unknown {
    return names.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
}

function listBelow(value: unknown, ...names: readonly string[]): readonly unknown[] {
    const list = below(value, ...names);
    return Array.isArray(list) ? (list as unknown[]) : [];
}
