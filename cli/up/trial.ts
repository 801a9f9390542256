/** What a local run serves where, and the requests that try it: plain data, for the report and the check. */

import { PROTOCOLS } from "../../proxy/http/protocols";

/** What is spoken wherever HTTP is served: on TLS as the handshake agrees, in the clear as the client begins. */
export const HTTP_VERSIONS: readonly string[] = Object.values(PROTOCOLS).map(({ text }) => text);

/** A request but for where it goes. */
export interface RequestShape {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
}

/** gRPC goes over HTTP/2, and from browsers over any HTTP. */
export type CallForm = "grpc" | "grpc-web";

export type Expectation =
    | { readonly kind: "answer" }
    | {
          readonly kind: "status";
          readonly status: number /** Where a redirect leads. */;
          readonly location?: string /** Of a call. */;
          readonly grpcStatus?: number;
      }
    /** Bytes come back on the connection. */
    | { readonly kind: "bytes" }
    /** A policy keeps it out: the connection is closed without a byte. */
    | { readonly kind: "closed" };

export interface Trial {
    readonly protocol: "http" | "https" | "tcp" | "tls";
    /** Asked for in Host and SNI; for tcp the address. */
    readonly host: string;
    readonly port: number;
    /** The local port of an HTTP proxy that is asked for it; absent: it is asked itself. */
    readonly proxy?: number;
    readonly shape: RequestShape;
    /** It is a call of gRPC with an empty message, in one of its two forms; absent: a request as any other. */
    readonly call?: CallForm;
    readonly expect: Expectation;
    /** Its connection has to begin with a PROXY protocol's header; absent: not. */
    readonly presents?: true;
    /** Why it cannot be tried here; empty where it can. */
    readonly untried: string;
    /** Why it is going to fail; empty where it is not. */
    readonly foretold: string;
    /** Why what is expected is not what a reader would; absent: it is. */
    readonly note?: string;
}

export interface ServedServer {
    /** `namespace/name` of the Gateway object; of an Ingress with its kind before it. */
    readonly gateway: string;
    /** The port's name. */
    readonly server: string;
    readonly protocol: string;
    readonly declaredPort: number;
    readonly address: string;
    readonly port: number;
    readonly hosts: readonly string[];
    /** Empty in clear. */
    readonly tls: string;
    /** Of HTTP which versions are spoken, the preferred first; empty where none is. */
    readonly versions: readonly string[];
    readonly url: string;
    readonly trials: readonly Trial[];
    /** Of each of its hosts whose requests or connections somebody is asked about, who that is. */
    readonly access: readonly { readonly host: string; readonly policies: readonly string[] }[];
}

/** The URL of a trial; for tcp and tls its address. */
export function trialUrl({ protocol, host, port, shape }: Pick<Trial, "protocol" | "host" | "port" | "shape">): string {
    return protocol === "tcp" || protocol === "tls" ? `${protocol}://${host}:${port}` : `${protocol}://${host}:${port}${shape.path}`;
}
