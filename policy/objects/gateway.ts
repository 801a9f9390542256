/** The servers of a Gateway, as checks read them. */
import {
    endsTls,
    listenerFamily,
    parseProtocol,
    parseServerHost,
    serverKind,
    type ListenerFamily,
    type Protocol,
    type ServerKind,
} from "../../istio";
import { isKind, NETWORKING, type Thing } from "../thing";
import { at, items, number, text, texts, UNKNOWN } from "../values";
import type { World } from "../world";

export interface ServerView {
    readonly index: number;
    /** `spec.servers[0]`. */
    readonly field: string;
    readonly port: number | undefined;
    readonly portName: string | undefined;
    /** As Istio writes it; undefined where it is not known or none. */
    readonly protocol: Protocol | undefined;
    /** Undefined where the protocol is not known or none. */
    readonly family: ListenerFamily | undefined;
    /** Which rules apply; undefined as the family, and where the mode of its TLS is not known. */
    readonly kind: ServerKind | undefined;
    /** As they are written, in lower case; those that are known. */
    readonly hosts: readonly { readonly text: string; readonly host: string; readonly namespace: string; readonly field: string }[];
    readonly tls: unknown;
}

export function isGateway(thing: Thing): boolean {
    return isKind(thing, NETWORKING, "Gateway");
}

/** By `namespace/name`. */
export function gatewaysByName(world: World): ReadonlyMap<string, Thing> {
    return new Map(world.of(NETWORKING, "Gateway").map((one) => [`${String(one.namespace)}/${String(one.name)}`, one]));
}

export function serversOf(thing: Thing): ServerView[] {
    if (!isGateway(thing)) return [];
    return items(at(thing.value, "spec", "servers")).map((server, index) => {
        const field = `spec.servers[${index}]`;
        const protocol = text(at(server, "port", "protocol"));
        const mode = at(server, "tls", "mode");
        return {
            index,
            field,
            port: number(at(server, "port", "number")),
            portName: text(at(server, "port", "name")),
            protocol: parseProtocol(protocol ?? ""),
            family: listenerFamily(protocol),
            kind: mode === UNKNOWN ? undefined : serverKind(protocol, text(mode)),
            hosts: items(at(server, "hosts")).flatMap((one, position) =>
                typeof one === "string" ? [{ text: one, ...parseServerHost(one), field: `${field}.hosts[${position}]` }] : [],
            ),
            tls: at(server, "tls"),
        };
    });
}

/** `credentialName` and `credentialNames` of a server, each with its field. */
export function credentialsOf({ field, tls }: ServerView): { readonly name: string; readonly field: string }[] {
    const one = text(at(tls, "credentialName"));
    return [
        ...(one === undefined || one === "" ? [] : [{ name: one, field: `${field}.tls.credentialName` }]),
        ...texts(at(tls, "credentialNames")).map((name, index) => ({ name, field: `${field}.tls.credentialNames[${index}]` })),
    ];
}

/** The servers that end TLS with a certificate of their own. */
export function endsOwnTls({ family, tls }: ServerView): boolean {
    return family === "tls" && endsTls(text(at(tls, "mode")));
}
