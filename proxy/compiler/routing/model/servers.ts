/** Servers as they are planned: what is served on a declared port, for which hosts, and by whose word. */
import type { ServerKind } from "../../../../istio/semantics";
import type { Capture, TlsTermination } from "../../../tables/entries";
import type { ObjectPlace } from "../../context/place";
import type { CredentialRef } from "./credentials";

export interface PlannedHost {
    /** Lower-case name, `*.suffix` or `*`. */
    readonly host: string;
    readonly field: string;
}

/** A server as its object has it; on a port of the pod, with the hosts that no earlier server has taken. */
export interface PlannedServer extends ObjectPlace {
    /** Its object among all that have servers, of whatever API: of a Gateway of Istio `ns/name`. */
    readonly owner: string;
    readonly kind: ServerKind;
    /** The declared port, which rules and route tables speak of. */
    readonly port: number;
    readonly portName: string;
    /** As it was written, for the reader of a finding. */
    readonly protocol: string;
    /** Its calls in gRPC-Web become gRPC; of several servers of a port the first one's word counts (istiod). */
    readonly speaksGrpcWeb: boolean;
    /** An IP literal; empty: any address. */
    readonly bind: string;
    /** It is for traffic that was meant for others. */
    readonly capture?: Capture;
    /** The port that it opens, where that is not the declared one. */
    readonly opens?: number;
    /** As a rule has it: what connections were meant for; then `bind` says the same. */
    readonly destination?: string;
    /** Whether the pod's port is looked up in the Services in front of it. */
    readonly isTranslated: boolean;
    readonly hosts: readonly PlannedHost[];
    /** Its clients ask a proxy: it serves what leads through it, and no rules of its own. */
    readonly isForwardProxy?: boolean;
    /** Every request in the clear is sent to https. */
    readonly redirectsToHttps: boolean;
    /** Where TLS ends here. */
    readonly tls: TlsTerms | undefined;
    /**
     * The route table of its own, for what it serves behind TLS: its hosts are not to be reached on connections of another server.
     * In the clear: the one that it shares; empty: that of its port.
     */
    readonly routeTable: string;
}

export interface CipherSuite {
    readonly name: string;
    readonly field: string;
}

/** How a server ends TLS, in the words of its tables but for what is looked up and judged yet. */
export interface TlsTerms
    extends Pick<TlsTermination, "mode" | "verifyCertificateSpki" | "verifyCertificateHash" | "subjectAltNames" | "insecureSkipVerify"> {
    /** One a kind of key. */
    readonly certificates: readonly CredentialRef[];
    /** What clients are verified by, where they are asked. */
    readonly ca?: CredentialRef;
    readonly crl?: CredentialRef;
    /** Undefined: the proxy's own bounds. */
    readonly minVersion?: TlsTermination["minVersion"];
    readonly maxVersion?: TlsTermination["maxVersion"];
    readonly cipherSuites: readonly CipherSuite[];
}

/** What a proxy's clients may have bytes passed to. */
export interface PlannedTunnel extends ObjectPlace {
    readonly routeTable: string;
    /** As its table has it: with the port, or `*`. */
    readonly domain: string;
    /** Whose rules say where it leads, for this name of TLS or for any; undefined: wherever is asked for. */
    readonly server: PlannedServer | undefined;
    readonly serverName: string;
}

/** A port that leads to servers of captured traffic, by the address that each connection was meant for. */
export interface PlannedDoor extends ObjectPlace {
    readonly capture: "transparent" | "local";
    readonly bind: string;
    readonly port: number;
}
