/**
 * Ports as types: a gateway's declared port names and their protocols are known to the compiler, here and across
 * stacks, so that a route to a port that is not there does not compile.
 */

/** The protocols of an Istio Gateway server port. */
export type Protocol = "HTTP" | "HTTPS" | "HTTP2" | "GRPC" | "GRPC-WEB" | "TCP" | "TLS" | "MONGO" | "REDIS" | "MYSQL";

/** A port in full. */
export interface PortSpec {
    /** The port of the Service and of the Istio Gateway servers. */
    readonly number: number;
    /** Default: read from the port's name, as Istio reads Service ports. */
    readonly protocol?: Protocol;
    /** Where the proxy listens. Default: `number`; the pod may open low ports. */
    readonly targetPort?: number;
    /** The port on every node, for Services of type NodePort or LoadBalancer. Default: Kubernetes chooses. */
    readonly nodePort?: number;
    /** Passed on to the Service port, where a cloud's load balancer reads it. Default: none, but for HTTP/2 and gRPC on a port whose name does not say so, which says it here. */
    readonly appProtocol?: string;
}

/** A gateway's ports by name. `false` takes away one of the defaults `http` (80) and `https` (443). */
export type Ports = Readonly<Record<string, number | PortSpec | false>>;

/** What every gateway has unless its `ports` say otherwise. */
export interface DefaultPorts {
    readonly http: 80;
    readonly https: 443;
}

type Named<Word extends string> = Word | `${Word}-${string}`;

/** The protocol that a port's name says, alone or before a hyphen; `never` where it says none, any where the name is known at run time only. */
type ProtocolOfName<Name> = string extends Name
    ? Protocol
    : Name extends Named<"grpc-web">
      ? "GRPC-WEB"
      : Name extends Named<"grpc">
        ? "GRPC"
        : Name extends Named<"http2">
          ? "HTTP2"
          : Name extends Named<"http">
            ? "HTTP"
            : Name extends Named<"https">
              ? "HTTPS"
              : Name extends Named<"tcp">
                ? "TCP"
                : Name extends Named<"tls">
                  ? "TLS"
                  : Name extends Named<"mongo">
                    ? "MONGO"
                    : Name extends Named<"redis">
                      ? "REDIS"
                      : Name extends Named<"mysql">
                        ? "MYSQL"
                        : never;

type ProtocolOf<Name, Spec> = Spec extends { readonly protocol: infer P extends Protocol } ? P : ProtocolOfName<Name>;

type PortWithProtocol = PortSpec & { readonly protocol: Protocol };

/** Refuses a port whose protocol neither its name nor its spec says. Names that are known at run time only are checked there. */
export type ValidPorts<P> = string extends keyof P
    ? P
    : {
          readonly [Name in keyof P]: P[Name] extends false
              ? Name extends keyof DefaultPorts
                  ? false
                  : never
              : [ProtocolOf<Name, P[Name]>] extends [never]
                ? PortWithProtocol
                : P[Name];
      };

/** A declared port as routes and other stacks know it. */
export interface GatewayPort<P extends Protocol = Protocol> {
    readonly number: number;
    readonly protocol: P;
    /** Where the proxy listens. Default: `number`. */
    readonly targetPort?: number;
}

type WithDefaults<P> = Omit<DefaultPorts, keyof P> & P;

/** The ports that a gateway declared with `P` has. */
export type DeclaredPorts<P> = {
    readonly [Name in keyof WithDefaults<P> as WithDefaults<P>[Name] extends false ? never : Name]: GatewayPort<
        ProtocolOf<Name, WithDefaults<P>[Name]>
    >;
};

/** Any gateway's ports. */
export type AnyPorts = Readonly<Record<string, GatewayPort>>;

/** The names in `M` of ports that speak one of `P`, or may, where their protocols are known at run time only. */
export type PortNames<M, P extends Protocol> = {
    [Name in keyof M]: M[Name] extends { readonly protocol: infer Q } ? ([Extract<Q, P>] extends [never] ? never : Name) : never;
}[Extract<keyof M, string>];

/** Protocols that a TCP route can take: bytes, TLS passed through, databases. */
export type StreamProtocol = "TCP" | "TLS" | "MONGO" | "REDIS" | "MYSQL";
export const STREAM_PROTOCOLS: readonly Protocol[] = ["TCP", "TLS", "MONGO", "REDIS", "MYSQL"] satisfies readonly StreamProtocol[];
export type HttpProtocol = "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB";
export const HTTP_PROTOCOLS: readonly Protocol[] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"] satisfies readonly HttpProtocol[];
/** What browsers speak in the clear, who follow redirects: not gRPC. */
export const WEB_PROTOCOLS: readonly Protocol[] = ["HTTP", "HTTP2"];
