/**
 * A VirtualService that has never been good. What its rules forbid must not be let in, so that its hosts are refused
 * rather than left to the rules of a wildcard: as far as its hosts and Gateways can be read.
 */
import { hostFault } from "../../istio/hosts";
import type { KubeObject } from "../../istio/types";
import { isRecord } from "../../istio/validation";
import type { PlacedObject } from "./input";

const HOSTS = { wildcard: true, any: true, ip: true, short: true, partial: true } as const;

/** Undefined: an object of another kind, which is absent without a good version. */
export function refusedObject(object: KubeObject): PlacedObject | undefined {
    if (object.kind !== "VirtualService") return undefined;
    const given = (object as { readonly spec?: unknown }).spec;
    const spec = isRecord(given) ? given : {};
    const hosts = [...new Set(textsOf(spec.hosts))].filter((host) => hostFault(host, HOSTS) === undefined);
    const gateways = textsOf(spec.gateways);
    const exportTo = textsOf(spec.exportTo);
    return {
        object: {
            apiVersion: "networking.istio.io/v1", kind: object.kind, metadata: object.metadata,
            spec: { hosts, ...(gateways.length > 0 ? { gateways } : {}), ...(exportTo.length > 0 ? { exportTo } : {}) },
        } as unknown as KubeObject,
        isClosed: true,
        refused: "its VirtualService has never been good",
    };
}

function textsOf(value: unknown): string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((one): one is string => typeof one === "string" && one !== "");
}
