/**
 * Response flags, with the meaning that they have for Envoy (envoy/stream_info/stream_info.h): the short name, the long one,
 * and its place among the bits of the attribute `response.flags`. `occurs`: when the bundled proxy sets it; `never`: why it
 * does not.
 */

export type ResponseFlag = {
    readonly flag: string;
    readonly long: string;
    /** 0 for the first. */
    readonly bit: number;
} & ({ readonly occurs: string } | { readonly never: string });

export const RESPONSE_FLAGS: readonly ResponseFlag[] = [
    { flag: "LH", long: "FailedLocalHealthCheck", bit: 0, never: "no filter of the proxy answers health checks of its upstreams" },
    {
        flag: "UH",
        long: "NoHealthyUpstream",
        bit: 1,
        occurs: "the destination has no endpoint that is well, or none that the client may be led to",
    },
    { flag: "UT", long: "UpstreamRequestTimeout", bit: 2, occurs: "the upstream did not answer within the route's timeout" },
    { flag: "LR", long: "LocalReset", bit: 3, occurs: "the proxy itself gave up on the connection to the upstream" },
    {
        flag: "UR",
        long: "UpstreamRemoteReset",
        bit: 4,
        occurs: "the upstream reset the stream of HTTP/2, or the connection whose bytes are passed on",
    },
    {
        flag: "UF",
        long: "UpstreamConnectionFailure",
        bit: 5,
        occurs: "no connection to the endpoint came about: refused, timed out, or TLS failed",
    },
    {
        flag: "UC",
        long: "UpstreamConnectionTermination",
        bit: 6,
        occurs: "the upstream closed the connection before the response was whole",
    },
    { flag: "UO", long: "UpstreamOverflow", bit: 7, occurs: "a bound of the connection pool or of retries was reached" },
    { flag: "NR", long: "NoRouteFound", bit: 8, occurs: "no route, virtual host or filter chain is for it" },
    { flag: "DI", long: "DelayInjected", bit: 9, occurs: "the route's fault delayed the request" },
    { flag: "FI", long: "FaultInjected", bit: 10, occurs: "the route's fault answered in the upstream's place" },
    { flag: "RL", long: "RateLimited", bit: 11, occurs: "a limit of the host or of the gateway was used up" },
    {
        flag: "UAEX",
        long: "UnauthorizedExternalService",
        bit: 12,
        occurs: "the provider of a CUSTOM policy refused, or could not be asked",
    },
    { flag: "RLSE", long: "RateLimitServiceError", bit: 13, never: "no service is asked about limits" },
    { flag: "DC", long: "DownstreamConnectionTermination", bit: 14, occurs: "the client went away before the end" },
    { flag: "URX", long: "UpstreamRetryLimitExceeded", bit: 15, occurs: "no attempt was left, or for TCP no connection could be made" },
    { flag: "SI", long: "StreamIdleTimeout", bit: 16, occurs: "nothing moved for too long" },
    {
        flag: "IH",
        long: "InvalidEnvoyRequestHeaders",
        bit: 17,
        never: "Envoy's own request headers are not read, so that none can be wrong",
    },
    { flag: "DPE", long: "DownstreamProtocolError", bit: 18, occurs: "the client broke the rules of HTTP" },
    {
        flag: "UMSDR",
        long: "UpstreamMaxStreamDurationReached",
        bit: 19,
        never: "no field of Istio's that is served bounds how long a stream to an upstream is; the route's timeout gives UT",
    },
    { flag: "RFCF", long: "ResponseFromCacheFilter", bit: 20, never: "the proxy has no cache" },
    { flag: "NFCF", long: "NoFilterConfigFound", bit: 21, never: "filters are parts of the proxy and their configuration comes whole" },
    { flag: "DT", long: "DurationTimeout", bit: 22, occurs: "a tunnel or TCP connection has reached its longest time" },
    { flag: "UPE", long: "UpstreamProtocolError", bit: 23, occurs: "the upstream broke the rules of HTTP" },
    { flag: "NC", long: "NoClusterFound", bit: 24, occurs: "the route's destination is nothing that is known" },
    {
        flag: "OM",
        long: "OverloadManagerTerminated",
        bit: 25,
        occurs: "the worker has no memory or no time left for it",
    },
    { flag: "DF", long: "DnsResolutionFailed", bit: 26, occurs: "the upstream's name could not be resolved" },
    { flag: "DO", long: "DropOverload", bit: 27, never: "no source of configuration tells what share of requests to drop" },
    { flag: "DR", long: "DownstreamRemoteReset", bit: 28, occurs: "the client reset its stream of HTTP/2" },
    { flag: "UDO", long: "UnconditionalDropOverload", bit: 29, never: "no source of configuration tells to drop requests" },
];

const LONG: ReadonlyMap<string, string> = new Map(RESPONSE_FLAGS.map(({ flag, long }) => [flag, long]));
const BITS: ReadonlyMap<string, number> = new Map(RESPONSE_FLAGS.map(({ flag, bit }) => [flag, 2 ** bit]));

/** `UpstreamRetryLimitExceeded,UpstreamConnectionFailure` of `URX,UF`. */
export function longFlags(flags: string): string {
    if (flags === "") return "-";
    let text = "";
    for (const flag of flags.split(",")) text += `${text === "" ? "" : ","}${LONG.get(flag) ?? flag}`;
    return text;
}

/** As the attribute `response.flags` has them. */
export function flagBits(flags: string): number {
    if (flags === "") return 0;
    let bits = 0;
    for (const flag of flags.split(",")) bits += BITS.get(flag) ?? 0;
    return bits;
}
