/** The rules of a VirtualService, as checks read them. */
import { MESH_GATEWAY } from "../../istio";
import { isKind, NETWORKING, type Thing } from "../thing";
import { at, items, number, text, texts, UNKNOWN } from "../values";

export interface DestinationView {
    readonly host: string | typeof UNKNOWN | undefined;
    readonly subset: string | typeof UNKNOWN | undefined;
    readonly port: number | undefined;
    /** `spec.http[0].route[0].destination`. */
    readonly field: string;
}

export interface RuleView {
    readonly protocol: "http" | "tls" | "tcp";
    readonly field: string;
    readonly value: unknown;
    readonly routes: readonly (DestinationView & { readonly weight: unknown })[];
    readonly mirrors: readonly DestinationView[];
}

export function isVirtualService(thing: Thing): boolean {
    return isKind(thing, NETWORKING, "VirtualService");
}

function textOrUnknown(value: unknown): string | typeof UNKNOWN | undefined {
    return value === UNKNOWN ? UNKNOWN : text(value);
}

function destination(value: unknown, field: string): DestinationView {
    return {
        host: textOrUnknown(at(value, "host")),
        subset: textOrUnknown(at(value, "subset")),
        port: number(at(value, "port", "number")),
        field,
    };
}

export function rulesOf(thing: Thing): RuleView[] {
    if (!isVirtualService(thing)) return [];
    return (["http", "tls", "tcp"] as const).flatMap((protocol) =>
        items(at(thing.value, "spec", protocol)).map((value, index): RuleView => {
            const field = `spec.${protocol}[${index}]`;
            const single = at(value, "mirror");
            return {
                protocol,
                field,
                value,
                routes: items(at(value, "route")).map((route, position) => ({
                    ...destination(at(route, "destination"), `${field}.route[${position}].destination`),
                    weight: at(route, "weight"),
                })),
                mirrors: [
                    ...(single === undefined ? [] : [destination(single, `${field}.mirror`)]),
                    ...items(at(value, "mirrors")).map((mirror, position) =>
                        destination(at(mirror, "destination"), `${field}.mirrors[${position}].destination`),
                    ),
                ],
            };
        }),
    );
}

/** Whether the VirtualService speaks at the mesh's sidecars too. */
export function isForMesh(thing: Thing): boolean {
    const gateways = at(thing.value, "spec", "gateways");
    return gateways === undefined || (Array.isArray(gateways) && (gateways.length === 0 || texts(gateways).includes(MESH_GATEWAY)));
}
